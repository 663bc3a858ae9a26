#!/bin/sh
# Starts the desk in every combination of what a computer may be like: key store (present, locked, absent, slow), what
# is stored (nothing, a good store, a corrupt one, one of a later version), drivers (all, no OpenGL, no Vulkan, none) and
# sound (present, absent). Each start must show a window that can be used, or a clear message, within three seconds of
# the slowest thing it waits for. Writes one table.
# Everything it needs is private to the run: home, session bus, key store, display, sound card. Nothing of yours is touched.
#
#   sh packaging/startup_matrix.sh [--programs FOLDER] [--it PROGRAM] [OUT]
#
# FOLDER holds consult-desk and nxvet-sim, PROGRAM is the built test `it`; without them they are built. The table is
# OUT/matrix.md (OUT is a new folder under /tmp without it).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/packaging/lib.sh"

programs= it=
while [ $# -gt 0 ]; do
    case $1 in
    --programs) programs=$(cd "$2" && pwd) && shift 2 ;;
    --it) it=$2 && shift 2 ;;
    *) break ;;
    esac
done
out=${1:-$(mktemp -d /tmp/consult-desk-matrix.XXXXXX)}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# shellcheck disable=SC2086 # lists of names
need_packages $RUN_PACKAGES $WINDOW_PACKAGES

if [ -z "$programs" ] || [ -z "$it" ]; then find_cargo || die "cargo is missing; see packaging/demo.sh"; fi
if [ -z "$programs" ]; then
    (cd "$root" && cargo build --locked --bins)
    programs=${CARGO_TARGET_DIR:-$root/target}/debug
fi
if [ -z "$it" ]; then
    it=$(cd "$root" && cargo test --locked --test it --no-run 2>&1 | sed -n 's/.*(\(.*\/it-[0-9a-f]*\)).*/\1/p')
    case $it in /*) ;; *) it=$root/$it ;; esac
fi

# Sockets need short paths, so the private folders are not under OUT.
private=$(mktemp -d /tmp/cdm.XXXXXX)
vendor=
trap 'if [ -n "$vendor" ]; then kill "$vendor"; fi; rm -rf "$private"' EXIT
mkdir -m 700 "$private/home" "$private/services"
cp /usr/share/dbus-1/services/org.a11y.Bus.service "$private/services/"

# One vendor for all of it: what is kept belongs to its address.
"$programs/nxvet-sim" --port 0 --data "${CONSULTATIONS:-$root/../shared/data/consultations}" >"$out/vendor.txt" 2>"$out/vendor.log" &
vendor=$!
tries=0
until grep -q '^listening ' "$out/vendor.txt"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 200 ]; then die "the simulator did not start; see $out/vendor.log"; fi
    sleep 0.1
done

# Each kind of key store has a bus of its own; the home, and with it what the key store keeps, is the same.
status=0
for kind in present locked absent slow; do
    rm -rf "$private/run"
    mkdir -m 700 "$private/run"
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
        /usr/bin/python3 "$root/packaging/startup_matrix.py" \
        --kind "$kind" --programs "$programs" --it "$it" --private "$private" --vendor "$out/vendor.txt" --out "$out" || status=1
done
/usr/bin/python3 "$root/packaging/startup_matrix.py" --table --out "$out" || status=1
say "Table: $out/matrix.md"
exit $status
