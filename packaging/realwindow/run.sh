#!/bin/sh
# The real window, driven as a person would: types a key, reads the list, filters, opens, plays, exports, comes back;
# and then listens: seeks, other speeds, recordings that are still arriving, clips, headphones that are pulled out;
# locks and unlocks; has NxVET and NexHealth call the desk; and loses what it is drawn with.
# Everything it needs is private to the run: home, session bus, key store, display, sound card. Nothing of yours is touched.
#
#   sh packaging/realwindow/run.sh [--programs FOLDER] [OUT]
#
# FOLDER holds consult-desk and nxvet-sim; without it they are built. Pictures, logs and the sound that was played
# go to OUT (a new folder under /tmp without it).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/packaging/lib.sh"

programs=
if [ "${1:-}" = --programs ]; then
    programs=$(cd "$2" && pwd)
    shift 2
fi
out=${1:-$(mktemp -d /tmp/consult-desk-window.XXXXXX)}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# shellcheck disable=SC2086 # lists of names
need_packages $RUN_PACKAGES $WINDOW_PACKAGES

if [ -z "$programs" ]; then
    find_cargo || die "cargo is missing; see packaging/demo.sh"
    (cd "$root" && cargo build --locked --bins)
    programs=${CARGO_TARGET_DIR:-$root/target}/debug
fi

# Sockets need short paths, so the private folders are not under OUT.
private=$(mktemp -d /tmp/cdw.XXXXXX)
trap 'rm -rf "$private"' EXIT

# Each scenario has a home and a bus of its own, and a folder below OUT unless it is the only one.
scenario() {
    rm -rf "${private:?}"/*
    mkdir -p "$2"
    mkdir -m 700 "$private/home" "$private/run" "$private/services"

    # A bus that starts the screen reader's view and nothing else: no file-chooser portal, no second key store.
    cp /usr/share/dbus-1/services/org.a11y.Bus.service "$private/services/"
    cat >"$private/bus.conf" <<XML
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=$private/run</listen>
  <auth>EXTERNAL</auth>
  <servicedir>$private/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
XML

    env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS -u AT_SPI_BUS_ADDRESS -u PULSE_SERVER \
        HOME="$private/home" XDG_RUNTIME_DIR="$private/run" \
        XDG_DATA_HOME="$private/home/.local/share" XDG_CONFIG_HOME="$private/home/.config" \
        XDG_CACHE_HOME="$private/home/.cache" GSETTINGS_BACKEND=memory LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 \
        dbus-run-session --config-file="$private/bus.conf" -- \
        /usr/bin/python3 "$1" \
        --programs "$programs" --data "${CONSULTATIONS:-$root/../shared/data/consultations}" --out "$2" || status=1
}

status=0
if [ -n "${SCENARIO:-}" ]; then
    scenario "$SCENARIO" "$out"
else
    scenario "$root/packaging/realwindow/scenario.py" "$out"
    scenario "$root/packaging/realwindow/hearing.py" "$out/hearing"
    LOCK_RUNS=${LOCK_RUNS:-3} scenario "$root/packaging/realwindow/lock.py" "$out/lock"
    scenario "$root/packaging/realwindow/live.py" "$out/live"
    scenario "$root/packaging/realwindow/renderers.py" "$out/renderers"
fi
say "Pictures and logs: $out"
exit $status
