#!/bin/sh
# The desk on a small computer: installed where nothing can be written, for a person with a name from all over the
# world, on a disk of 2 GB. A morning's work, and every call that changes a file is followed: none may change anything
# outside this person's own folders.
# Needs root for mounts of its own (CI containers have it); where that does not work it says so and ends with 77, as test suites
# say "skipped".
#
#   sh packaging/own_folders.sh [--programs FOLDER] [OUT]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/packaging/lib.sh"

need_packages strace
disk=$(mktemp -d /tmp/cdd.XXXXXX)
trap 'rmdir "$disk"' EXIT
if ! unshare -m mount -t tmpfs -o size=2g consult-desk "$disk" 2>/dev/null; then
    say "Skipped: nothing can be mounted here."
    exit 77
fi
# The mounts are in a namespace of their own and end with it.
# shellcheck disable=SC2016 # meant for the inner shell
SCENARIO=$root/packaging/own_folders.py DISK=$disk unshare -m sh -c '
    set -eu
    mount -t tmpfs -o size=2g consult-desk "$DISK"
    script=$1
    shift
    sh "$script" "$@"
' sh "$root/packaging/realwindow/run.sh" "$@"
