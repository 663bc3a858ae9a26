#!/bin/sh
# Builds everything that can be built on this system and puts it into one folder: packages, their SHA-256 sums, the list
# of parts (SBOM), the licences of all parts and, with a key, the signed notice that desks read.
#
#   sh packaging/release.sh [OUT]
#
#   --windows              on Debian: the Windows packages as well
#   --key FILE --page URL  sign the notice of this release with the maker's minisign key; never without it
#   --program FILE         package this program instead of building one
#   --windows-program EXE  the same for Windows
#   --twice                build all of it twice, in two folders of different names, and compare byte for byte
#   --unchecked            also from a folder that holds changes which are not committed
#
# OUT is target/release-files without it. Every time in the packages is the commit's.
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh

usage() {
    sed -n '2,14s/^# \{0,1\}//p' packaging/release.sh >&2
    exit 2
}

windows=no key='' page='' program='' windows_program='' twice=no unchecked=no out=''
while [ $# -gt 0 ]; do
    case $1 in
        --windows) windows=yes ;;
        --twice) twice=yes ;;
        --unchecked) unchecked=yes ;;
        --key | --page | --program | --windows-program)
            [ $# -ge 2 ] || usage
            case $1 in
                --key) key=$2 ;;
                --page) page=$2 ;;
                --program) program=$(realpath "$2") ;;
                --windows-program) windows_program=$(realpath "$2") windows=yes ;;
            esac
            shift
            ;;
        -*) usage ;;
        *)
            [ -z "$out" ] || usage
            out=$1
            ;;
    esac
    shift
done
{ [ -n "$key" ] && [ -n "$page" ]; } || [ -z "$key$page" ] || die "--key and --page go together"
[ -z "$key" ] || [ -f "$key" ] || die "There is no key at $key"

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
target=${CARGO_TARGET_DIR:-target}
out=${out:-$target/release-files}
python=python3
# Debian's own sees Debian's modules; a Mac's own is too old.
[ ! -x /usr/bin/python3 ] || [ "$(uname -s)" != Linux ] || python=/usr/bin/python3
find_cargo || die "cargo is missing; see https://rustup.rs"
name_build
case $CONSULT_DESK_COMMIT in
    *+) [ $unchecked = yes ] || die "Something here is not committed, so nobody could build this again. Commit it, or say --unchecked." ;;
esac

digest() { if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

of_this_system() {
    case $(uname -s) in
        Linux)
            OUT=$out PROGRAM=$program sh packaging/linux/build.sh
            [ $windows = no ] || of_windows
            ;;
        Darwin) OUT=$out PROGRAM=$program sh packaging/macos/build.sh ;;
        MINGW* | MSYS* | CYGWIN*) on_windows ;;
        *) die "There is no packaging for $(uname -s)." ;;
    esac
}

# The sums of all files are taken together below.
of_windows() {
    if [ -n "$windows_program" ]; then
        sh packaging/windows/build.sh --program "$windows_program" "$out"
    else
        # It has a compiler of its own and keeps what that makes apart.
        (unset CARGO_TARGET_DIR && sh packaging/windows/build.sh "$(realpath "$out")")
    fi
    rm -f "$out"/SHA256SUMS-*
}

# On Windows itself there is no NSIS for certain: the program alone. Installers are made on Debian.
on_windows() {
    [ -n "$program" ] || {
        cargo build --release --locked --bin consult-desk
        program=$target/release/consult-desk.exe
    }
    cp "$program" "$out/consult-desk.exe"
}

build() {
    rm -rf "$out"
    mkdir -p "$out"
    of_this_system
    # The lists name the parts of all systems, and only those of this one may be here.
    cargo fetch --locked --quiet
    $python packaging/licences.py --check
    cp assets/licences.txt "$out/consult-desk-$version-licences.txt"
    $python packaging/sbom.py "$out/consult-desk-$version.cdx.json"
    sums
    [ -z "$key" ] || announce
    say "Release $version of $CONSULT_DESK_COMMIT: $out"
}

sums() {
    rm -f "$out/SHA256SUMS"
    (
        cd "$out"
        # shellcheck disable=SC2046 # names without blanks
        digest $(find . -type f ! -name SHA256SUMS | sed 's|^\./||' | LC_ALL=C sort) >.sums
        mv .sums SHA256SUMS
        cat SHA256SUMS
    )
}

announce() {
    sh packaging/announce.sh --key "$key" --page "$page" --sums "$out/SHA256SUMS" --version "$version" \
        --date "$(day_of_build)" "$out/consult-desk.signed"
}

# Twice from the same files, in folders of different names and depths, each with an empty target folder.
build_twice() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/consult-desk-twice.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' INT TERM
    set -- --unchecked
    [ -z "$program" ] || set -- "$@" --program "$program"
    [ $windows = no ] || set -- "$@" --windows
    [ -z "$windows_program" ] || set -- "$@" --windows-program "$windows_program"
    mkdir -p "$work/one"
    copy_files "$work/one"
    mkdir "$work/another"
    cp -a "$work/one" "$work/another/deeper"
    for place in one another/deeper; do
        say "== build in $place"
        (unset CARGO_TARGET_DIR && sh "$work/$place/packaging/release.sh" "$@" "$work/$place/made")
    done
    compare "$work/one/made" "$work/another/deeper/made"
}

# What is committed and what is there beside it; neither what was built nor the repository itself.
copy_files() {
    if inside_git ls-files -z --cached --others --exclude-standard >"$work/files" 2>/dev/null; then
        # A file that was removed and not committed yet is still listed.
        $python -c 'import os, sys
names = [name for name in sys.stdin.buffer.read().split(b"\0") if name and os.path.lexists(name)]
sys.stdout.buffer.write(b"\0".join(names))' <"$work/files" | tar --null -T - -cf - | tar -xf - -C "$1"
    else
        tar --exclude=./target --exclude=./.git -cf - . | tar -xf - -C "$1"
    fi
}

compare() {
    differing=0
    printf '\n| file | bytes | the same? |\n|---|---|---|\n'
    for file in $(cd "$1" && find . -type f | sed 's|^\./||' | LC_ALL=C sort); do
        bytes=$(wc -c <"$1/$file" | tr -d ' ')
        if cmp -s "$1/$file" "$2/$file"; then
            printf '| %s | %s | yes |\n' "$file" "$bytes"
        else
            differing=$((differing + 1))
            printf '| %s | %s | no: %s bytes differ |\n' "$file" "$bytes" \
                "$(cmp -l "$1/$file" "$2/$file" 2>/dev/null | wc -l | tr -d ' ')"
        fi
    done
    missing=$(cd "$2" && find . -type f | while read -r file; do [ -f "$1/$file" ] || printf '%s ' "$file"; done)
    [ -z "$missing" ] || die "Only one of the two builds made: $missing"
    # The list of sums differs with any other file, so it counts as none of its own.
    [ $differing = 0 ] || die "Not the same twice: $differing files, the list of sums included."
    say "The same twice, byte for byte."
}

if [ $twice = yes ]; then
    build_twice
else
    build
fi
