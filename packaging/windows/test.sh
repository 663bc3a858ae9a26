#!/bin/sh
# The Windows program under Wine: the tests of the library, then the packages in a real window: installed without a
# word, signed in, read, heard, exported, replaced while open, found again, removed.
# Everything is private to the run: Wine's home, display, sound card. Nothing of yours is touched.
#
#   sh packaging/windows/test.sh                  both
#   sh packaging/windows/test.sh --tests [WORDS]  the tests alone; WORDS go to them
#   sh packaging/windows/test.sh --window [OUT]   the window alone; pictures and logs go to OUT
#
# PACKAGES   the folder that build.sh filled (default: target/windows/packages)
# SIMULATOR  an nxvet-sim of this computer (default: target/debug/nxvet-sim, built when it is not there)
set -eu
cd "$(dirname "$0")/../.."
. packaging/lib.sh
here=packaging/windows

WINDOW_TOOLS="xvfb xauth xdotool openbox imagemagick x11-utils xclip pulseaudio pulseaudio-utils python3 python3-numpy"
kept=${WIN_CROSS_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/consult-desk/win-cross}
what=both
case "${1:-}" in
    --tests | --window)
        what=${1#--}
        shift
        ;;
esac
native=${CARGO_TARGET_DIR:-target}

# Each line of the list is a test and why it cannot be run here; what is listed and runs all the same is no harm.
left_out() { sed -n 's/^\([a-z_:0-9]*\)  .*/--skip=\1/p' $here/not-under-wine.txt; }

tests() {
    private=$(mktemp -d /tmp/cdwine.XXXXXX)
    cp -a "$kept/wineprefix" "$private/prefix"
    status=0
    # shellcheck disable=SC2046 # one word for each
    WINEPREFIX=$private/prefix CARGO_TARGET_DIR=${WINDOWS_TARGET_DIR:-$PWD/target/windows} \
        sh $here/toolchain.sh cargo test --locked --lib -- $(left_out) "$@" || status=$?
    WINEPREFIX=$private/prefix /usr/lib/wine/wineserver64 -k || true
    rm -rf "$private"
    return $status
}

simulator() {
    [ -z "${SIMULATOR:-}" ] || return 0
    SIMULATOR=$native/debug/nxvet-sim
    [ ! -x "$SIMULATOR" ] || return 0
    find_cargo || die "cargo is missing; see packaging/demo.sh"
    cargo build --locked --bin nxvet-sim
}

window() {
    # shellcheck disable=SC2086 # a list of names
    need_packages $WINDOW_TOOLS
    simulator
    out=${1:-$(mktemp -d /tmp/consult-desk-windows.XXXXXX)}
    mkdir -p "$out"
    private=$(mktemp -d /tmp/cdw.XXXXXX)
    status=0
    env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS -u PULSE_SERVER XDG_RUNTIME_DIR="$private" \
        LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 \
        /usr/bin/python3 $here/window.py --packages "${PACKAGES:-$native/windows/packages}" --simulator "$SIMULATOR" \
        --prepared "$kept/wineprefix" --out "$out" ${STEPS:+--only $STEPS} || status=1
    rm -rf "$private"
    say "Pictures and logs: $out"
    return $status
}

sh $here/toolchain.sh wine-setup
[ $what = window ] || tests "$@"
[ $what = tests ] || window "$@"
