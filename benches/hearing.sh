#!/bin/sh
# How soon a recording sounds, beside a running mpv and a fresh ffplay, at the same address in one run; then an hour of
# playing. Options go to hearing.py; with --window it is what the real window costs while it plays instead.
# Builds the release programs when they are missing.
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh
need_packages mpv ffmpeg python3 libasound2
find_cargo || die "cargo is missing; see packaging/demo.sh"
cargo build --release --locked --bins
if [ "${1:-}" = --window ]; then
    folder=$(mktemp -d /tmp/consult-desk-hearing.XXXXXX)
    trap 'rm -rf "$folder"' EXIT
    python3 -B benches/hearing.py --make "$folder"
    SCENARIO=benches/hearing/window.py CONSULTATIONS="$folder/data" \
        sh packaging/realwindow/run.sh --programs target/release
    exit
fi
cargo bench --locked --no-run --bench hearing
exec python3 -B benches/hearing.py "$@"
