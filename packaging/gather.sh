#!/bin/sh
# Puts what several systems built (packaging/release.sh on each) into one folder with one list of sums.
# What both made, such as the list of parts, has to be the same.
#
#   sh packaging/gather.sh PARTS OUT     PARTS holds a folder for each system
set -eu
. "$(dirname "$0")/lib.sh"
[ $# = 2 ] || die "usage: gather.sh PARTS OUT"

mkdir -p "$2"
for part in "$1"/*/; do
    (cd "$part" && sha256sum --quiet --check SHA256SUMS) || die "A file of $part is not what was built."
    for file in "$part"*; do
        name=$(basename "$file")
        [ "$name" != SHA256SUMS ] || continue
        if [ -e "$2/$name" ]; then
            cmp -s "$file" "$2/$name" || die "Two systems made different files named $name."
        else
            cp "$file" "$2/$name"
        fi
    done
done
# A notice that one system signed is about its own files alone.
rm -f "$2/consult-desk.signed"
cd "$2"
find . -type f ! -name SHA256SUMS | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS.new
mv SHA256SUMS.new SHA256SUMS
cat SHA256SUMS
