# The .deb; sourced by build.sh.

# On a bare desktop these are there already; on a bare server they are what a window needs.
DEB_RECOMMENDS="gnome-keyring | kwalletmanager | keepassxc, libvulkan1, mesa-vulkan-drivers, libasound2-plugins"
DEB_RECOMMENDS="$DEB_RECOMMENDS, xdg-utils, xdg-desktop-portal, zenity | kdialog, fonts-droid-fallback | fonts-noto-cjk"
DEB_SUGGESTS="cups-client"

# What the program is linked with, by the versions of the functions it uses.
linked_packages() {
    mkdir -p "$work/shlibs/debian"
    printf 'Source: consult-desk\n\nPackage: consult-desk\nArchitecture: any\n' >"$work/shlibs/debian/control"
    program=$(cd "$1" && pwd)/usr/bin/consult-desk
    (cd "$work/shlibs" && dpkg-shlibdeps -O "$program" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}

# In kilobytes, reckoned as Debian does it: each file rounded up, one for each folder.
installed_size() {
    find "$1" -path "$1/DEBIAN" -prune -o -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum + 0 }' >"$work/files"
    find "$1" -path "$1/DEBIAN" -prune -o ! -type f -printf 'x\n' | wc -l >"$work/folders"
    echo $(($(cat "$work/files") + $(cat "$work/folders")))
}

control_file() {
    looked_for=$(column 2 "$NEEDED_LIBRARIES" | sort | paste -sd, | sed 's/,/, /g')
    cat <<CONTROL
Package: consult-desk
Version: $VERSION
Architecture: $(dpkg --print-architecture)
Maintainer: $MAINTAINER
Installed-Size: $(installed_size "$1")
Depends: $(linked_packages "$1"), $looked_for, libgl1-mesa-dri, ca-certificates, tzdata
Recommends: $DEB_RECOMMENDS
Suggests: $DEB_SUGGESTS
Section: misc
Priority: optional
Description: desk for veterinary consultations recorded with NxVET
 Consult Desk shows a veterinary clinic's NxVET consultations on the clinic's
 own computer: find a visit by patient or by room, read the transcript and the
 SOAP note side by side, listen to the recording, and copy the note into the
 practice system.
 .
 What it keeps is encrypted, with a key that lies in the password store of the
 system. Without a network it shows what was seen before. A made-up sample
 clinic can be tried without an account.
CONTROL
}

# xz has a filter for the machine code of x86, which dpkg unpacks but does not offer: a twentieth less to download.
pack_tightly() {
    case $(dpkg --print-architecture) in
        amd64 | i386) filter=--x86 ;;
        *) filter= ;;
    esac
    members=$work/members
    mkdir "$members"
    (cd "$members" && ar x "$1")
    xz -d "$members/data.tar.xz"
    # shellcheck disable=SC2086 # none where there is none
    xz -T1 $filter --lzma2=preset=9e,lc=4 "$members/data.tar"
    rm -f "$2"
    ar rcD "$2" "$members/debian-binary" "$members/control.tar.xz" "$members/data.tar.xz"
    rm -r "$members"
}

make_deb() {
    tree=$work/deb
    cp -a "$1" "$tree"
    doc=$tree/usr/share/doc/consult-desk
    fill_in assets/linux/changelog "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$doc/changelog.gz"
    place 644 packaging/linux/lintian-overrides "$tree/usr/share/lintian/overrides/consult-desk"
    mkdir "$tree/DEBIAN"
    control_file "$tree" >"$tree/DEBIAN/control"
    (cd "$tree" && find usr -type f | LC_ALL=C sort | xargs md5sum) >"$tree/DEBIAN/md5sums"
    same_times "$tree"
    deb=$2/consult-desk_${VERSION}_$(dpkg --print-architecture).deb
    dpkg-deb --root-owner-group -Zxz -z1 --build "$tree" "$work/loose.deb" >/dev/null
    pack_tightly "$work/loose.deb" "$deb"
    say "$deb: $(stat -c %s "$deb") bytes"
}
