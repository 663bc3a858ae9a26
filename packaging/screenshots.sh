#!/bin/sh
# Pictures of every screen of the sample clinic into assets/screenshots; those of the README are the committed ones.
#
#   sh packaging/screenshots.sh [--programs FOLDER] [OUT]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
programs=
if [ "${1:-}" = --programs ]; then
    programs=$2
    shift 2
fi
SCENARIO=$root/packaging/realwindow/screenshots.py
export SCENARIO
exec sh "$root/packaging/realwindow/run.sh" ${programs:+--programs "$programs"} "${1:-$root/assets/screenshots}"
