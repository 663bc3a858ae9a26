# Shared by the scripts beside it; sourced, never run. POSIX sh, made for Debian 12 and its relatives.

# To compile.
BUILD_PACKAGES="build-essential pkg-config libasound2-dev ca-certificates"

# To open a window, make a sound and ask where to save; all but libasound2 are looked for when the program starts, not when it is linked.
RUN_PACKAGES="libasound2 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libgl1 libgl1-mesa-dri libegl1 libfontconfig1 tzdata zenity"

# What tests compare with: other readers of WAV files, a server with odd certificates, a bus for the media keys,
# what runs the vendors' own samples, the broker that several desks meet at.
TEST_PACKAGES="ffmpeg sndfile-programs openssl dbus nodejs mono-mcs mono-runtime nats-server"

# To drive a real window with nobody watching: display, window manager, screen reader's view, sound, key store.
WINDOW_PACKAGES="xvfb xauth xdotool openbox imagemagick x11-utils xsettingsd mesa-vulkan-drivers dbus at-spi2-core python3
python3-pyatspi python3-gi gir1.2-atspi-2.0 python3-numpy libglib2.0-bin fonts-noto-cjk
pulseaudio pulseaudio-utils libasound2-plugins gnome-keyring libsecret-tools openssl"

say() { printf '%s\n' "$*"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

seconds() { date +%s; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "This needs root or sudo: $*"
    fi
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq "$@" >/dev/null; }

# Prints those of the named packages that are not installed.
missing_packages() {
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
    done
}

# Installs what is missing; asks for a fresh package list only when the old one does not do.
need_packages() {
    if ! command -v apt-get >/dev/null 2>&1; then
        say "No apt-get here: please see to these packages, or their like, yourself: $*"
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    say "Installing: $missing"
    # shellcheck disable=SC2086 # a list of names
    apt_get install -y --no-install-recommends $missing 2>/dev/null || {
        apt_get update
        apt_get install -y --no-install-recommends $missing
    }
}

# git also in a folder of somebody else, as in a container.
inside_git() { git -c safe.directory="$(pwd)" "$@"; }

# What is built: the commit, with a plus when something is changed since, for About; and its time, for every time in a
# package. Both may be given from outside; without git the commit is unknown and the time that of Cargo.toml.
name_build() {
    CONSULT_DESK_COMMIT=${CONSULT_DESK_COMMIT-$(inside_git describe --always --dirty=+ --abbrev=12 --exclude='*' 2>/dev/null || true)}
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(inside_git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml 2>/dev/null || stat -f %m Cargo.toml)}
    export CONSULT_DESK_COMMIT SOURCE_DATE_EPOCH
}

# The day of the build's time, on Debian as on a Mac.
day_of_build() { date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d 2>/dev/null || date -u -r "$SOURCE_DATE_EPOCH" +%Y-%m-%d; }

# Finds cargo even when the shell was started before rustup was.
find_cargo() {
    command -v cargo >/dev/null 2>&1 && return 0
    [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] || return 1
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    export PATH
}
