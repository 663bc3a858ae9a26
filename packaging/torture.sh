#!/bin/sh
# Kills the desk at any moment and around everything it does to the disk, cuts the power under it, and lets everything
# fail once. Whatever it has promised must be there afterwards. Prints figures; a violation says how to see it again.
#
#   sh packaging/torture.sh                               what every change is checked with, some minutes
#   sh packaging/torture.sh --kills 20000 --cuts 10000    the long run
#   sh packaging/torture.sh --only kills --seed 7         one part: kills, cuts, faults or desk
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh

KILLS=2000
CUTS=1000
SEED=1
ONLY=
while [ $# -gt 0 ]; do
    case $1 in
        --kills) KILLS=$2 ;;
        --cuts) CUTS=$2 ;;
        --seed) SEED=$2 ;;
        --only) ONLY=$2 ;;
        *) die "What is $1? See the beginning of packaging/torture.sh" ;;
    esac
    shift 2
done
export KILLS CUTS SEED ONLY

[ "$(uname)" = Linux ] || die "This needs Linux: the disk is watched by a library that is loaded first."
need_packages build-essential
find_cargo || die "cargo is missing"
log=${CARGO_TARGET_DIR:-target}/torture.log
mkdir -p "$(dirname "$log")"
{ cargo test --locked --test it -- --ignored --exact torture::all_of_it --nocapture 2>&1 || echo "torture failed"; } |
    tee "$log"
if grep -q '^torture failed$' "$log" || ! grep -q '^test result: ok. 1 passed' "$log"; then
    die "Seed $SEED: see $log. The places it names are kept."
fi
