#!/bin/sh
# Start, weight and idleness of the real window, beside Chromium. Builds the release programs when they are missing.
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh
# shellcheck disable=SC2086 # a list of names
need_packages $RUN_PACKAGES $WINDOW_PACKAGES chromium python3-xlib
cargo build --release --locked --bins
SCENARIO=benches/window.py sh packaging/realwindow/run.sh --programs target/release "$@"
stat -c 'exe: %s bytes' target/release/consult-desk
