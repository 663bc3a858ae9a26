# A clean system in a folder, in which a package is installed and its program runs as an ordinary person; sourced by
# test.sh. Only what the package itself depends on is installed there, and what any desktop has: a way to start entries,
# and a font for names of all kinds.

PERSON="Zoë Müller" # A name, and a home, that old software stumbles over.
PERSON_ID=1000
ENTRY_PACKAGES="libglib2.0-bin desktop-file-utils hicolor-icon-theme fonts-droid-fallback"

# Where this computer's own apt gets its packages: `address release component`, one a line.
sources() {
    # shellcheck disable=SC1091 # the system's own file
    origin=$(. /etc/os-release && echo "$ID")
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
        awk -v origin="$origin" 'tolower($4) == origin && $3 ~ /^(main|universe)$/ { print $1, $2, $3 }' | sort -u
}

# `CLEAN_ROOT=FILE` keeps the bare system as an archive, for those who run this often.
make_root() {
    # shellcheck disable=SC1091 # the system's own file
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mirror=$(sources | awk -v release="$release" '$2 == release { print $1; exit }')
    [ -n "$mirror" ] || die "apt does not say where it gets $release from"
    mkdir -p "$root"
    if [ -n "${CLEAN_ROOT:-}" ] && [ -e "$CLEAN_ROOT" ]; then
        tar -xpf "$CLEAN_ROOT" -C "$root"
        return
    fi
    more=
    case $mirror in https:*) more=--include=ca-certificates ;; esac
    # shellcheck disable=SC2086 # one word or none
    debootstrap --variant=minbase $more "$release" "$root" "$mirror" >"$out/debootstrap.log" 2>&1 ||
        { tail -n 20 "$out/debootstrap.log"; die "no clean system could be made"; }
    [ -z "${CLEAN_ROOT:-}" ] || tar -cpf "$CLEAN_ROOT" -C "$root" .
}

# All mounts are this process's own (see test.sh), and are gone with it.
prepare_root() {
    sources | sed 's/^/deb /' >"$root/etc/apt/sources.list"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*proxy*; do
        [ ! -e "$file" ] || cp "$file" "$root/etc/apt/apt.conf.d/"
    done
    # Nothing that is installed may start anything.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm" 2>/dev/null || true
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    for folder in "$private" /tmp/.X11-unix; do
        mkdir -p "$root$folder"
        mount --bind "$folder" "$root$folder"
    done
    in_root useradd --uid $PERSON_ID --user-group --no-create-home --home-dir "/home/$PERSON" zoe
    make_home "$root/home/$PERSON"
}

make_home() {
    mkdir -p "$1"
    chown "$PERSON_ID:$PERSON_ID" "$1"
    chmod 700 "$1"
}

in_root() { chroot "$root" /usr/bin/env LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

install_in_root() {
    in_root apt-get -qq install -y --no-install-recommends "$@" >"$out/apt.log" 2>&1 ||
        { in_root apt-get -qq update && in_root apt-get -qq install -y --no-install-recommends "$@"; } >"$out/apt.log" 2>&1 ||
        { tail -n 20 "$out/apt.log"; die "not installed in the clean system: $*"; }
}

# What the package asks for, as its own field says.
depends_of() {
    dpkg-deb --field "$1" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/[[:space:]]//g' | grep .
}

# As sure as it gets that a program writes nothing into the system: it cannot. Homes stay writable.
close_root() {
    mount --bind "$root" "$root.closed" && mount -o remount,ro,bind "$root.closed"
    for folder in proc dev/shm tmp "tmp/.X11-unix" "${private#/}" home; do
        mount --bind "$root/$folder" "$root.closed/$folder"
    done
}

# Every file of the system and what is in it, but what package managers and tests keep for themselves.
list_root() {
    (cd "$root" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log \
        -o -path ./home -o -path ./tmp -o -path ./proc -o -path ./dev \) -prune -o -type f -exec md5sum {} + \
        -o ! -type f -print) | LC_ALL=C sort
}

# `inside PROGRAM…` runs it in the clean system with the rights of whoever calls: a copy of chroot that needs no root
# for it. The process stays the same one, so windows and buses see its number.
make_inside() {
    cp "$(command -v chroot)" "$private/bin/enter"
    setcap cap_sys_chroot+ep "$private/bin/enter"
    cat >"$private/bin/inside" <<SH
#!/bin/sh
exec "$private/bin/enter" "$root.closed" /usr/bin/env HOME="/home/$PERSON" USER="$PERSON" LOGNAME="$PERSON" "\$@"
SH
    printf '#!/bin/sh\nexec "%s/bin/inside" consult-desk "$@"\n' "$private" >"$private/bin/consult-desk"
    chmod 755 "$private/bin/inside" "$private/bin/consult-desk"
}

# The caller's process becomes the person's, so that its number can be used; only ever the last command of a subshell.
as_person() { exec setpriv --reuid $PERSON_ID --regid $PERSON_ID --clear-groups "$@"; }

# The person's desktop: a session bus of their own outside, the programs inside. `play NAME HOME FILE WORDS…`
play() {
    name=$1
    home=$2
    file=$3
    shift 3
    rm -rf "${private:?}/run"
    mkdir -m 700 "$private/run"
    mkdir -p "$private/out/$name"
    chown -R "$PERSON_ID:$PERSON_ID" "$private/run" "$private/out"
    (
        cd /
        as_person env -i PATH="$PATH" HOME="$home" USER="$PERSON" XDG_RUNTIME_DIR="$private/run" \
            GSETTINGS_BACKEND=memory LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 \
            dbus-run-session --config-file="$private/bus.conf" -- /usr/bin/python3 "$private/scenes/$file" \
            --programs "$private/bin" --out "$private/out/$name" "$@"
    ) >"$out/$name.log" 2>&1 || true
    count "$out/$name.log"
    cp -r "$private/out/$name" "$out/"
}

count() {
    sed -n '/^\(ok\|FAILED\) /p' "$1"
    passed=$((passed + $(grep -c '^ok ' "$1" || true)))
    broken=$(grep -c '^FAILED ' "$1" || true)
    # One that says nothing at all has failed too.
    grep -q '^ok ' "$1" || broken=$((broken + 1))
    failed=$((failed + broken))
    [ "$broken" = 0 ] || tail -n 40 "$1"
}

# One of scenes.py or wayland.py, at the person's own home.
scene() {
    scene=$1
    file=$2
    shift 2
    play "$scene" "$root/home/$PERSON" "$file" --app-id "$APP_ID" --scene "$scene" "$@"
}

# The whole morning of packaging/realwindow. Its home lies where the programs inside and outside see it alike.
morning() {
    make_home "$private/home"
    play morning "$private/home" scenario.py --data /nonexistent
}

# A pretended NxVET that is the same from before the upgrade until after it.
start_vendor() {
    mkdir -p "$private/out"
    : >"$private/out/vendor.txt"
    as_person "$private/bin/nxvet-sim" --port 0 --personality production --records 40 --seed 11 >"$private/out/vendor.txt" &
    vendor=$!
    waited=0
    until grep -q '^listening' "$private/out/vendor.txt"; do
        kill -0 "$vendor" || die "the pretended vendor did not start"
        [ "$waited" -lt 200 ] || die "the pretended vendor does not listen"
        sleep 0.1
        waited=$((waited + 1))
    done
}

stop_vendor() {
    [ -z "$vendor" ] || kill "$vendor" 2>/dev/null || true
    vendor=
}

with_vendor() { scene "$1" scenes.py --vendor "$private/out/vendor.txt" --vendor-process "$vendor"; }
