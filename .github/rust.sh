#!/bin/sh
# The toolchain that RUSTUP_TOOLCHAIN names. The runners bring rustup along; a bare Debian gets it from its makers' address.
set -eu
if ! command -v rustup >/dev/null 2>&1; then
    if [ ! -x "$HOME/.cargo/bin/rustup" ]; then
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --default-toolchain none
    fi
    PATH=$HOME/.cargo/bin:$PATH
    [ -z "${GITHUB_PATH:-}" ] || printf '%s\n' "$HOME/.cargo/bin" >>"$GITHUB_PATH"
fi
rustup toolchain install "$RUSTUP_TOOLCHAIN" --profile minimal --component rustfmt --component clippy
rustc --version
