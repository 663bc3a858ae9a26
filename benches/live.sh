#!/bin/sh
# How soon a window shows what the pretended NxVET tells it: a room's tile when its recorder starts, a row when a record
# is made. Builds the release programs, or takes them with --programs FOLDER. LIVE_EVENTS says how many of each.
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh
# shellcheck disable=SC2086 # a list of names
need_packages $RUN_PACKAGES $WINDOW_PACKAGES python3-xlib
programs=target/release
if [ "${1:-}" = --programs ]; then
    programs=$2
    shift 2
else
    find_cargo || die "cargo is missing; see packaging/demo.sh"
    cargo build --release --locked --bins
fi
SCENARIO=benches/live.py sh packaging/realwindow/run.sh --programs "$programs" "$@"
