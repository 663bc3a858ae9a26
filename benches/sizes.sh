#!/bin/sh
# How large the program and its packages are, and how soon and how heavy its window stands there, beside audacity,
# quodlibet and an app drawn by Chromium, all started in the same run on the same screen. Prints Markdown.
#
#   sh benches/sizes.sh [PACKAGES]
#
# PACKAGES is the folder that packaging/release.sh filled (target/release-files without it). RUNS=5 starts of each.
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh
# shellcheck disable=SC2086 # lists of names
need_packages $RUN_PACKAGES $WINDOW_PACKAGES chromium audacity quodlibet python3-xlib
PACKAGES=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/release-files}")
PROGRAMS=${PROGRAMS:-${CARGO_TARGET_DIR:-target}/release}
[ -x "$PROGRAMS/consult-desk" ] && [ -x "$PROGRAMS/nxvet-sim" ] || cargo build --release --locked --bins
export PACKAGES
SCENARIO=benches/sizes.py exec sh packaging/realwindow/run.sh --programs "$PROGRAMS"
