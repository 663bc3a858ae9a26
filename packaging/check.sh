#!/bin/sh
# Everything that must hold before a change goes in: format, lints, licences, known holes, tests, docs, the real window.
# Installs the Debian packages that the tests need. Prints each step and its seconds; stops at the first that fails.
#
#   sh packaging/check.sh              all
#   sh packaging/check.sh --no-window  all but the real window, for a computer without its packages
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh

with_window=yes
[ "${1:-}" != --no-window ] || with_window=no

CARGO_BUILD_JOBS=${CARGO_BUILD_JOBS:-2}
CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
export CARGO_BUILD_JOBS CARGO_TERM_COLOR
python=/usr/bin/python3 # Debian's own: it is the one that sees Debian's modules.
advisories=${ADVISORY_DB:-../shared/advisory-db}
target=${CARGO_TARGET_DIR:-target}
began=$(seconds)
summary=

# Not `"$@" || die`: that would switch off `set -e` inside the step.
title=
trap '[ -z "$title" ] || say "FAILED: $title"' EXIT

step() {
    title=$1
    shift
    printf '\n== %s\n' "$title"
    from=$(seconds)
    "$@"
    took=$(($(seconds) - from))
    say "-- $title: $took s"
    summary="$summary$(printf '%6s s  %s' "$took" "$title")
"
    title=
}

packages() {
    # shellcheck disable=SC2086 # lists of names
    if [ $with_window = yes ]; then
        need_packages $BUILD_PACKAGES $RUN_PACKAGES $TEST_PACKAGES python3 $WINDOW_PACKAGES
    else
        need_packages $BUILD_PACKAGES $TEST_PACKAGES python3
    fi
    find_cargo || die "cargo is missing. sh packaging/demo.sh offers to install it; or see https://rustup.rs"
    cargo --version
    for tool in fmt clippy; do
        cargo $tool --version >/dev/null 2>&1 || rustup component add "$([ $tool = fmt ] && echo rustfmt || echo $tool)"
    done
}

licences() {
    $python packaging/supply_chain.py self-test
    $python packaging/supply_chain.py licences
    $python packaging/licences.py --check
    $python packaging/sbom.py self-test
    # What can be tried of the macOS package without a Mac.
    sh packaging/macos/test.sh
    ! command -v cargo-deny >/dev/null 2>&1 || cargo deny --all-features check --config .cargo/deny.toml licenses bans sources
}

known_holes() {
    if [ ! -d "$advisories/crates" ]; then
        say "No copy of the RustSec advisories at $advisories: NOT CHECKED. Set ADVISORY_DB to a clone of"
        say "https://github.com/rustsec/advisory-db to check."
        return 0
    fi
    $python packaging/supply_chain.py advisories "$advisories"
    ! command -v cargo-audit >/dev/null 2>&1 || cargo audit --no-fetch --stale --db "$advisories"
}

count_tests() {
    awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
         END { printf "tests: %d passed, %d failed, %d ignored\n", passed, failed, ignored; exit failed > 0 || passed == 0 }' "$1"
}

tests() {
    log=$target/check-tests.log
    mkdir -p "$target"
    { cargo test --workspace --locked 2>&1 || echo "cargo test failed"; } | tee "$log"
    count_tests "$log"
    if grep -q '^cargo test failed$' "$log"; then return 1; fi
}

# A million spoilt files are tried by the tests in any case; this looks on where those lead, if the tools are here.
fuzz() { sh fuzz/run.sh 30; }

docs() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --locked --no-deps; }

# 77 says that this place allows no mount: said aloud, and no failure.
disk_image() { sh packaging/diskimage.sh || [ $? = 77 ]; }

# Kills at every named place and cuts of the power; the sweep of single faults and the long run are for a closing.
torture() { sh packaging/torture.sh --only kills && sh packaging/torture.sh --only cuts; }

# The packages of the program that `cargo test` has made, in their form alone. The release program, a clean system and
# an upgrade are for packaging/linux/test.sh; Windows is for packaging/windows/test.sh.
linux_packages() {
    strip -o "$target/packages.consult-desk" "$target/debug/consult-desk"
    PROGRAM=$target/packages.consult-desk SKIP="twice system" sh packaging/linux/test.sh "$target/packages"
}

# The programs that `cargo test` has just made are the ones to drive: nothing is built twice.
real_window() { sh packaging/realwindow/run.sh --programs "$target/debug" "$target/realwindow"; }

step "packages" packages
step "format" cargo fmt --all --check
step "licences and sources" licences
step "known holes" known_holes
step "lints" cargo clippy --workspace --all-targets --locked -- -D warnings
step "lints without the simulator" \
    cargo clippy --locked --no-default-features --lib --bin consult-desk -- -D warnings
step "tests and house rules" tests
step "fuzzing the WAV reader" fuzz
step "documentation" docs
step "kills and power cuts" torture
step "nothing left on a disk" disk_image
if [ $with_window = yes ]; then
    step "packages for Linux" linux_packages
    step "real window" real_window
fi

printf '\nAll good in %s s:\n%s' "$(($(seconds) - began))" "$summary"
count_tests "$target/check-tests.log"
