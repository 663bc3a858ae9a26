"""The desk is used, locked and unlocked again and again in the real window; after each lock nothing of what was read,
typed, searched, copied or signed in with may be in its memory, its title or its tree. See `run.sh`.

Before each lock the same search must find them all: a search that finds nothing anyway would prove nothing.
A build with debug assertions lets the toolkit keep the names of its parts, ids of records among them; ids are no canary.
LOCK_RUNS says how often (20 without it)."""

import os
import re
import sys
import time
from functools import partial
from pathlib import Path

import memory
import sound
from desktop import Desktop, Failed, wait_for
from passes import read_options, run_passes, see_through
from person import Person
from vendor import Vendor, patient_name, transcript_of

SECONDS_AFTER = 2
SILENCE = 30
REMARK = "sievert ambling quorum of the remark"
SEARCH = "zwieback lantern of the search"
FILTER = "hazel tundra of the filter"


class Guard(Person):
    """Uses the desk, leaves it, and looks into its memory."""

    def run(self):
        self.choose()
        self.take([self.sign_in, self.see_the_list])
        for run in range(int(os.environ.get("LOCK_RUNS", "20"))):
            self.number = run + 1
            self.take([self.use_it, self.lock_it, self.unlock_it])
        self.take([self.second_start, self.quit])

    def choose(self):
        """A record with a recording, a transcript and a note: the newest one of a patient whose name can be typed."""
        seen = set()
        for record in self.vendor.records():
            name = patient_name(record)
            is_first = name not in seen
            seen.add(name)
            if not is_first or not name or not name.isascii() or not name.isalpha():
                continue
            detail = self.vendor.detail(record)
            transcript, note = transcript_of(detail), note_of(detail)
            if len(transcript) > 400 and len(note) > 200 and self.vendor.recording(record):
                self.target, self.transcript = record, transcript
                self.canaries = {
                    "the key": self.vendor.key,
                    "the transcript": phrase(transcript),
                    "the note": phrase(note),
                    "the remark": REMARK,
                    "the search": SEARCH,
                    "the filter": FILTER,
                }
                return
        raise Failed("the vendor has no record that fits this test")

    def see_the_list(self):
        self.wait("the list", self.rows, 30)
        return "the list is there"

    def use_it(self):
        """Filters, opens, copies, remarks, searches, plays."""
        name = patient_name(self.target)
        self.keys_to_window("slash")
        self.desktop.type(name)
        row = self.find("the row", lambda part: self.is_row(part) and part.name.split(", ")[0] == name, 30)
        self.canaries["the row"] = ", ".join(row.name.split(", ")[:3])
        self.desktop.click(row)
        words = " ".join(self.transcript.split(":", 1)[-1].split()[:3])
        self.find("the transcript", lambda part: words in " ".join(f"{part.name} {part.text}".split()), 30)
        self.keys_to_window("ctrl+shift+c")
        self.remark()
        self.keys_to_window("F4")
        self.named("the pause button", "Pause")
        self.keys_to_window("ctrl+f")
        self.desktop.type(FILTER)
        self.keys_to_window("ctrl+shift+f")
        self.desktop.type(SEARCH)
        time.sleep(1)
        taken = memory.snapshot(self.app.pid)
        counted = memory.counts(memory.find(taken, self.canaries))
        # The list is out of sight by now, and its rows may be gone already.
        missing = [which for which in self.canaries if not counted.get(which) and which != "the row"]
        if missing:
            raise Failed(f"the search of the memory does not find {', '.join(missing)}, so it proves nothing")
        return f"run {self.number}: {sum(counted.values())} places of {memory.size(taken) >> 20} MB hold what was read"

    def remark(self):
        self.keys_to_window("n")
        field = self.named("the remark's field", "Remark", role="entry")
        self.find("the cursor in it", lambda part: part.name == field.name and "focused" in part.states)
        self.desktop.keys("ctrl+a")
        self.desktop.type(REMARK)
        self.desktop.keys("ctrl+Return")
        self.gone("the remark's field", "For colleagues at this computer")

    def keys_to_window(self, *names):
        self.desktop.keys(*names)
        time.sleep(0.3)

    def lock_it(self):
        sounding = len(sound.read_card(self.desktop.played))
        self.desktop.keys("ctrl+l")
        pressed = time.monotonic()
        self.named("the lock screen", "Consult Desk is locked")
        time.sleep(max(0.0, SECONDS_AFTER - (time.monotonic() - pressed)))
        taken = memory.snapshot(self.app.pid)
        hits = memory.find(taken, self.canaries) + memory.find_name(taken, patient_name(self.target))
        self.explain_hits(hits)
        tree = self.desktop.dump(self.app.pid)
        title = self.desktop.answer(["xdotool", "getwindowname", self.desktop.window(self.app.pid)])
        shown = [which for which, text in self.canaries.items() if text in tree or text in title]
        name = patient_name(self.target)
        if name in tree or name in title:
            shown.append("the patient's name")
        if hits or shown:
            raise Failed(f"after {SECONDS_AFTER} s in memory: {memory.counts(hits)}, on screen: {shown}")
        # The card writes what it is given a moment later.
        after = sound.read_card(self.desktop.played)[sounding + sound.CARD_RATE :]
        if len(after) and abs(after).max() > SILENCE:
            raise Failed("it still sounds")
        return f"run {self.number}: silent, and nothing of it in {memory.size(taken) >> 20} MB"

    def explain_hits(self, hits):
        lines = [f"{which}, {kind}, at {at:x} in {name}: {around!r}" for which, kind, at, name, around in hits]
        (self.desktop.out / f"hits-{self.number}.txt").write_text("\n".join(lines))

    def unlock_it(self):
        self.desktop.click(self.find("the button", lambda part: part.name == "Unlock" and "sensitive" in part.states))
        self.gone("the lock screen", "Consult Desk is locked")
        self.wait("the list", self.rows, 30)
        if self.desktop.find(self.app.pid, lambda part: part.is_seen and part.name == "Play"):
            raise Failed("a patient was opened again by itself")
        return f"run {self.number}: unlocked, the list is there and no patient is open"

    def second_start(self):
        """Minimised first: the second start brings the window back, and ends by itself."""
        window = self.desktop.window(self.app.pid)
        self.desktop.answer(["xdotool", "windowminimize", "--sync", window])
        second = self.desktop.spawn([self.program, "--server", self.vendor.url], "second.log", env=self.environment())
        wait_for("the second start to end", lambda: second.poll() is not None, 20)
        if second.returncode != 0:
            raise Failed(f"the second start ended with {second.returncode}")
        active = ["xdotool", "getactivewindow"]
        wait_for("the first window", lambda: self.desktop.answer(active) == window, 20)
        return "a second start brings the first window back and ends"


def note_of(detail):
    for note in detail.get("ownedPatientNotes") or []:
        if note.get("type") != "Transcript" and note.get("content"):
            return note["content"]
    return ""


def phrase(text):
    """Some words in a row, plain enough to stand the same in any spelling."""
    longest = max(re.findall(r"[A-Za-z ,.]+", text), key=len).strip()
    if len(longest) < 16:
        raise Failed("the vendor's texts have no plain words in a row")
    return longest[len(longest) // 3 :][:36].strip() if len(longest) > 60 else longest[:36].strip()


def one_pass(desktop, options, title, arguments):
    vendor = Vendor(desktop, str(options.programs / "nxvet-sim"), arguments)
    home = Path(os.environ["HOME"]) / f"desk-{title}"
    guard = Guard(desktop, vendor, str(options.programs / "consult-desk"), home, title)
    return see_through(guard, vendor, title)


def main():
    options = read_options()
    memory.self_test()
    desktop = Desktop(options.out)
    arguments = ["--personality", "production", "--records", "60", "--seed", "11"]
    return run_passes("lock", desktop, [partial(one_pass, desktop, options, "lock", arguments)])


if __name__ == "__main__":
    sys.exit(main())
