#!/bin/sh
# What can be tried of the macOS package without a Mac: the descriptions are read, the icon is taken apart, and build.sh
# runs with stand-ins for Apple's programs that write down how they were called.
set -eu
cd "$(dirname "$0")/../.."
. packaging/lib.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
calls=$work/calls

# Each writes its name and words down and does the least that the script goes on from.
stand_in() {
    {
        printf '#!/bin/sh\n'
        printf 'printf "%%s" %s >>"%s"\nfor word in "$@"; do printf " [%%s]" "$word" >>"%s"; done\nprintf "\\n" >>"%s"\n' \
            "$1" "$calls" "$calls" "$calls"
        printf '%s\n' "$2"
    } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
stand_in uname 'echo Darwin'
stand_in rustup ''
stand_in cargo 'for word in "$@"; do triple=$word; done
mkdir -p "$CARGO_TARGET_DIR/$triple/release"
printf "a program for %s\n" "$triple" >"$CARGO_TARGET_DIR/$triple/release/consult-desk"'
stand_in lipo 'out=$3; shift 3; cat "$@" >"$out"; chmod +x "$out"'
stand_in codesign ''
stand_in hdiutil 'source= last=
for word in "$@"; do [ "$last" != -srcfolder ] || source=$word; last=$word; done
rm -rf "$SEEN"; cp -R "$source" "$SEEN"; printf image >"$last"'
stand_in xcrun ''
stand_in spctl ''

build() {
    : >"$calls"
    # shellcheck disable=SC2086 # settings, one a word
    env PATH="$work/bin:$PATH" SEEN="$work/seen" CARGO_TARGET_DIR="$work/target" OUT="$work/out" "$@" \
        sh packaging/macos/build.sh >"$work/said" 2>&1
}

was_called() { grep -qF -- "$1" "$calls" || { cat "$calls" "$work/said" >&2; die "it was not called: $1"; }; }
was_not_called() { ! grep -qF -- "$1" "$calls" || die "it was called: $1"; }
comes_before() {
    first=$(grep -nF -- "$1" "$calls" | head -n 1 | cut -d: -f1)
    second=$(grep -nF -- "$2" "$calls" | head -n 1 | cut -d: -f1)
    [ "$first" -lt "$second" ] || die "$2 was called before $1"
}

say "== icon"
python3 packaging/macos/icns.py --check
if command -v icns2png >/dev/null 2>&1; then
    # It knows few of the types and says so.
    icns2png -l packaging/macos/consult-desk.icns 2>/dev/null | grep -q 512x512 || die "icns2png does not read the icon"
fi

say "== without credentials"
build FROM=nobody || { cat "$work/said"; die "the build failed"; }
for triple in aarch64-apple-darwin x86_64-apple-darwin; do
    was_called "cargo [build] [--release] [--locked] [--bin] [consult-desk] [--target] [$triple]"
    grep -q "a program for $triple" "$work/seen/Consult Desk.app/Contents/MacOS/consult-desk" || die "$triple is not in it"
done
was_called "[--sign] [-]"
was_called "[-format] [UDZO]"
was_not_called notarytool
comes_before "codesign" "hdiutil"
grep -q '^Not notarised' "$work/said" || die "it does not say that nothing was notarised"
[ -h "$work/seen/Applications" ] || die "the image has no way to Applications"
[ -x "$work/seen/Consult Desk.app/Contents/MacOS/consult-desk" ] || die "the program cannot be run"

say "== the app's description"
python3 - "$work/seen/Consult Desk.app/Contents" packaging/macos/entitlements.plist <<'PYTHON'
import plistlib, re, sys
from pathlib import Path

contents, entitlements = map(Path, sys.argv[1:])
info = plistlib.loads((contents / "Info.plist").read_bytes())
version = re.search(r'^version = "(.*)"', Path("Cargo.toml").read_text(), re.M)[1]
wanted = {"CFBundleShortVersionString": version, "CFBundlePackageType": "APPL", "LSMinimumSystemVersion": "11.0",
          "CFBundleIdentifier": "io.github.consult-desk.ConsultDesk", "NSHighResolutionCapable": True}
for key, value in wanted.items():
    assert info.get(key) == value, (key, info.get(key))
assert re.fullmatch(r"\d+(\.\d+){0,2}", info["CFBundleVersion"]), info["CFBundleVersion"]
assert re.fullmatch(r"[A-Za-z0-9.-]+", info["CFBundleIdentifier"])
assert info["CFBundleURLTypes"][0]["CFBundleURLSchemes"] == ["consultdesk"]
assert (contents / "MacOS" / info["CFBundleExecutable"]).is_file()
assert (contents / "Resources" / (info["CFBundleIconFile"] + ".icns")).is_file()
assert not [key for key in info if key.endswith("UsageDescription")], "it asks for nothing that needs leave"
assert "@" not in (contents / "Info.plist").read_text()
rights = plistlib.loads(entitlements.read_bytes())
assert rights == {"com.apple.security.get-task-allow": False}, rights
print("read: Info.plist, entitlements.plist")
PYTHON

say "== with credentials"
build MACOS_SIGN_IDENTITY="Developer ID Application: Nobody (NOBODY)" MACOS_NOTARY_KEY="$work/key.p8" \
    MACOS_NOTARY_KEY_ID=KEYID MACOS_NOTARY_ISSUER=ISSUER || { cat "$work/said"; die "the build failed"; }
was_called "[--options] [runtime] [--timestamp] [--entitlements]"
was_called "[--sign] [Developer ID Application: Nobody (NOBODY)]"
was_called "xcrun [notarytool] [submit]"
was_called "xcrun [stapler] [staple]"
comes_before "hdiutil" "xcrun [notarytool]"
comes_before "xcrun [notarytool]" "xcrun [stapler]"
comes_before "xcrun [stapler]" "spctl"
was_not_called "[--sign] [-]"

say "== half of the credentials"
! build MACOS_NOTARY_KEY="$work/key.p8" || die "it went on without a signature"
was_not_called hdiutil
! build MACOS_SIGN_IDENTITY=x MACOS_NOTARY_KEY="$work/key.p8" || die "it went on without the key's id"
was_not_called hdiutil

say "All good. Apple's own programs were not here: no app was really signed, no image really made."
