# The .rpm; sourced by build.sh. What the program is linked with rpmbuild finds by itself.

RPM_RECOMMENDS="mesa-dri-drivers mesa-vulkan-drivers vulkan-loader gnome-keyring xdg-utils xdg-desktop-portal zenity"

# A library by the name that every family of distributions gives it.
rpm_requires() {
    for library in $(column 1 "$NEEDED_LIBRARIES"); do
        printf 'Requires: %s()(64bit)\n' "$library"
    done
    printf 'Requires: ca-certificates\n'
    printf 'Requires: tzdata\n'
    for package in $RPM_RECOMMENDS; do
        printf 'Recommends: %s\n' "$package"
    done
}

spec_file() {
    cat <<SPEC
Name: consult-desk
Version: $VERSION
Release: 1
Summary: Desk for veterinary consultations recorded with NxVET
License: (MIT OR Apache-2.0) AND OFL-1.1 AND ISC
Vendor: ${MAINTAINER%% <*}
Packager: $MAINTAINER
$(rpm_requires)

%description
Consult Desk shows a veterinary clinic's NxVET consultations on the clinic's
own computer: find a visit by patient or by room, read the transcript and the
SOAP note side by side, listen to the recording, and copy the note into the
practice system.

What it keeps is encrypted, with a key that lies in the password store of the
system. Without a network it shows what was seen before. A made-up sample
clinic can be tried without an account.

%install
cp -a "$1/." "%{buildroot}/"

%files
$(cd "$1" && find . -type f ! -path './usr/share/doc/*' | sed 's/^\.//' | LC_ALL=C sort)
%dir /usr/share/doc/consult-desk
%doc /usr/share/doc/consult-desk/third-party.txt.gz
%license /usr/share/doc/consult-desk/copyright
SPEC
}

# Everything that a computer would write of itself into the file is set; its own programs change nothing in the tree.
make_rpm() {
    machine=$(uname -m)
    spec_file "$1" >"$work/consult-desk.spec"
    rpmbuild -bb --quiet --target "$machine" \
        --define "_topdir $work/rpm" --define "_dbpath $work/rpmdb" --define "_tmppath $work" \
        --define "_buildhost localhost" --define "_build_id_links none" --define "debug_package %{nil}" \
        --define "__os_install_post %{nil}" --define "_binary_payload w9.xzdio" \
        --define "use_source_date_epoch_as_buildtime 1" --define "clamp_mtime_to_source_date_epoch 1" \
        "$work/consult-desk.spec" >"$work/rpmbuild.log" 2>&1 || { cat "$work/rpmbuild.log"; die "the .rpm was not made"; }
    rpm=$2/consult-desk-$VERSION-1.$machine.rpm
    cp "$work/rpm/RPMS/$machine/consult-desk-$VERSION-1.$machine.rpm" "$rpm"
    say "$rpm: $(stat -c %s "$rpm") bytes"
}
