"""A morning at the desk on a disk of 2 GB, from an installation that cannot be written to; see `own_folders.sh`."""

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "realwindow"))

from desktop import Desktop, Failed, wait_for  # noqa: E402
from passes import read_options, run_passes, see_through  # noqa: E402
from person import Person  # noqa: E402
from vendor import Vendor, patient_name  # noqa: E402

NAME = "Jörg Ünal 王 d'Été"
CHANGES = "open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,"
CHANGES += "symlinkat,truncate,chmod,fchmodat,chown,lchown,fchownat,utimensat,mknod,mknodat,setxattr,bind,execve"
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
NO_FILES = re.compile(r"^(/dev/(null|tty|shm|dri|urandom|random)|/proc/|/memfd:)")
"""What looks like a file and is none: devices, and memory that is shared with the sound server."""


class Newcomer(Person):
    def run(self):
        disk = Path(os.environ["DISK"])
        self.trace = self.desktop.out / "trace.txt"
        self.trace.unlink(missing_ok=True)
        self.install(disk)
        self.take([self.sign_in, self.see_the_list, self.open_and_play, self.quit, self.come_back, self.quit])
        self.take([self.only_own_folders, self.little_room])

    def install(self, disk):
        """The program lies where even root cannot write."""
        self.installed = disk / "opt"
        self.installed.mkdir()
        shutil.copy(self.program, self.installed)
        for words in (["--bind", self.installed, self.installed], ["-o", "remount,ro,bind", self.installed]):
            subprocess.run(["mount", *words], check=True)
        try:
            (self.installed / "x").touch()
            raise Failed("the installation can be written to, so this proves nothing")
        except OSError:
            pass

    def start(self, log):
        command = ["strace", "-f", "-y", "-qq", "-A", "-o", self.trace, "-e", f"trace={CHANGES}", "-s", "0"]
        command += [self.installed / "consult-desk", "--server", self.vendor.url]
        self.tracer = self.desktop.spawn(command, log, env=self.environment(), cwd=self.installed)
        self.app = Traced(self.tracer, wait_for("the program", self.child))
        self.wait("the window", lambda: self.desktop.window(self.app.pid), 60)

    def child(self):
        """Not one of those that the tracer tries its own abilities on."""
        for number in Path(f"/proc/{self.tracer.pid}/task/{self.tracer.pid}/children").read_text().split():
            try:
                if os.readlink(f"/proc/{number}/exe") == str(self.installed / "consult-desk"):
                    return int(number)
            except OSError:
                continue
        return None

    def environment(self):
        """The folders that the system names, not one of ours."""
        return self.desktop.env

    def see_the_list(self):
        self.wait("the list", self.rows, 60)
        return f"{NAME} signs in and sees the list"

    def open_and_play(self):
        record = next(record for record in self.vendor.records() if patient_name(record) and self.vendor.recording(record))
        row = self.find("its row", lambda part: self.is_row(part) and part.name.startswith(f"{patient_name(record)}, "))
        self.desktop.click(row)
        self.desktop.click(self.find("the play button", lambda part: part.name == "Play", 60))
        self.named("the pause button", "Pause", seconds=60)
        self.pause()
        return "a consultation opens and its recording is heard"

    def come_back(self):
        self.start(self.log)
        self.wait("the list", self.rows, 60)
        return "the next start finds the key and the list"

    def only_own_folders(self):
        """Every call that changed something, and where."""
        strangers, own = set(), 0
        for line in self.trace.read_text(errors="replace").splitlines():
            path = changed(line)
            if not path or NO_FILES.match(path):
                continue
            if self.is_own(path):
                own += 1
            else:
                strangers.add(path)
        if not own:
            raise Failed("nothing at all was written, so this proves nothing")
        if strangers:
            raise Failed(f"outside of the person's folders: {', '.join(sorted(strangers)[:20])}")
        return f"{own} changes of files, all of them in the person's own folders"

    def is_own(self, path):
        # The pretended sound card is written by the system's library, as the card itself would be.
        places = (self.home, self.desktop.env["XDG_RUNTIME_DIR"], self.desktop.played)
        return any(path.startswith(str(place)) for place in places)

    def little_room(self):
        used = sum(path.lstat().st_size for path in self.home.rglob("*") if path.is_file())
        return f"{used / 1e6:.0f} MB of the disk of 2 GB are used by this person's folders"


def changed(line):
    """The path that a line of the trace says was changed, as far as the call went well."""
    said = re.match(r"(?:\d+ +)?(\w+)\((.*)\) = (-?\d+)", line)
    if not said or said[3].startswith("-"):
        return None
    call, arguments = said[1], said[2]
    if call in ("execve", "bind") or (call.startswith("open") and not WRITING.search(arguments)):
        return None
    opened = re.search(r"= \d+<([^>]*)>", line)
    if opened:
        return plain(opened[1])
    quoted = [plain(text) for text in re.findall(r'"((?:[^"\\]|\\.)*)"', arguments)]
    folder = re.search(r"AT_FDCWD<([^>]*)>", arguments)
    return os.path.join(plain(folder[1]) if folder else "/", quoted[-1]) if quoted else None


def plain(text):
    """Letters beyond ASCII are told as their bytes."""
    return text.encode("latin-1", "replace").decode("unicode_escape").encode("latin-1", "replace").decode("utf-8", "replace")


class Traced:
    """The program under the one that follows it."""

    def __init__(self, tracer, pid):
        self.tracer, self.pid = tracer, pid

    @property
    def returncode(self):
        return self.tracer.returncode

    def poll(self):
        return self.tracer.poll()

    def terminate(self):
        self.tracer.terminate()

    def wait(self, seconds):
        return self.tracer.wait(seconds)


def one(desktop, options, home):
    vendor = Vendor(desktop, options.programs / "nxvet-sim", [])
    person = Newcomer(desktop, vendor, options.programs.resolve() / "consult-desk", home, "own-folders")
    return see_through(person, vendor, "own-folders")


def main():
    options = read_options()
    home = Path(os.environ["DISK"]) / "home" / NAME
    home.mkdir(parents=True)
    desktop = Desktop(options.out)
    names = {"XDG_DATA_HOME": ".local/share", "XDG_CONFIG_HOME": ".config", "XDG_CACHE_HOME": ".cache"}
    desktop.env |= {"HOME": str(home)} | {name: str(home / place) for name, place in names.items()}
    desktop.env |= {"USER": NAME, "LOGNAME": NAME}
    sys.exit(run_passes("own-folders", desktop, [partial(one, desktop, options, home)]))


if __name__ == "__main__":
    main()
