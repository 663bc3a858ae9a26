#!/bin/sh
# From a bare Debian 12 to the sample clinic in a window: installs what is missing, builds, opens.
#
#   sh packaging/demo.sh         asks before it installs the Rust toolchain
#   sh packaging/demo.sh --yes   does not ask
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh

yes=no
[ "${1:-}" != --yes ] || yes=yes
rustup_command="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal"
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

timed() {
    title=$1
    shift
    say "== $title"
    from=$(seconds)
    "$@"
    say "-- $title: $(($(seconds) - from)) s"
}

toolchain() {
    if ! find_cargo; then
        say "Rust is not installed. Its own installer is this, for your user alone:"
        say "    $rustup_command"
        if [ $yes = no ]; then
            printf 'Run it now? [y/N] '
            read -r answer || answer=
            case $answer in
                y | Y | yes) ;;
                *) die "Nothing was changed. Install Rust, then start this again." ;;
            esac
        fi
        need_packages curl ca-certificates
        sh -c "$rustup_command"
        find_cargo || die "Rust did not install; see the lines above. Without network, install it another way, then start this again."
    fi
    have=$(rustc --version | sed 's/^rustc \([0-9]*\.[0-9]*\).*/\1/')
    newest=$(printf '%s\n%s\n' "$have" "$wanted" | sort -V | tail -n 1)
    [ "$have" = "$newest" ] || die "This needs Rust $wanted; here is $have. Run: rustup update stable"
    rustc --version
}

# shellcheck disable=SC2086 # lists of names
system_packages() { need_packages $BUILD_PACKAGES $RUN_PACKAGES; }

build() { cargo build --release --locked --bin consult-desk; }

began=$(seconds)
timed "system packages" system_packages
timed "Rust toolchain" toolchain
timed "build (the first time takes minutes)" build
say "Ready after $(($(seconds) - began)) s."

program=${CARGO_TARGET_DIR:-target}/release/consult-desk
if [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then
    say "There is no display here, so no window can open. On a desktop, run:"
    say "    $program --demo"
    say "Over SSH, connect with ssh -X. To see it without any screen: sh packaging/screenshots.sh"
    exit 0
fi
say "Opening the sample clinic. Start it again with: $program --demo"
exec "$program" --demo
