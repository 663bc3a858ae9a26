# The files of the packages, as they will lie on the disk; sourced by build.sh. Nothing here knows of .deb or .rpm.

# What the program looks for by name while it runs; no tool finds these, because they are not linked.
# Left the library, right Debian's package of it.
NEEDED_LIBRARIES="
libX11.so.6 libx11-6
libX11-xcb.so.1 libx11-xcb1
libXcursor.so.1 libxcursor1
libXi.so.6 libxi6
libXrender.so.1 libxrender1
libxcb.so.1 libxcb1
libxkbcommon.so.0 libxkbcommon0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libwayland-client.so.0 libwayland-client0
libwayland-egl.so.1 libwayland-egl1
libEGL.so.1 libegl1
libGL.so.1 libgl1
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
"
# The desk draws without it, by the next way.
WISHED_LIBRARIES="
libvulkan.so.1 libvulkan1
"
ICON_SIZES="16 22 24 32 48 64 128 256 512"

# The first or second word of each line.
column() { printf '%s\n' "$2" | awk -v n="$1" 'NF { print $n }'; }

# A library that the program looks for and that no list names would be missing on somebody's computer.
known_libraries() {
    linked=$(readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\].*/\1/p')
    looked_for=$(strings -n 6 "$1" | grep -oE 'lib[A-Za-z0-9_+-]+\.so\.[0-9]+' | sort -u)
    [ -n "$looked_for" ] || die "no library is named in $1: it is no program of ours"
    for library in $looked_for; do
        printf '%s\n' "$linked" $(column 1 "$NEEDED_LIBRARIES$WISHED_LIBRARIES") | grep -qx "$library" ||
            die "the program looks for $library: say in packaging/linux/tree.sh which package has it"
    done
}

# Texts with the version, the day and the name filled in.
fill_in() {
    sed -e "s|@VERSION@|$VERSION|; s|@MAINTAINER@|$MAINTAINER|; s|@DATE@|$2|" "$1"
}

place() { install -D -m "$1" "$2" "$3"; }

lay_out() {
    tree=$1
    share=$tree/usr/share
    day=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)
    place 755 "$PROGRAM" "$tree/usr/bin/consult-desk"
    place 644 "assets/linux/$APP_ID.desktop" "$share/applications/$APP_ID.desktop"
    desktop-file-validate "$share/applications/$APP_ID.desktop"
    for size in $ICON_SIZES; do
        place 644 "assets/icon/consult-desk-$size.png" "$share/icons/hicolor/${size}x$size/apps/$APP_ID.png"
    done
    place 644 assets/icon/consult-desk.svg "$share/icons/hicolor/scalable/apps/$APP_ID.svg"
    mkdir -p "$share/metainfo" "$share/man/man1" "$share/doc/consult-desk"
    fill_in "assets/linux/$APP_ID.metainfo.xml" "$day" >"$share/metainfo/$APP_ID.metainfo.xml"
    fill_in assets/linux/consult-desk.1 "$day" | gzip -9n >"$share/man/man1/consult-desk.1.gz"
    place 644 assets/linux/copyright "$share/doc/consult-desk/copyright"
    gzip -9n <assets/licences.txt >"$share/doc/consult-desk/third-party.txt.gz"
    same_times "$tree"
}

# Every file as old as the commit.
same_times() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }
