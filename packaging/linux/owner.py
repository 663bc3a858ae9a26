"""The person with the installed package: starts it from its menu entry, signs in, remarks, follows a link, comes back.
The program runs in a clean system, see `clean_root.sh`; what is done when stands in `scenes.py`."""

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

from desktop import Failed, wait_for
from person import Person
from vendor import Vendor, patient_name, transcript_of

REMARK = "Owner asked for a copy before Thursday"
LAUNCH = ("gio", "launch")


class Started:
    """A program that somebody else started: it is there, or it has gone; how it ended nobody says."""

    returncode = 0

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return 0
        return 0 if state == "Z" else None

    def terminate(self):
        os.kill(self.pid, 15)

    def wait(self, seconds):
        wait_for("the program to end", lambda: self.poll() is not None, seconds)


class Running(Vendor):
    """One that runs from before the upgrade until after it; it can be made to fall silent."""

    def __init__(self, said, process):
        self.url, self.key, self.organization = re.match(r"listening (\S+) key=(\S+) org=(\S+)", said).groups()
        self.process = process

    @contextmanager
    def silent(self):
        os.kill(self.process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process, signal.SIGCONT)


class Owner(Person):
    """Somebody whose computer has the package, with the program's own folders below the home."""

    def __init__(self, desktop, options):
        vendor = Running(options.vendor.read_text(), options.vendor_process) if options.vendor else None
        super().__init__(desktop, vendor, str(options.programs / "consult-desk"), Path(os.environ["HOME"]), options.scene)
        self.options = options
        self.installed = f"{options.programs.parent}.root.closed/usr/bin/consult-desk"
        if vendor:
            self.pick()

    def environment(self):
        return self.desktop.env

    def say(self, proved):
        print(f"ok  {self.title}: {proved}", flush=True)

    def picture(self, name):
        """Of the window alone, in few colours: these go into the repository."""
        path = self.options.out / f"picture-{name}.png"
        self.desktop.answer(["/usr/bin/import", "-window", self.windows()[0], "-dither", "None", "-colors", "96", f"PNG8:{path}"])

    # --------------------------------------------------------------------------------------------- the menu entry

    def windows(self):
        return self.desktop.answer(["xdotool", "search", "--onlyvisible", "--class", self.options.app_id]).split()

    def launch(self, *words):
        """As a desktop does when the entry is clicked, or a link of its kind."""
        entry = f"/usr/share/applications/{self.options.app_id}.desktop"
        command = [str(self.options.programs / "inside"), *LAUNCH, entry, *words]
        return self.desktop.spawn(command, self.log)

    def start_from_the_entry(self):
        self.launch()
        wait_for("a window that belongs to the entry", self.windows, 60)
        self.app = Started(int(self.desktop.answer(["xdotool", "getwindowpid", self.windows()[0]])))
        program = os.readlink(f"/proc/{self.app.pid}/exe")
        if program != self.installed:
            raise Failed(f"the window is of {program}")
        return f"its menu entry opens a window of the class {self.options.app_id}"

    def start_again(self):
        first = self.windows()
        self.launch().wait(20)
        self.launch().wait(20)
        wait_for("second starts to end", lambda: self.desks() == [self.app.pid])
        if self.windows() != first:
            raise Failed(f"there are windows {self.windows()} instead of {first}")
        return "started three times there is one window"

    def desks(self):
        """The numbers of all desks that run."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(process / "exe") == self.installed:
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    def see_samples(self):
        self.desktop.click(self.named("the way to the samples", "Try with sample data"))
        self.wait("the sample clinic's list", self.rows, 60)
        return f"the sample clinic opens, {len(self.rows())} rows in sight"

    def open_one(self):
        row = self.find("a consultation of Bella", lambda part: self.is_row(part) and part.name.startswith("Bella, "))
        self.desktop.click(row)
        self.named("the play button", "Play", seconds=30)
        return "a consultation opens"

    def hear_that_it_is_full(self):
        self.desktop.click(self.named("the way to the samples", "Try with sample data"))
        self.find("word of the full disk", lambda part: "disk is full" in part.name, 60)
        return "what needs room says that the disk is full"

    def about(self):
        self.desktop.keys("ctrl+k")
        self.find("the palette", lambda part: part.name == "What do you want to do?" and "focused" in part.states)
        self.desktop.type("about")
        self.desktop.keys("Return")
        self.named("About", "Version ")
        return "About tells the version"

    def close_about(self):
        self.desktop.keys("Escape")
        self.gone("About", "Version ")
        return "About closes"

    # ---------------------------------------------------------------------------------------------- before and after

    def pick(self):
        """The newest consultation of a patient whose name is the only one of its kind."""
        for record in self.vendor.records():
            name = patient_name(record)
            same = [other for other in self.vendor.records() if patient_name(other) == name]
            detail = self.vendor.detail(record)
            if name.isascii() and name and len(same) == 1 and transcript_of(detail):
                self.target, self.detail = record, detail
                return
        raise Failed("the vendor has no record that fits")

    def open_target(self):
        name = patient_name(self.target)
        self.desktop.keys("slash")
        self.find("the search field", lambda part: part.name.startswith("Search patients") and "focused" in part.states)
        self.desktop.keys("ctrl+a")
        self.desktop.type(name)
        self.desktop.click(self.find("its row", lambda part: self.is_row(part) and part.name.split(", ")[0] == name, 30))
        words = " ".join(transcript_of(self.detail).split(":", 1)[-1].split()[:3])
        self.find("its transcript", lambda part: words in " ".join(f"{part.name} {part.text}".split()), 30)
        return "a consultation shows its transcript"

    def remark(self):
        self.desktop.keys("n")
        self.find("the cursor in the remark", lambda part: part.name == "Remark" and "focused" in part.states)
        self.desktop.type(REMARK)
        self.desktop.keys("ctrl+Return")
        return self.see_remark()

    def see_remark(self):
        self.find("the remark", lambda part: REMARK in f"{part.name} {part.text}", 30)
        return "the remark on it is there"

    def see_the_list(self):
        self.wait("the list", self.rows, 40)
        return "the list is there"

    def count(self):
        """How many consultations are here; told before the upgrade, and compared after it."""

        def told():
            labels = self.desktop.find_all(self.app.pid, lambda part: re.fullmatch(r"All \d+ loaded", part.name))
            return labels[0].name if labels else None

        said, note = self.wait("the number of consultations", told, 60), self.options.vendor.with_name("counted.txt")
        if not note.exists():
            note.write_text(said)
        if note.read_text() != said:
            raise Failed(f"before it was {note.read_text()}, now {said}")
        return f"{said}, as before the upgrade" if self.title != "before" else said

    def come_back(self):
        """Nobody types a key."""
        self.start(self.log)
        self.wait("the list without a key", self.rows, 40)
        if self.key_field():
            raise Failed("the key is asked for")
        return "the list is there, and no key was typed"

    def read_with_the_key(self):
        """Without the vendor the desk says that it is offline; a key that is refused it asks for again."""
        bad = ("Offline", "NxVET did not accept", "You are signed out")
        seen = lambda part: part.is_seen and part.name.startswith(bad)  # noqa: E731
        self.wait("an end of being offline", lambda: not self.desktop.find(self.app.pid, seen), 40)
        self.open_target()
        return "NxVET answers to the kept key"

    def follow_a_link(self):
        """As from a mail: the system finds out whom it is for."""
        self.desktop.keys("Escape")
        words = " ".join(transcript_of(self.detail).split(":", 1)[-1].split()[:3])

        def says(part):
            return words in " ".join(f"{part.name} {part.text}".split())

        self.wait("the consultation to close", lambda: not self.desktop.find(self.app.pid, says))
        link = f"consultdesk://consultation/{self.target['id']}"
        self.desktop.spawn([str(self.options.programs / "inside"), "gio", "open", link], self.log).wait(20)
        self.find("its transcript", says, 30)
        if len(self.desks()) != 1:
            raise Failed("a second desk runs")
        return "a consultdesk: link that the system is asked to open shows its consultation in the window that is open"

    def version(self):
        said = subprocess.run([self.program, "--version"], env=self.desktop.env, capture_output=True, text=True, check=True)
        return f"the program says {said.stdout.strip()}"
