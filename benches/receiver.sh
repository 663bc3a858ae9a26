#!/bin/sh
# The receiver under load beside Flask with SQLite, and whether everything it answered with 200 is in the store, once.
# Builds the release program unless --program FILE names one. Flask and gunicorn come from PyPI, once.
# Options go to receiver/run.py.
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh
need_packages wrk python3 python3-venv libssl3
case " $* " in
*" --program"*) ;;
*)
    find_cargo || die "cargo is missing; see packaging/demo.sh"
    cargo build --release --locked --bin consult-desk
    ;;
esac
exec python3 -B benches/receiver/run.py "$@"
