#!/bin/sh
# From a bare Debian 12 to the Windows program, an installer for one person (NSIS) and a package for managed roll-out
# (MSI), with their SHA-256 sums. Installs what it needs; a first run fetches and builds a compiler as well.
#
#   sh packaging/windows/build.sh [--program EXE] [OUT]
#
# EXE is packed as it is; without it the release is built. OUT is target/windows/packages without it.
# CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 make a quicker build of a larger program.
set -eu
cd "$(dirname "$0")/../.."
. packaging/lib.sh
here=packaging/windows
# About names the commit.
name_build

program=
if [ "${1:-}" = --program ]; then
    program=$2
    shift 2
fi
# Apart from what other compilers make.
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/windows}
export CARGO_TARGET_DIR
out=${1:-$CARGO_TARGET_DIR/packages}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
installer=consult-desk-$version-windows-x64-setup.exe
msi=consult-desk-$version-windows-x64.msi
# What a release promises; a program that grew past it is no release.
most_program=30000000
most_installer=10000000

timed() {
    title=$1
    shift
    say "== $title"
    from=$(seconds)
    "$@"
    say "-- $title: $(($(seconds) - from)) s"
}

compile() {
    sh $here/toolchain.sh cargo build --release --locked --bin consult-desk
    program=$CARGO_TARGET_DIR/x86_64-pc-windows-gnu/release/consult-desk.exe
}

# It opens no console, has its icon and manifest, and asks for nothing that Windows does not bring.
inspect() {
    objdump=x86_64-w64-mingw32-objdump
    $objdump -p "$program" >"$staged/about"
    grep -q '^Subsystem.*Windows GUI' "$staged/about" || die "The program would open a console."
    strings -e l "$program" >"$staged/words"
    grep -qx 'Consult Desk' "$staged/words" && grep -qx "$version" "$staged/words" || die "The program says no version."
    grep -aq 'PerMonitorV2' "$program" || die "The program has no manifest."
    strange=$(sed -n 's/^\tDLL Name: //p' "$staged/about" | tr 'A-Z' 'a-z' | sort -u | grep -vxF "$(of_windows)" || true)
    [ -z "$strange" ] || die "The program asks for libraries that Windows may not have: $strange"
}

of_windows() {
    for name in advapi32 avrt bcrypt bcryptprimitives combase comctl32 comdlg32 crypt32 d3d12 d3dcompiler_47 dwmapi dwrite \
        dxgi gdi32 imm32 iphlpapi kernel32 kernelbase mmdevapi msvcrt ncrypt ntdll ole32 oleaut32 opengl32 propsys rpcrt4 \
        runtimeobject secur32 setupapi shell32 shlwapi user32 userenv uiautomationcore uxtheme version winmm winspool.drv \
        ws2_32 wtsapi32; do
        case $name in
            *.*) printf '%s\n' "$name" ;;
            *) printf '%s.dll\n' "$name" ;;
        esac
    done
    # Contracts that stand for libraries of Windows 10.
    sed -n 's/^\tDLL Name: //p' "$staged/about" | tr 'A-Z' 'a-z' | grep '^api-ms-win-' || true
}

make_installer() {
    /usr/bin/python3 $here/icon.py --panel "$staged/panel.bmp"
    makensis -V2 -NOCD -INPUTCHARSET UTF8 "-DVERSION=$version" "-DROOT=$PWD" "-DEXE=$(realpath "$program")" \
        "-DPANEL=$staged/panel.bmp" "-DOUT=$(realpath "$out")/$installer" $here/installer.nsi
}

# wixl finds files beside the description alone.
make_msi() {
    cp "$program" "$staged/consult-desk.exe"
    cp assets/icon/consult-desk.ico $here/consult-desk.wxs "$staged/"
    cp LICENSE-MIT "$staged/licence-MIT.txt"
    cp LICENSE-APACHE "$staged/licence-Apache-2.0.txt"
    cp assets/licences.txt "$staged/licences-of-others.txt"
    (cd "$staged" && wixl -a x64 -D "Version=$version" -o made.msi consult-desk.wxs)
    mv "$staged/made.msi" "$out/$msi"
}

size_of() { wc -c <"$1" | tr -d ' '; }

weigh() {
    cp "$program" "$out/consult-desk.exe"
    (cd "$out" && sha256sum consult-desk.exe "$installer" "$msi" | tee SHA256SUMS-windows)
    for file in consult-desk.exe "$installer" "$msi"; do
        say "$(size_of "$out/$file") bytes  $file"
    done
    [ "$(size_of "$program")" -le $most_program ] || die "The program is larger than $most_program bytes."
    [ "$(size_of "$out/$installer")" -le $most_installer ] || die "The installer is larger than $most_installer bytes."
}

began=$(seconds)
mkdir -p "$out"
staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
timed "packages" need_packages nsis wixl binutils binutils-mingw-w64-x86-64 python3
/usr/bin/python3 $here/icon.py --check
if [ -z "$program" ]; then
    timed "compiler" sh $here/toolchain.sh setup
    timed "program" compile
fi
inspect
timed "installer" make_installer
timed "MSI" make_msi
weigh
say "Ready after $(($(seconds) - began)) s: $out"
