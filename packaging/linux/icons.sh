#!/bin/sh
# Makes assets/icon/*.png from the drawings. Small sizes have drawings of their own with whole pixels: scaled down, the
# big one's bars run into each other.
set -eu
cd "$(dirname "$0")/../.."
. packaging/lib.sh
need_packages librsvg2-bin
cd assets/icon

for size in 16 24 32 48; do
    rsvg-convert -w $size -h $size -o consult-desk-$size.png consult-desk-$size.svg
done
# Without the margin that 24 has.
sed 's/viewBox="0 0 24 24"/viewBox="1 1 22 22"/' consult-desk-24.svg | rsvg-convert -w 22 -h 22 -o consult-desk-22.png
for size in 64 128 256 512; do
    rsvg-convert -w $size -h $size -o consult-desk-$size.png consult-desk.svg
done
