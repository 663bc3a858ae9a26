#!/bin/sh
# A desk on a disk of its own, read bit by bit: nothing of the clinic lies open in any block while it is used, and
# nothing at all, free blocks included, after "Remove everything". A plain file that is deleted beside it is found,
# or the search would prove nothing.
#
# Needs root for the loop mount (CI containers have it), or fuse2fs where loop mounts are not allowed.
# Where neither works it says so and ends with 77, as test suites say "skipped".
#
#   sh packaging/diskimage.sh                   builds the tests first
#   sh packaging/diskimage.sh --test PROGRAM    with a test program that is built already
set -eu
cd "$(dirname "$0")/.."
. packaging/lib.sh

test=
if [ "${1:-}" = --test ]; then
    test=$2
fi
if [ -z "$test" ]; then
    find_cargo || die "cargo is not here."
    test=$(CARGO_TERM_COLOR=never cargo test --locked --test it --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))$/\1/p' | tail -1)
fi
[ -x "$test" ] || die "no test program: $test"
need_packages e2fsprogs

work=$(mktemp -d)
image=$work/disk.img
disk=$work/disk
talk=$work/talk
mkdir "$disk" "$talk"
mounted=
desk=

unmount() {
    case $mounted in
    loop) umount "$disk" ;;
    fuse) fusermount -u "$disk" 2>/dev/null || umount "$disk" ;;
    esac
    mounted=
}

clean_up() {
    [ -z "$desk" ] || kill "$desk" 2>/dev/null || true
    [ -z "$mounted" ] || unmount || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

mount_image() {
    if mount -o loop "$image" "$disk" 2>/dev/null; then
        mounted=loop
    elif command -v fuse2fs >/dev/null 2>&1 && fuse2fs -o fakeroot "$image" "$disk" >/dev/null 2>&1; then
        mounted=fuse
    else
        say "SKIPPED: this place allows no loop mount, and there is no fuse2fs that works. Nothing was proved."
        exit 77
    fi
    say "mounted by $mounted"
}

search() {
    CONSULT_DESK_PROOF_IMAGE=$1 "$test" --exact leave_nothing::a_given_image_holds_the_control_and_nothing_else \
        --nocapture 2>&1 | sed -n 's/^\([0-9]* bytes, found.*\)/  \1/p; /panicked/,/note:/p'
    CONSULT_DESK_PROOF_IMAGE=$1 "$test" --exact leave_nothing::a_given_image_holds_the_control_and_nothing_else \
        >/dev/null 2>&1 || die "FAILED: something was found in $2, or the control was not"
}

truncate -s 192M "$image"
mkfs.ext4 -q -F "$image"
mount_image
mkdir "$disk/home" "$disk/tmp"
for n in 1 2 3 4 5 6 7 8; do
    printf 'Control Pumpernickel Haversack 1029 %s\n' "$n" >"$disk/control-$n.txt"
done
sync -f "$disk" 2>/dev/null || sync

say "A desk is used on that disk"
TMPDIR=$disk/tmp CONSULT_DESK_PROOF_HOME=$disk/home CONSULT_DESK_PROOF_TALK=$talk \
    "$test" --exact leave_nothing::a_desk_on_a_given_disk --nocapture >"$work/desk.log" 2>&1 &
desk=$!
waited=0
until [ -e "$talk/used" ]; do
    kill -0 "$desk" 2>/dev/null || { cat "$work/desk.log"; die "FAILED: the desk ended early"; }
    [ "$waited" -lt 600 ] || die "FAILED: the desk was not used within two minutes"
    sleep 0.2
    waited=$((waited + 1))
done
if [ -r "/proc/$desk/environ" ]; then
    tr '\0' '\n' <"/proc/$desk/environ" >"$work/outside.txt"
    tr '\0' ' ' <"/proc/$desk/cmdline" >>"$work/outside.txt"
    cat "$disk"/control-*.txt >>"$work/outside.txt"
    say "Its environment and command line, from outside:"
    search "$work/outside.txt" "the process's environment"
fi
rm "$disk"/control-*.txt
sync -f "$disk" 2>/dev/null || sync
cp --sparse=always "$image" "$work/used.img"
say "The disk while the desk is open ($(du -sk "$disk/home" | cut -f1) kB of files), free blocks included:"
search "$work/used.img" "the disk while the desk was used"

touch "$talk/go-on"
wait "$desk" || { cat "$work/desk.log"; die "FAILED: everything was to be removed"; }
desk=
grep -q 'test result: ok. 1 passed' "$work/desk.log" || { cat "$work/desk.log"; die "FAILED: nothing was run"; }
say "Left on the disk:"
(cd "$disk" && find . -type f ! -path './lost+found/*' | sed 's/^/  /')
unmount
say "The raw disk after everything was removed, free blocks included:"
search "$image" "the disk after everything was removed"
say "PROVED: 12 texts in 12 guises each are nowhere; the deleted control was found."
