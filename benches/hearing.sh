#!/bin/sh
# How soon a recording sounds, beside a running mpv and a fresh ffplay, at the same address in one run; then an hour of
# playing. Builds the release programs when they are missing. Options go to hearing.py.
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh
need_packages mpv ffmpeg python3 libasound2
find_cargo || die "cargo is missing; see packaging/demo.sh"
cargo build --release --locked --bin nxvet-sim
cargo bench --locked --no-run --bench hearing
exec python3 benches/hearing.py "$@"
