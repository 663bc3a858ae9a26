#!/bin/sh
# A compiler for 64-bit Windows (x86_64-pc-windows-gnu) on Debian 12, and Wine to run what it makes.
# Debian has no Rust library for Windows that is new enough, but a new compiler with the source of its own library: that
# is built once and put where the compiler looks for it. Nothing of rustup's is used or changed.
#
#   sh packaging/windows/toolchain.sh setup            installs, unpacks and builds what is missing; again it does nothing
#   sh packaging/windows/toolchain.sh cargo WORDS…     cargo for Windows, in this folder: build, test, run, tree …
#   sh packaging/windows/toolchain.sh wine-setup       Wine, and a home for it with what old Wines lack
#   sh packaging/windows/toolchain.sh run EXE WORDS…   a Windows program under Wine, on a display of its own without one
#
# WIN_CROSS_HOME  where all of it is kept (default: ~/.cache/consult-desk/win-cross, about 1.3 GB)
# WINEPREFIX      another home of Wine for `run`
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

kept=${WIN_CROSS_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/consult-desk/win-cross}
triple=x86_64-pc-windows-gnu
rust=$kept/rust/usr
prefix=$kept/wineprefix
# With what a release needs to be optimised as one piece; cargo leaves it out of a library on its own.
how=-Cembed-bitcode=yes
wine=/usr/lib/wine

# A C compiler for here (build scripts), one for Windows with its headers, what Debian's compiler is linked with.
CROSS_PACKAGES="gcc libc6-dev gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix mingw-w64-x86-64-dev
binutils-mingw-w64-x86-64 libcurl4 libssh2-1 libssl3 libsqlite3-0 libgit2-1.5 libllvm22 ca-certificates"
# Unpacked and not installed, so that no second `rustc` gets into the way of the first.
RUST_PACKAGES="rustc-web cargo-web rust-web-src libstd-rust-web-dev"
WINE_PACKAGES="wine64 wine xvfb xauth libgl1-mesa-dri libgl1 mesa-vulkan-drivers libvulkan1 fonts-dejavu fonts-liberation"

# Everything by its path: neither the order of PATH nor a toolchain file of rustup plays a part.
for_windows() {
    RUSTC=$rust/bin/rustc RUSTDOC=$rust/bin/rustdoc
    LD_LIBRARY_PATH=$rust/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    CARGO_BUILD_JOBS=${CARGO_BUILD_JOBS:-2}
    CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
    CARGO_BUILD_TARGET=$triple
    # The flavour with the threads that Rust's own library wants.
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc-posix
    CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc-posix
    CXX_x86_64_pc_windows_gnu=x86_64-w64-mingw32-g++-posix
    AR_x86_64_pc_windows_gnu=x86_64-w64-mingw32-ar
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="sh $here/toolchain.sh run"
    # The same program from the same source, whenever and wherever it is built.
    root=$(cd "$here/../.." && pwd)
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="-Clink-arg=-Wl,--no-insert-timestamp\
 --remap-path-prefix=$root=consult-desk --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo\
 --remap-path-prefix=$rust=rust"
    export RUSTC RUSTDOC LD_LIBRARY_PATH CARGO_BUILD_JOBS CARGO_TERM_COLOR CARGO_BUILD_TARGET \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER CC_x86_64_pc_windows_gnu CXX_x86_64_pc_windows_gnu \
        AR_x86_64_pc_windows_gnu CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS
    unset RUSTUP_TOOLCHAIN RUSTC_WRAPPER
}

setup() {
    # shellcheck disable=SC2086 # a list of names
    need_packages $CROSS_PACKAGES
    [ -x "$rust/bin/rustc" ] || unpack_compiler
    for_windows
    library=$rust/lib/rustlib/$triple/lib
    version=$("$RUSTC" -V)
    [ "$(cat "$library/built-with" 2>/dev/null)" = "$version, $how" ] || build_library
    say "Compiler for Windows: $version"
}

unpack_compiler() {
    mkdir -p "$kept/debs"
    newest=$(apt-cache depends libstd-rust-web-dev 2>/dev/null | awk '/Depends: libstd-rust-web-[0-9]/ { print $2; exit }')
    if [ -z "$newest" ]; then
        apt_get update
        newest=$(apt-cache depends libstd-rust-web-dev | awk '/Depends: libstd-rust-web-[0-9]/ { print $2; exit }')
    fi
    say "Fetching Debian's compiler: $RUST_PACKAGES $newest"
    # shellcheck disable=SC2086 # a list of names
    (cd "$kept/debs" && rm -f ./*.deb && apt-get -qq download $RUST_PACKAGES "$newest" 2>/dev/null)
    rm -rf "$kept/rust.new"
    mkdir "$kept/rust.new"
    for package in "$kept"/debs/*.deb; do dpkg -x "$package" "$kept/rust.new"; done
    rm -rf "$kept/rust" "$kept/debs"
    mv "$kept/rust.new" "$kept/rust"
}

# Once for each compiler, by an empty crate; afterwards the compiler finds the library as it finds the one of Linux.
build_library() {
    say "Building Rust's own library for Windows (some minutes, once)"
    seed=$kept/library
    rm -rf "$seed" "$library"
    mkdir -p "$seed/src" "$library"
    printf '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$seed/Cargo.toml"
    : >"$seed/src/lib.rs"
    (
        cd "$seed"
        unset CARGO_TARGET_DIR
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="$CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS $how"
        RUSTC_BOOTSTRAP=1 "$rust/bin/cargo" build --quiet --release -Zbuild-std=std,panic_unwind,panic_abort,proc_macro,test
    )
    find "$seed/target/$triple/release/deps" -name '*.rlib' ! -name 'libseed*' -exec cp {} "$library/" \;
    printf '%s\n' "$version, $how" >"$library/built-with"
    rm -rf "$seed"
}

wine_environment() {
    WINEPREFIX=${WINEPREFIX:-$prefix} WINEARCH=win64 WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES="mscoree,mshtml="
    export WINEPREFIX WINEARCH WINEDEBUG WINEDLLOVERRIDES
    # The compiler's libraries are not for Wine.
    unset LD_LIBRARY_PATH
}

wine_setup() {
    # shellcheck disable=SC2086 # a list of names
    need_packages $WINE_PACKAGES
    WINEPREFIX=$prefix
    wine_environment
    if [ ! -f "$prefix/ready" ]; then
        say "Making a home for Wine"
        rm -rf "$prefix"
        mkdir -p "$prefix"
        xvfb-run -a "$wine/wine64" wineboot --init >/dev/null 2>&1 || true
        # It would pass itself off as Windows 7.
        xvfb-run -a "$wine/wine64" winecfg -v win10 >/dev/null 2>&1 || true
        # What it knows is on the disk only when its server has ended.
        "$wine/wineserver64" -w || true
        stand_in
        : >"$prefix/ready"
    fi
    say "Wine: $("$wine/wine64" --version), its home $prefix"
}

# Rust's library asks bcryptprimitives.dll for random numbers, which Windows 10 has and Wine before 9 has not. This one
# is for trying programs under Wine and goes into no package.
stand_in() {
    [ ! -f "$prefix/drive_c/windows/system32/bcryptprimitives.dll" ] || return 0
    cat >"$kept/random.c" <<'C'
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char *out, size_t left) {
    while (left) {
        ULONG step = left > 0x10000000 ? 0x10000000 : (ULONG)left;
        if (!RtlGenRandom(out, step)) return FALSE;
        out += step;
        left -= step;
    }
    return TRUE;
}
C
    x86_64-w64-mingw32-gcc-posix -O2 -s -shared -o "$prefix/drive_c/windows/system32/bcryptprimitives.dll" \
        "$kept/random.c" -ladvapi32
    rm -f "$kept/random.c"
}

# Wine's 64-bit half by its own name: the usual starter asks for the 32-bit one each time.
run() {
    wine_environment
    if [ -n "${DISPLAY:-}" ]; then
        exec "$wine/wine64" "$@"
    fi
    exec xvfb-run -a -s "-screen 0 1280x800x24 +extension GLX" "$wine/wine64" "$@"
}

case "${1:-}" in
    setup) setup ;;
    cargo)
        shift
        setup >/dev/null
        exec "$rust/bin/cargo" "$@"
        ;;
    wine-setup)
        # The stand-in is made by the compiler.
        setup
        wine_setup
        ;;
    run)
        shift
        run "$@"
        ;;
    *)
        sed -n '2,15s/^# \{0,1\}//p' "$0"
        exit 2
        ;;
esac
