"""One morning at the desk, in the real window, against the pretended vendor. See `run.sh`.

What a step expects comes from the vendor's own answers, fetched beside the program, and from the sound card's file;
what it sees comes from the tree that a screen reader gets."""

import hashlib
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import leaks
import sound
from desktop import Desktop, Failed
from passes import read_options, run_passes, see_through
from person import Person
from vendor import Vendor, patient_name, room_name, transcript_of

LISTEN_SECONDS = 4
MONITOR_SECONDS = 2
LOOK_SECONDS = 40
"""The recording is played from its start, so this much of it is compared."""
ALIKE = 0.99
FITTING = 5
"""So many rows surely fit into the list without scrolling."""


class Morning(Person):
    """The steps, in order; each says what it proved or raises `Failed`."""

    def run(self):
        self.choose_what_to_look_for()
        steps = (
            self.sign_in,
            self.see_the_list,
            self.filter_by_room,
            self.filter_by_patient,
            self.open_a_record,
            self.play,
            self.export,
            self.leave_no_trace_while_running,
            self.quit,
            self.come_back_without_a_key,
            self.quit,
            self.inspect_what_was_exported,
            self.ask_the_doctor,
            self.leave_no_trace_on_disk,
        )
        self.take(steps)

    # -------------------------------------------------------------------------------------------------- what is true

    def choose_what_to_look_for(self):
        """A record with a recording and notes, of a patient whose name is the only one of its kind and can be typed."""
        self.records = self.vendor.records()
        self.names = {patient_name(record) for record in self.records} - {""}
        who = {}
        for record in self.records:
            if patient_name(record):
                who.setdefault(patient_name(record), set()).add(record.get("patientId"))
        for record in self.records:
            name = patient_name(record)
            if not room_name(record) or not name.isascii() or len(who.get(name, ())) != 1:
                continue
            if any(other != name and other.startswith(name) for other in self.names):
                continue
            transcript = transcript_of(self.vendor.detail(record))
            data = self.vendor.recording(record) if transcript else None
            if data:
                samples, rate = sound.read_wav(data)
                if len(samples) > (LISTEN_SECONDS + 2) * rate:
                    self.target, self.wav, self.samples, self.rate = record, data, samples, rate
                    self.transcript = transcript
                    return
        raise Failed("the vendor has no record that fits this test")

    def wanted(self, *tests):
        return [record for record in self.records if all(test(record) for test in tests)]

    # ------------------------------------------------------------------------------------------------------ the steps

    def see_the_list(self):
        def is_full():
            rows = self.rows()
            known = [row for row in rows if row.name.split(", ")[0] in self.names]
            return rows and len(known) > len(rows) / 2

        self.wait("rows with the vendor's patients", is_full, 30)
        return f"the list is there, {len(self.rows())} rows of it in sight"

    def filter_by_room(self):
        room = room_name(self.target)
        self.choose("room", room)
        here = self.wanted(lambda record: room_name(record) == room)
        self.wait("only rows of the chosen room", lambda: self.all_rows(lambda parts: room in parts))
        return f"the list shows one room, where the vendor has {len(here)} of {len(self.records)}"

    def filter_by_patient(self):
        name, room = patient_name(self.target), room_name(self.target)
        self.choose("patient", name)
        self.same = self.wanted(lambda record: patient_name(record) == name, lambda record: room_name(record) == room)
        wanted = len(self.same)

        def only_this_patient():
            rows = self.all_rows(lambda parts: parts[0] == name and room in parts)
            return rows and (len(rows) == wanted if wanted <= FITTING else len(rows) >= FITTING)

        self.wait(f"{wanted} rows of the chosen patient in the chosen room", only_this_patient)
        return f"the list shows one patient in one room: {wanted}, as many as the vendor has"

    def all_rows(self, good):
        """The rows, when every one of them is as it should be."""
        rows = self.rows()
        return rows if all(good(row.name.split(", ")) for row in rows) else None

    def choose(self, what, name):
        """From the menu of a chip, by mouse."""
        self.desktop.click(self.named(f"the chip of the {what}", f"Filter by {what}", role="button"))
        self.find(f"the menu of the {what}", self.is_entry)
        # A long menu has a field to narrow it, and the cursor stands there.
        if self.desktop.find(self.app.pid, lambda part: part.name == "Find in this menu" and "focused" in part.states):
            self.desktop.type(name)
        self.desktop.click(
            self.find(f"the {what} in its menu", lambda part: self.is_entry(part) and part.name.split(", ")[0] == name)
        )
        self.named(f"the chip that names the {what}", f"{what.capitalize()}: {name}")

    def is_entry(self, part):
        return part.is_seen and part.role == "menu item"

    def open_a_record(self):
        # Newest first, so the place of the row among its like is known.
        place = [record["id"] for record in self.same].index(self.target["id"])
        self.desktop.click(self.rows()[place])
        self.find("the play button", lambda part: part.name == "Play", 30)
        words = " ".join(self.transcript.split(":", 1)[-1].split()[:3])

        def says(part):
            return words in " ".join(f"{part.name} {part.text}".split())

        self.find("the transcript's first words", says, 30)
        return "a record opens with its transcript"

    def play(self):
        self.desktop.click(self.find("the play button", lambda part: part.name == "Play"))
        best = (0.0, 0.0)

        def heard():
            nonlocal best
            self.go_on_with_sound()
            played = sound.read_card(self.desktop.played)
            if sound.heard_seconds(played) < LISTEN_SECONDS + 0.5:
                return False
            best = max(best, sound.likeness(played, self.samples[: LOOK_SECONDS * self.rate], self.rate, LISTEN_SECONDS))
            return best[0] > ALIKE

        try:
            self.wait(f"{LISTEN_SECONDS} s of sound that are the recording's", heard, 60)
        except Failed as error:
            seconds = sound.heard_seconds(sound.read_card(self.desktop.played))
            raise Failed(f"{error}; {seconds:.1f} s were heard, the best likeness was {best[0]:.4f}") from error
        monitor = self.monitor_likeness()
        self.pause()
        torn = f", after {self.torn} breaks of the sound server" if self.torn else ""
        return (
            f"{LISTEN_SECONDS} s of sound are the recording's: likeness {best[0]:.5f}, from {best[1]:.2f} s on{torn}; "
            f"{MONITOR_SECONDS} s of the sound server's monitor are too: {monitor:.4f}"
        )

    def monitor_likeness(self):
        """The monitor comes a moment after the card, and a busy computer tears more holes into it."""
        best = 0.0

        def heard():
            nonlocal best
            self.go_on_with_sound()
            # The newest seconds are enough; comparing all of a long wait again and again would take ever longer.
            played = sound.read_monitor(self.desktop.monitored)[-4 * MONITOR_SECONDS * sound.CARD_RATE :]
            recording = self.samples[: LOOK_SECONDS * self.rate]
            best = max(best, sound.likeness(played, recording, self.rate, MONITOR_SECONDS)[0])
            return best > ALIKE

        try:
            self.wait(f"{MONITOR_SECONDS} s of the monitor that are the recording's", heard, 30)
        except Failed as error:
            raise Failed(f"{error}; the best likeness was {best:.4f}") from error
        return best

    def export(self):
        path = self.exported = self.desktop.out / f"export-{self.title}.wav"
        path.unlink(missing_ok=True)
        self.desktop.dialog_answer.write_text(f"{path}\n")
        self.desktop.dialog_log.write_text("")
        self.desktop.keys("ctrl+e")
        self.wait("the save dialog", self.desktop.dialog_log.read_text)
        self.wait("the exported recording", path.exists, 60)
        wanted, got = (hashlib.sha256(data).hexdigest() for data in (self.wav, path.read_bytes()))
        if wanted != got:
            raise Failed(f"the exported file is not the vendor's: SHA-256 {got}, should be {wanted}")
        asked = self.desktop.dialog_log.read_text()
        if ".wav" not in asked or patient_name(self.target) not in asked:
            raise Failed("the dialog proposed no name with the patient's name and .wav")
        return f"the exported recording is the vendor's, byte for byte ({len(self.wav)} bytes)"

    def come_back_without_a_key(self):
        self.start(self.log)
        self.wait("the list, with no key typed", self.rows, 30)
        if self.key_field():
            raise Failed("the key is asked for again")
        return "the second start shows the list and asks for no key"

    def without_a_window(self, *arguments):
        done = subprocess.run([self.program, *arguments], env=self.environment(), capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Failed(f"{arguments[0]} ended with {done.returncode}: {done.stdout} {done.stderr}")
        return done.stdout

    def inspect_what_was_exported(self):
        said = json.loads(self.without_a_window("inspect", "wav", str(self.exported)))
        if said["result"] != "ok" or said["frames"] != len(self.samples) or said["rate"] != self.rate:
            raise Failed(f"inspect does not see the recording that was exported: {said}")
        return f"inspect reads the export: {said['frames']} frames at {said['rate']} Hz"

    def ask_the_doctor(self):
        said = self.without_a_window("doctor", "--server", self.vendor.url)
        missing = [word for word in ("Renderer", "Sound", "Key store", "Server") if word not in said]
        found = leaks.find(said.encode(), leaks.key_needles(self.vendor.key), leaks.name_pattern(self.names), "its report")
        if missing or found:
            raise Failed(f"the doctor leaves out {missing}, or says too much: {found}")
        return "the doctor reports renderer, sound, key store and server, and nothing secret"

    # --------------------------------------------------------------------------------------------------- leaving traces

    def leave_no_trace_while_running(self):
        process = Path("/proc") / str(self.app.pid)
        found = []
        for name in ("cmdline", "environ"):
            data = (process / name).read_bytes()
            found += leaks.find(data, leaks.key_needles(self.vendor.key), leaks.name_pattern(self.names), name)
        title = self.desktop.answer(["xdotool", "getwindowname", self.desktop.window(self.app.pid)])
        found += leaks.find(title.encode(), leaks.key_needles(self.vendor.key), leaks.name_pattern(self.names), "the title")
        if found:
            raise Failed("; ".join(found))
        return "neither key nor patient in arguments, environment and window title"

    def leave_no_trace_on_disk(self):
        key, names = leaks.key_needles(self.vendor.key), leaks.name_pattern(self.names)
        found, read, own = [], 0, 0
        for path in [*leaks.files_under(os.environ["HOME"], os.environ["XDG_RUNTIME_DIR"]), self.desktop.out / self.log]:
            data = path.read_bytes()
            # The system's caches of fonts and shaders hold any three letters somewhere.
            is_own = leaks.is_stores_own(path) or ".cache" in path.parts
            found += leaks.find(data, key, None if is_own else names, str(path))
            read, own = read + 1, own + is_own
        if not own:
            found.append("the store left no file, so nothing was proved")
        if found:
            raise Failed("; ".join(found))
        return f"no key in {read} files, no patient in the {read - own} that are not the store's own"


def one_pass(desktop, options, title, arguments):
    vendor = Vendor(desktop, str(options.programs / "nxvet-sim"), arguments)
    home = Path(os.environ["HOME"]) / f"desk-{title}"
    morning = Morning(desktop, vendor, str(options.programs / "consult-desk"), home, title)
    try:
        return see_through(morning, vendor, title)
    finally:
        desktop.played.rename(desktop.out / f"played-{title}.raw") if desktop.played.exists() else None


def main():
    options = read_options()
    leaks.self_test()
    desktop = Desktop(options.out)
    passes = [("generated", ["--personality", "production", "--records", "120", "--seed", "7"])]
    if options.data.is_dir():
        passes.append(("dialogues", ["--personality", "production", "--data", str(options.data.resolve())]))
    else:
        print(f"no {options.data}: the pass with real dialogues is left out")
    return run_passes("real window", desktop, [partial(one_pass, desktop, options, *each) for each in passes])


if __name__ == "__main__":
    sys.exit(main())
