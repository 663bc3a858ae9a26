"""What is done with the installed package: from its menu entry, before and after an upgrade, with next to no room on the
disk. Uses the desktop of `packaging/realwindow`; started by `test.sh`.

Each scene says what it proved or fails; the home it works in is kept from scene to scene."""

import argparse
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from desktop import Desktop, Failed
from owner import Owner
from passes import ROOM

MEGABYTE = 1 << 20


def entry(owner):
    owner.take([owner.start_from_the_entry, owner.start_again, owner.see_samples])
    owner.picture("list")
    owner.take([owner.open_one])
    owner.picture("consultation")
    owner.take([owner.about])
    owner.picture("about")
    owner.take([owner.close_about, owner.quit])


def before(owner):
    owner.take([owner.version, owner.sign_in, owner.see_the_list, owner.count, owner.open_target, owner.remark, owner.quit])


def after(owner):
    """First while the vendor does not answer, so that what shows was kept; then with it, so that the key is proved."""
    with owner.vendor.silent():
        owner.take([owner.version, owner.come_back, owner.count, owner.open_target, owner.see_remark, owner.quit])
    owner.take([owner.come_back, owner.read_with_the_key, owner.see_remark, owner.quit])


def link(owner):
    owner.take([owner.come_back, owner.open_target, owner.follow_a_link, owner.quit])


def fill(home, left):
    """Takes all but so many bytes of the disk that the home is on; says how many that are."""
    (home / "filler").unlink(missing_ok=True)
    with open(home / "filler", "wb") as file:
        room = os.statvfs(home)
        # What the disk needs for its own lists is not known before; the last megabyte is written piece by piece.
        size = max(1, room.f_bavail * room.f_frsize - left - MEGABYTE)
        os.posix_fallocate(file.fileno(), 0, size)
        os.lseek(file.fileno(), 0, os.SEEK_END)
        with suppress(OSError):
            while (now := os.statvfs(home)).f_bavail * now.f_frsize > left:
                os.write(file.fileno(), bytes(4096))
                os.fsync(file.fileno())
    room = os.statvfs(home)
    return room.f_bavail * room.f_frsize


def narrow(owner):
    """With little room everything goes on; with none the window opens and says what is missing."""
    for wanted, steps in ((4 * MEGABYTE, [owner.see_samples, owner.open_one]), (0, [owner.hear_that_it_is_full])):
        left = fill(owner.home, wanted)
        owner.take([owner.start_from_the_entry, *steps, owner.quit])
        disk = os.statvfs(owner.home)
        owner.say(f"that was with {left >> 10} KiB left on a disk of {disk.f_blocks * disk.f_frsize >> 20} MiB")
        (owner.home / "filler").unlink()


SCENES = {"entry": entry, "before": before, "after": after, "link": link, "narrow": narrow}


def read_options():
    parser = argparse.ArgumentParser()
    for name in ("programs", "out", "vendor"):
        parser.add_argument(f"--{name}", type=Path)
    for name in ("app-id", "scene"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--vendor-process", type=int)
    return parser.parse_args()


def play(desktop, owner, scenes):
    """One scene; whatever happens, program and desktop are ended. The answer is the exit code."""
    try:
        desktop.start(ROOM)
        scenes[owner.title](owner)
        return 0
    except (Failed, OSError, subprocess.SubprocessError) as error:
        print(f"FAILED  {owner.title}: {error}", flush=True)
        if owner.app:
            owner.explain()
        return 1
    finally:
        owner.leave()
        desktop.stop()


def main():
    options = read_options()
    desktop = Desktop(options.out)
    return play(desktop, Owner(desktop, options), SCENES)


if __name__ == "__main__":
    sys.exit(main())
