#!/bin/sh
# Writes the signed notice of a release: what a desk asks for when it looks for a new one.
# Put it where the desks ask (Settings, Updates); it is one file: minisign's four lines, then what they sign.
#
#   sh packaging/announce.sh --key FILE --page URL [--sums SHA256SUMS] [--version N] [--date YYYY-MM-DD] OUT
#
# FILE is the maker's secret key, made once with: minisign -G -s FILE -p FILE.pub
# The second line of FILE.pub is what desks are given as the public key. Without a key nothing is signed, so nothing is written.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

usage() { die "usage: announce.sh --key FILE --page URL [--sums FILE] [--version N] [--date YYYY-MM-DD] OUT"; }

key='' page='' sums='' version='' date='' out=''
while [ $# -gt 0 ]; do
    case $1 in
        --key | --page | --sums | --version | --date)
            [ $# -ge 2 ] || usage
            case $1 in
                --key) key=$2 ;;
                --page) page=$2 ;;
                --sums) sums=$2 ;;
                --version) version=$2 ;;
                --date) date=$2 ;;
            esac
            shift 2
            ;;
        -*) usage ;;
        *)
            [ -z "$out" ] || usage
            out=$1
            shift
            ;;
    esac
done
[ -n "$key" ] && [ -n "$page" ] && [ -n "$out" ] || usage
[ -f "$key" ] || die "There is no key at $key"
case $page in
    https://?*) ;;
    *) die "The page must begin with https://" ;;
esac
command -v minisign >/dev/null 2>&1 || need_packages minisign
[ -n "$version" ] || version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../Cargo.toml" | head -n 1)
[ -n "$date" ] || date=$(date -u +%Y-%m-%d)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$version" "$date" "$page" "$sums" >"$work/manifest" <<'PYTHON'
import json, sys

version, date, page, sums = sys.argv[1:]
files = {}
if sums:
    with open(sums, encoding="utf-8") as lines:
        files = {name.lstrip("*"): digest for digest, name in (line.split() for line in lines if line.strip())}
manifest = {"product": "consult-desk", "version": version, "date": date, "page": page, "sha256": files}
json.dump(manifest, sys.stdout, indent=1)
print()
PYTHON
minisign -S -s "$key" -m "$work/manifest" -x "$work/signature" -t "consult-desk $version" >/dev/null
cat "$work/signature" "$work/manifest" >"$out"
say "$out: version $version, signed"
