#!/bin/sh
# The packages for Linux, tried as a clinic meets them: checked by the distributions' own tools, installed with dpkg in
# a clean system, started from the menu entry, upgraded with data, used without X, on a full disk, taken away again.
# Needs root, for the clean system alone; the program runs as an ordinary person called Zoë Müller.
#
#   sh packaging/linux/test.sh [OUT]
#
#   PROGRAM=FILE    the release program; without it target/release/consult-desk
#   PREVIOUS=FILE   the program of an earlier release for the upgrade; without it the same program, packed as 0.0.9
#   SIM=FILE        nxvet-sim; without it target/debug/nxvet-sim
#   CLEAN_ROOT=FILE keeps the bare system for the next run; PICTURES=FOLDER takes the pictures
#   SKIP="NAMES"    leaves steps out: files, twice, upgrade, link, entry, narrow, wayland, morning, and with `system`
#                   all that needs the clean system
set -eu
is_wanted() { case " ${SKIP:-} " in *" $1 "*) return 1 ;; esac; }
# What is mounted here is seen by this process alone and goes with it.
if [ -z "${OWN_MOUNTS:-}" ] && is_wanted system; then
    exec unshare --mount env OWN_MOUNTS=1 sh "$0" "$@"
fi
cd "$(dirname "$0")/../.."
. packaging/lib.sh
. packaging/linux/clean_root.sh
. packaging/linux/checks.sh

FILE_TOOLS="lintian appstream desktop-file-utils rpm rpm2cpio cpio imagemagick"
SYSTEM_TOOLS="debootstrap weston libcap2-bin util-linux e2fsprogs"
# shellcheck disable=SC2086 # lists of names
need_packages $FILE_TOOLS
if is_wanted system; then
    [ "$(id -u)" = 0 ] || die "This makes a clean system in a folder, and needs root for it."
    # shellcheck disable=SC2086 # lists of names
    need_packages $SYSTEM_TOOLS $RUN_PACKAGES $WINDOW_PACKAGES
fi

target=${CARGO_TARGET_DIR:-$(pwd)/target}
PROGRAM=${PROGRAM:-$target/release/consult-desk}
PREVIOUS=${PREVIOUS:-$PROGRAM}
SIM=${SIM:-$target/debug/nxvet-sim}
APP_ID=$(sed -n 's/^APP_ID=//p' packaging/linux/build.sh)
[ -x "$PROGRAM" ] || die "no release program: sh packaging/linux/build.sh makes it"
[ -x "$SIM" ] || ! is_wanted system || die "no nxvet-sim: cargo build --bin nxvet-sim"

out=${1:-$(mktemp -d /tmp/consult-desk-packages.XXXXXX)}
mkdir -p "$out"
out=$(cd "$out" && pwd)
# Sockets need short paths.
private=$(mktemp -d /tmp/cdp.XXXXXX)
root=$private.root
vendor=
began=$(seconds)
passed=0
failed=0

clean_up() {
    stop_vendor
    # A folder that something is mounted in is never removed.
    awk -v root="$root" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -r | while read -r place; do
        umount "$(printf '%b' "$place")" 2>/dev/null || umount -l "$(printf '%b' "$place")"
    done
    ! grep -qF "$root" /proc/mounts || die "something is still mounted below $root"
    rm -rf --one-file-system "$root" "$root.closed" "$private"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# One fact and what proves it; what the proof says is shown when it fails.
prove() {
    what=$1
    shift
    # Not `if "$@"`: that would switch off `set -e` inside the proof.
    set +e
    (
        set -e
        "$@"
    ) >"$out/proof.log" 2>&1
    status=$?
    set -e
    if [ $status = 0 ]; then
        say "ok  $what$(sed -n 's/^SAYS /: /p' "$out/proof.log")"
        passed=$((passed + 1))
    else
        say "FAILED  $what"
        tail -n 40 "$out/proof.log"
        failed=$((failed + 1))
    fi
}

# ------------------------------------------------------------------------------------------------------- the packages

pack() { OUT=$1 PROGRAM=$2 VERSION=${3:-} KINDS=${4:-} sh packaging/linux/build.sh; }

pack "$out/first" "$PROGRAM"
deb=$(echo "$out"/first/*.deb)
rpm=$(echo "$out"/first/*.rpm)
dpkg-deb -x "$deb" "$out/tree"
if is_wanted files; then
    prove "desktop-file-validate" desktop-file-validate "$out/tree/usr/share/applications/$APP_ID.desktop"
    prove "appstreamcli validate" validate_metainfo "$out/tree"
    prove "lintian has nothing to say" lintian_is_silent "$deb"
    prove "the .rpm holds the same files" same_files "$out/tree" "$rpm"
    prove "the .rpm asks for what is linked and what is looked for" rpm_asks "$rpm"
    if [ "$(id -u)" = 0 ]; then
        prove "the .rpm installs, holds what it lists, and goes" rpm_comes_and_goes "$rpm"
    else
        say "Not tried without root: installing the .rpm"
    fi
    prove "every icon has the size that its folder says" icons_fit "$out/tree"
fi
! is_wanted twice || prove "made twice, the packages are the same to the byte" same_twice

if ! is_wanted system; then
    say "packages: $passed passed, $failed failed in $(($(seconds) - began)) s"
    [ "$failed" = 0 ]
    exit
fi

# --------------------------------------------------------------------------------------------------- the clean system

prove "a clean system" make_root
mkdir -p "$root.closed" "$private/bin" "$private/scenes" "$private/services"
prepare_root
# shellcheck disable=SC2086 # lists of names
install_in_root $ENTRY_PACKAGES $(depends_of "$deb")
list_root >"$out/root-before.txt"
make_inside
make_bus
cp packaging/realwindow/*.py packaging/linux/*.py "$private/scenes/"
cp "$SIM" "$private/bin/nxvet-sim"
chown -R "$PERSON_ID:$PERSON_ID" "$private/bin/nxvet-sim" "$private/scenes"
chmod 755 "$private"
cp "$deb" "$root/tmp/new.deb"

if is_wanted upgrade; then
    pack "$out/previous" "$PREVIOUS" 0.0.9 deb
    cp "$out"/previous/*.deb "$root/tmp/previous.deb"
    prove "the previous package installs" in_root dpkg -i /tmp/previous.deb
    close_root
    start_vendor
    with_vendor before
    open_root
    prove "the new package takes its place" in_root dpkg -i /tmp/new.deb
    close_root
    with_vendor after
    ! is_wanted link || with_vendor link
    stop_vendor
    open_root
else
    prove "the package installs with dpkg -i" in_root dpkg -i /tmp/new.deb
fi
prove "it is installed whole" is_installed
prove "every linked library is there" links_are_whole
prove "every library that it looks for is there" looks_are_met
prove "links of the desk lead to it" links_lead_here
close_root
prove "the program cannot write where it is installed" is_read_only
new_home
! is_wanted entry || scene entry scenes.py
! is_wanted narrow || on_a_narrow_disk scene narrow scenes.py
! is_wanted wayland || scene wayland wayland.py
prove "nothing was written outside of the home" nothing_outside
open_root
prove "dpkg -r takes it away" in_root dpkg -r consult-desk
if is_wanted upgrade || is_wanted entry; then
    prove "the person's data stays" data_stays
fi
prove "dpkg -P takes the rest" in_root dpkg -P consult-desk
prove "nothing of it is left" nothing_left
if is_wanted morning; then
    # With what the package recommends for sound: the scenario listens at a sound server.
    prove "the package installs once more" in_root dpkg -i /tmp/new.deb
    install_in_root libasound2-plugins
    close_root
    morning
fi

if [ -n "${PICTURES:-}" ]; then
    mkdir -p "$PICTURES"
    for picture in "$out"/entry/picture-*.png "$out"/wayland/picture-*.png; do
        [ ! -e "$picture" ] || cp "$picture" "$PICTURES/$(basename "$picture" | sed 's/^picture-//')"
    done
fi
say "Logs and pictures: $out"
say "packages: $passed passed, $failed failed in $(($(seconds) - began)) s"
[ "$failed" = 0 ]
