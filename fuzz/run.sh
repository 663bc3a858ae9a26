#!/bin/sh
# Runs every fuzz target for some seconds, one after the other, and prints how many inputs each saw.
# Needs a nightly toolchain and cargo-fuzz (cargo install cargo-fuzz); without them it says so and does nothing,
# since `cargo test` tries a million spoilt files in any case.
#
#   sh fuzz/run.sh [SECONDS]      30 seconds each, if not said otherwise
#
# What fails is left in fuzz/artifacts, and the script ends with an error.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-30}
recordings=${CONSULT_DESK_SHARED:-../shared}/data/odd-wav
built=${CARGO_TARGET_DIR:-$PWD/target}/fuzz

if ! cargo +nightly --version >/dev/null 2>&1 || ! cargo fuzz --version >/dev/null 2>&1; then
    echo "skipped: a nightly toolchain or cargo-fuzz is not here"
    exit 0
fi
[ -d "$recordings" ] || {
    echo "No recordings in $recordings: the targets start from made ones only."
    recordings=
}
mkdir -p "$built"
cargo +nightly build --quiet --release --manifest-path fuzz/Cargo.toml --target-dir "$built" --bin wav_seeds
for target in wav_header wav_stream_decode wav_seek; do
    log=$built/$target.log
    # shellcheck disable=SC2086 # nothing, or one folder
    "$built/release/wav_seeds" "fuzz/corpus/$target" ${recordings:+"$recordings"}
    cargo +nightly fuzz build --fuzz-dir fuzz --target-dir "$built" "$target" >"$log" 2>&1 || {
        cat "$log"
        exit 1
    }
    began=$(date +%s)
    cargo +nightly fuzz run --fuzz-dir fuzz --target-dir "$built" "$target" -- \
        -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 >"$log" 2>&1 || {
        grep -A 1 'panicked at\|ERROR: libFuzzer' "$log" || tail -n 40 "$log"
        echo "FAILED: $target; all of it in $log"
        exit 1
    }
    inputs=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
    cover=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
    echo "$target: $inputs inputs in $(($(date +%s) - began)) s, ${cover:-cov: ?}, no failure"
done
