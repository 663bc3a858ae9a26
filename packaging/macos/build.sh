#!/bin/sh
# On a Mac: builds the program for both kinds of processor, makes Consult Desk.app and a disk image of it.
#
#   sh packaging/macos/build.sh
#
#   PROGRAM=FILE   put this program into the app instead of building one
#   OUT=FOLDER     instead of target/dist
#
# Signed and notarised when these are given, each by its environment variable, and only then:
#   MACOS_SIGN_IDENTITY   a "Developer ID Application: …" that is in the keychain
#   MACOS_NOTARY_KEY      file of an App Store Connect API key (.p8)
#   MACOS_NOTARY_KEY_ID, MACOS_NOTARY_ISSUER
# Without the first the app is sealed by nobody's name ("ad hoc"): it runs here, and elsewhere after a right click, Open.
set -eu
cd "$(dirname "$0")/../.."
. packaging/lib.sh

IDENTIFIER=io.github.consult-desk.ConsultDesk
# What Rust's own library and the graphics need.
SYSTEM=11.0
NAME="Consult Desk"
VERSION=${VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)}
target=${CARGO_TARGET_DIR:-target}
out=${OUT:-$target/dist}
# About names the commit.
name_build

[ "$(uname -s)" = Darwin ] || die "This makes an app for macOS and runs on a Mac. What can be tried elsewhere: sh packaging/macos/test.sh"

timed() {
    title=$1
    shift
    say "== $title"
    from=$(seconds)
    "$@"
    say "-- $title: $(($(seconds) - from)) s"
}

# One file that runs on both kinds of processor. Paths of this computer are given names that are the same everywhere.
build_program() {
    find_cargo || die "cargo is missing; see https://rustup.rs"
    MACOSX_DEPLOYMENT_TARGET=$SYSTEM
    # Its words are parted by a character that no path holds; spaces do occur in homes.
    CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s=/cargo\037--remap-path-prefix=%s=/consult-desk' \
        "${CARGO_HOME:-$HOME/.cargo}" "$(pwd)")
    export MACOSX_DEPLOYMENT_TARGET CARGO_ENCODED_RUSTFLAGS
    for processor in aarch64 x86_64; do
        rustup target add $processor-apple-darwin
        cargo build --release --locked --bin consult-desk --target $processor-apple-darwin
    done
    PROGRAM=$work/consult-desk
    lipo -create -output "$PROGRAM" "$target/aarch64-apple-darwin/release/consult-desk" \
        "$target/x86_64-apple-darwin/release/consult-desk"
}

# The number that macOS compares consists of three numbers and nothing else.
fill_in() {
    sed -e "s|@VERSION@|$VERSION|; s|@BUILD@|${VERSION%%-*}|; s|@IDENTIFIER@|$IDENTIFIER|; s|@SYSTEM@|$SYSTEM|" "$1"
}

lay_out() {
    app=$1
    rm -rf "$app"
    mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources"
    fill_in packaging/macos/Info.plist.in >"$app/Contents/Info.plist"
    printf 'APPL????' >"$app/Contents/PkgInfo"
    install -m 755 "$PROGRAM" "$app/Contents/MacOS/consult-desk"
    install -m 644 packaging/macos/consult-desk.icns "$app/Contents/Resources/consult-desk.icns"
    install -m 644 assets/licences.txt "$app/Contents/Resources/licences.txt"
    install -m 644 LICENSE-MIT LICENSE-APACHE "$app/Contents/Resources/"
}

# A signature by name carries the time of Apple's server, which notarising asks for.
sign() {
    if [ -n "${MACOS_SIGN_IDENTITY:-}" ]; then
        codesign --force --options runtime --timestamp --entitlements packaging/macos/entitlements.plist \
            --sign "$MACOS_SIGN_IDENTITY" "$1"
    else
        codesign --force --options runtime --entitlements packaging/macos/entitlements.plist --sign - "$1"
    fi
    codesign --verify --strict --verbose=1 "$1"
}

make_image() {
    mkdir "$work/image"
    cp -R "$work/$NAME.app" "$work/image/"
    ln -s /Applications "$work/image/Applications"
    rm -f "$image"
    hdiutil create -quiet -volname "$NAME" -srcfolder "$work/image" -fs HFS+ -format UDZO -imagekey zlib-level=9 "$image"
    [ -z "${MACOS_SIGN_IDENTITY:-}" ] || codesign --force --timestamp --sign "$MACOS_SIGN_IDENTITY" "$image"
}

# Apple looks at the image and the ticket is fixed to it, so that it opens without asking Apple's server.
notarise() {
    xcrun notarytool submit "$image" --key "$MACOS_NOTARY_KEY" --key-id "$MACOS_NOTARY_KEY_ID" \
        --issuer "$MACOS_NOTARY_ISSUER" --wait
    xcrun stapler staple "$image"
    spctl --assess --type open --context context:primary-signature "$image"
}

wants_notarising() {
    [ -n "${MACOS_NOTARY_KEY:-}" ] || return 1
    [ -n "${MACOS_SIGN_IDENTITY:-}" ] || die "Apple notarises nothing that is not signed: MACOS_SIGN_IDENTITY is missing."
    [ -n "${MACOS_NOTARY_KEY_ID:-}" ] && [ -n "${MACOS_NOTARY_ISSUER:-}" ] ||
        die "MACOS_NOTARY_KEY needs MACOS_NOTARY_KEY_ID and MACOS_NOTARY_ISSUER beside it."
}

notarises=no
[ -z "${MACOS_NOTARY_KEY:-}" ] || { wants_notarising && notarises=yes; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
image=$out/consult-desk-$VERSION-macos.dmg
[ -n "${PROGRAM:-}" ] || timed "program" build_program
[ -x "$PROGRAM" ] || die "there is no program: $PROGRAM"
lay_out "$work/$NAME.app"
timed "signature" sign "$work/$NAME.app"
timed "disk image" make_image
if [ $notarises = yes ]; then
    timed "notarising" notarise
else
    say "Not notarised: no credentials were given."
fi
say "$image: $(wc -c <"$image" | tr -d ' ') bytes"
