#!/bin/sh
# Builds the release program and makes the packages for Linux: a .deb and an .rpm. Installs what it needs for that.
# The same commit gives the same packages, byte for byte: every time in them is the commit's.
#
#   sh packaging/linux/build.sh
#
#   PROGRAM=FILE       package this program instead of building one
#   VERSION=1.2.3      instead of the version in Cargo.toml
#   OUT=FOLDER         instead of target/dist
#   KINDS="deb rpm"    which packages
#   MAINTAINER="Name <address>"   who answers for the packages
#
# dpkg-deb and rpmbuild are Debian's own programs, signed like the rest of the system, and need neither a build nor a
# registry; nfpm would be a prebuilt binary of somebody else's, cargo-deb minutes of compiling for the same file.
set -eu
cd "$(dirname "$0")/../.."
. packaging/lib.sh
. packaging/linux/tree.sh
. packaging/linux/deb.sh
. packaging/linux/rpm.sh

APP_ID=io.github.consult_desk.ConsultDesk
PACK_PACKAGES="dpkg-dev binutils xz-utils rpm desktop-file-utils"
VERSION=${VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)}
# Before a release stands a tilde, so that both package managers sort 1.0.0-rc.1 before 1.0.0.
VERSION=$(printf %s "$VERSION" | sed 's/-/~/')
MAINTAINER=${MAINTAINER:-The Consult Desk authors <consult-desk@users.noreply.github.com>}
target=${CARGO_TARGET_DIR:-target}
out=${OUT:-$target/dist}

# The commit, and its time as SOURCE_DATE_EPOCH.
name_build

# The places where this computer keeps sources stand in a program's messages; they are given names that are the same
# everywhere, or two computers would build two programs.
build_program() {
    find_cargo || die "cargo is missing. sh packaging/demo.sh offers to install it; or see https://rustup.rs"
    # shellcheck disable=SC2086 # lists of names
    need_packages $BUILD_PACKAGES
    # Its words are parted by a character that no path holds; spaces do occur in homes.
    CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s=/cargo\037--remap-path-prefix=%s=/consult-desk' \
        "${CARGO_HOME:-$HOME/.cargo}" "$(pwd)")
    export CARGO_ENCODED_RUSTFLAGS
    cargo build --release --locked --bin consult-desk
    PROGRAM=$target/release/consult-desk
}

# One name, or the desktop would not know that the window belongs to the menu entry.
one_name_everywhere() {
    grep -rqF "\"$APP_ID\"" src || die "src/main.rs opens its window under another name than $APP_ID"
    for file in "assets/linux/$APP_ID.desktop" "assets/linux/$APP_ID.metainfo.xml"; do
        grep -qF "$APP_ID" "$file" || die "$file is about another program than $APP_ID"
    done
}

# shellcheck disable=SC2086 # a list of names
need_packages $PACK_PACKAGES
one_name_everywhere
[ -n "${PROGRAM:-}" ] || build_program
[ -x "$PROGRAM" ] || die "there is no program: $PROGRAM"

umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir -p "$out"

lay_out "$work/tree"
known_libraries "$work/tree/usr/bin/consult-desk"
for kind in ${KINDS:-deb rpm}; do
    "make_$kind" "$work/tree" "$out"
done
