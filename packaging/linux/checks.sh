# What is looked at in the packages and in the clean system; sourced by test.sh. A line that begins with SAYS is shown.

validate_metainfo() {
    appstreamcli validate --no-net --strict "$1/usr/share/metainfo/$APP_ID.metainfo.xml"
    appstreamcli validate-tree --no-net --strict "$1"
}

# Hints too: whoever wants to hide one has to give the reason in lintian-overrides.
lintian_is_silent() {
    said=$(lintian --allow-root --display-info --tag-display-limit 0 "$1" 2>&1 || true)
    printf '%s\n' "$said"
    [ -z "$said" ]
}

# The .deb has besides its list of changes and the notes for lintian.
same_files() {
    mkdir -p "$out/rpm-tree"
    rpm2cpio "$2" | (cd "$out/rpm-tree" && cpio --quiet -idm)
    rpm -K --nosignature "$2"
    diff -r "$1" "$out/rpm-tree" | grep -v -e ': changelog.gz$' -e ': lintian$' | grep . && return 1
    echo "SAYS $(find "$out/rpm-tree" -type f | wc -l) files"
}

rpm_asks() {
    rpm -qp --requires "$1" >"$out/rpm-requires.txt"
    for library in libasound.so.2 libX11.so.6 libEGL.so.1 libwayland-client.so.0 libdbus-1.so.3; do
        grep -q "^$library()(64bit)\|^$library(" "$out/rpm-requires.txt" || { echo "not asked for: $library"; return 1; }
    done
}

# Into an empty folder: there is no system of that family to be had here, so what it asks for is not looked for.
rpm_comes_and_goes() {
    place=$out/rpm-root
    rm -rf "$place"
    mkdir -p "$place"
    for words in --initdb "-i --nodeps --noscripts $1" "-V --nodeps consult-desk" "-e --nodeps consult-desk"; do
        # shellcheck disable=SC2086 # words of a command
        rpm --root "$place" --dbpath /rpmdb $words
    done
    ! find "$place" -type f ! -path "$place/rpmdb/*" | grep .
}

icons_fit() {
    for icon in "$1"/usr/share/icons/hicolor/*x*/apps/*.png; do
        size=$(basename "$(dirname "$(dirname "$icon")")")
        [ "$(/usr/bin/identify -format '%wx%h' "$icon")" = "$size" ] || { echo "$icon is not $size"; return 1; }
    done
    echo "SAYS $(find "$1/usr/share/icons" -name '*.png' | wc -l) sizes and a drawing"
}

same_twice() {
    pack "$out/second" "$PROGRAM"
    for file in "$out"/first/*; do
        cmp "$file" "$out/second/$(basename "$file")" || return 1
    done
}

# -------------------------------------------------------------------------------------------------- in the clean system

is_installed() {
    in_root dpkg --audit | grep . && return 1
    [ "$(in_root dpkg-query -W -f '${db:Status-Status}' consult-desk)" = installed ]
    in_root dpkg --verify consult-desk | grep . && return 1
    echo "SAYS $(in_root consult-desk --version)"
}

links_are_whole() {
    in_root ldd /usr/bin/consult-desk >"$out/ldd.txt"
    ! grep 'not found' "$out/ldd.txt"
}

# The clean system holds what the package depends on and no more, so a forgotten one is missing here.
looks_are_met() {
    in_root ldconfig -p >"$out/ldconfig.txt"
    . packaging/linux/tree.sh
    for library in $(column 1 "$NEEDED_LIBRARIES"); do
        grep -q "^[[:space:]]*$library " "$out/ldconfig.txt" || { echo "missing: $library"; return 1; }
    done
}

links_lead_here() { in_root gio mime x-scheme-handler/consultdesk | grep -F "$APP_ID.desktop"; }

# Not even root can, so the person that the program runs for cannot.
is_read_only() {
    ! touch "$root.closed/usr/bin/written" "$root.closed/var/tmp/written"
}

open_root() {
    grep -F "$root.closed" /proc/mounts | awk '{ print $2 }' | sort -r | while read -r place; do
        unmount "$(printf '%b' "$place")"
    done
}

# Whoever has just ended may not have let go of everything yet.
unmount() {
    waited=0
    until umount "$1" 2>/dev/null; do
        [ "$waited" -lt 100 ] || die "somebody still uses $1"
        sleep 0.1
        waited=$((waited + 1))
    done
}

# The home that was upgraded stays beside it.
new_home() {
    mv "$root/home/$PERSON" "$root/home/upgraded"
    make_home "$root/home/$PERSON"
}

# 2 GB that the scene will use up; where no image can be mounted, a smaller one in memory.
on_a_narrow_disk() {
    home=$root/home/$PERSON
    truncate -s 2G "$private/disk.img"
    mkfs.ext4 -q -F -m 0 "$private/disk.img"
    mount -o loop "$private/disk.img" "$home" 2>/dev/null || mount -t tmpfs -o size=64m narrow "$home"
    make_home "$home"
    mount --bind "$home" "$root.closed/home/$PERSON"
    "$@"
    unmount "$root.closed/home/$PERSON"
    unmount "$home"
    rm -f "$private/disk.img"
}

# The rest of the system was closed while the program ran; these two are open to everybody.
nothing_outside() {
    find "$root/tmp" "$root/dev/shm" -xdev -user "$PERSON_ID" ! -path "$root$private*" >"$out/outside.txt"
    ! grep . "$out/outside.txt"
}

data_stays() {
    count=$(find "$root/home" -path '*/.local/share/consultdesk/*' -type f | wc -l)
    [ "$count" -gt 0 ]
    echo "SAYS $count files of it"
}

nothing_left() {
    list_root >"$out/root-after.txt"
    diff "$out/root-before.txt" "$out/root-after.txt"
}

# A bus that starts the screen reader's view and nothing else.
make_bus() {
    cp /usr/share/dbus-1/services/org.a11y.Bus.service "$private/services/"
    cat >"$private/bus.conf" <<XML
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=$private/run</listen>
  <auth>EXTERNAL</auth>
  <servicedir>$private/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
XML
}
