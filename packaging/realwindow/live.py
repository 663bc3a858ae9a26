"""A practice's owner sets up live updates in the real window, with nobody's help: the receiver, the assistant, the board
of the rooms, what was delivered and why one was refused, an address that NxVET stopped calling, appointments. See `run.sh`.

The pretended NxVET and NexHealth send what they are told to by commands, signed as documented; the desk looks for news
by itself once an hour at most, so that whatever shows here was told."""

import os
import re
import sys
import time
from functools import partial
from pathlib import Path

import leaks
from desktop import Desktop, Failed
from listening import Listener
from passes import read_options, run_passes, see_through
from vendor import Vendor, patient_name, room_name

ROOM = 0
"""The room that is at work."""
MISSED = 3
SOON = 10
"""Seconds from something that happens until it shows; `benches/live.sh` measures how few milliseconds it takes."""


class Owner(Listener):
    """The steps, in order; each says what it proved or raises `Failed`."""

    def run(self):
        self.prepare()
        self.rooms = [room["name"].removesuffix("NxHUB").strip() for room in self.vendor.state()["rooms"]]
        self.room = self.rooms[ROOM]
        self.take([self.sign_in, self.listen, self.set_up, self.see_the_board])
        self.take([self.a_room_records, self.its_note_is_ready, self.a_new_record, self.open_it_from_the_board])
        self.take([self.look_at_a_delivery, self.a_wrong_signature, self.nothing_forged_shows])
        self.take([self.nxvet_stops, self.turn_it_on_again])
        self.take([self.connect_nexhealth, self.appointments, self.cancel_one])
        self.take([self.quit, self.come_back, self.quit, self.leave_no_trace])

    # ------------------------------------------------------------------------------------------------------ the rooms

    def see_the_board(self):
        self.press("Done")
        self.gone("the assistant", "Live updates work.")
        self.go("Rooms")
        for room in self.rooms:
            self.tile(room)
        return f"the board has a tile for each of the {len(self.rooms)} recorders"

    def a_room_records(self):
        began = time.monotonic()
        self.visit = self.vendor.command("rooms/start", room=ROOM)["conversationId"]
        self.tile(self.room, "recording since", seconds=SOON)
        took = time.monotonic() - began
        self.find("its block in the day", lambda part: f"{self.room}, Recording" in part.name)
        for room in self.rooms[1:]:
            if "recording" in self.tile(room).name:
                raise Failed(f"{room} records too")
        return f"the tile of the room that records says so, {took:.1f} s after it began"

    def its_note_is_ready(self):
        self.vendor.command("rooms/end", id=self.visit)
        # Nobody knows yet whose it is.
        self.tile(self.room, "writing note, ended", seconds=SOON)
        self.record = self.vendor.command("rooms/record", id=self.visit)["id"]
        self.vendor.command("records/fill", id=self.record)
        name = patient_name(self.detail(self.record))
        self.tile(self.room, "ready", name, seconds=SOON)
        return "the tile says that the note is being written, and then that it is ready, with the patient"

    def a_new_record(self):
        """Pending at first; the note is told when it is written."""
        self.go("Consults")
        self.wait("the list", self.rows)
        record = self.detail(self.vendor.command("records/add", pending=True)["ids"][0])
        self.row_of(patient_name(record), "Transcribing", seconds=SOON)
        self.vendor.command("records/fill", id=record["id"])
        self.row_of(patient_name(record), "Ready", seconds=SOON)
        return "a new record shows in the list, and then that its note is ready"

    def open_it_from_the_board(self):
        self.go("Rooms")
        self.desktop.click(self.tile(self.room, "ready"))
        self.find("the record", lambda part: part.name == "Play" or part.name.startswith("Play "))
        return "the tile opens what the room recorded last"

    def detail(self, record):
        return self.vendor.detail({"id": record})

    # ------------------------------------------------------------------------------------------------ what was delivered

    def look_at_a_delivery(self):
        """One of the test, which the assistant had sent."""
        self.go("Live")
        for what in ("Test", "Conversation started", "Conversation finished", "New record", "Record changed"):
            self.delivery(f", {what}, delivered, answer 200")
        self.click("Filter by type", "button")
        self.desktop.click(self.find("the type", lambda part: part.name == "Conversation started" and "menu" in part.role))
        self.wait("only these", lambda: len(self.deliveries()) == 1)
        self.desktop.click(self.delivery(", Conversation started, delivered"))
        for fact in ("Answer", "When", "Attempt", "Took", "Told by", "NxVET, and this desk saw it come"):
            self.says(fact)
        self.press("Copy as curl")
        self.says("Command copied")
        self.desktop.keys("Escape")
        self.click("Type: Conversation started, clear", "button")
        self.wait("all again", lambda: len(self.deliveries()) > 1)
        return "the console has one row for each delivery, filters by type, shows the details and copies a command"

    def deliveries(self):
        return self.desktop.find_all(self.app.pid, lambda part: part.is_seen and ", answer " in part.name)

    def delivery(self, words, seconds=20):
        return self.find(f"the row of {words}", lambda part: part.role == "list item" and words in part.name, seconds)

    def a_wrong_signature(self):
        """A proxy that takes away the last line break, as some do."""
        self.vendor.command("forge", scheme="organization", forgery="trimmedNewline", times=1)
        self.press("Send test")
        self.says("1 delivery was refused", seconds=SOON)
        self.press("Show what was refused")
        self.desktop.click(self.delivery("refused, answer 401"))
        self.says("The line break at the end of the body was lost on its way.")
        self.press("Check again")
        self.says("The line break at the end of the body was lost on its way.")
        self.desktop.keys("Escape")
        self.vendor.command("honest")
        return "a refused delivery is told, and its details name what happened to it on its way"

    def nothing_forged_shows(self):
        """A new record whose news is signed with another secret."""
        self.go("Consults")
        before = self.who_and_when()
        self.vendor.command("forge", scheme="organization", forgery="otherSecret", times=9)
        self.missed = [self.detail(self.vendor.command("records/add")["ids"][0])]
        self.wait("its delivery", lambda: self.vendor.state()["pending"] == 0)
        time.sleep(2)
        self.vendor.command("honest")
        if self.who_and_when() != before:
            raise Failed("forged news had an effect")
        return "news with a wrong signature have no effect"

    def who_and_when(self):
        """Of the rows; how far their notes are may change meanwhile."""
        return [re.sub(r"(Today [0-9:]+).*", r"\1", row.name) for row in self.rows()]

    # -------------------------------------------------------------------------------------------- an address is stopped

    def nxvet_stops(self):
        self.vendor.command("hooks/off", id=self.vendor.state()["hooks"][0]["id"])
        self.missed += [self.detail(each) for each in self.vendor.command("records/add", count=MISSED)["ids"]]
        self.go("Live")
        self.says("NxVET stopped sending to an address because it kept failing.")
        self.desktop.shot(f"{self.title}-stopped")
        self.go("Rooms")
        self.says("NxVET stopped sending to an address because it kept failing.")
        return "an address that NxVET stopped calling is told on its card and above the board"

    def turn_it_on_again(self):
        self.press("Turn on again")
        self.says(f"Caught up: {len(self.missed)} consultations")
        self.desktop.shot(f"{self.title}-caught-up")
        self.go("Consults")
        self.has_rows(self.missed)
        if not self.vendor.state()["hooks"][0]["active"]:
            raise Failed("NxVET does not call it again")
        self.one_more()
        return f"one click has NxVET call again, and the {len(self.missed)} consultations of the gap are read"

    def has_rows(self, records):
        """As many rows of each patient in each room as there are records of them, at least."""
        for record in records:
            who = whose(record)
            wanted = sum(whose(other) == who for other in records)
            self.wait(f"the rows of {who}", lambda who=who, wanted=wanted: self.count_of(who) >= wanted)

    def count_of(self, who):
        return sum(all(text in row.name for text in who) for row in self.rows())

    def one_more(self):
        """Told, as before the gap."""
        record = self.detail(self.vendor.command("records/add", pending=True)["ids"][0])
        self.row_of(patient_name(record), "Transcribing", seconds=SOON)

    # ------------------------------------------------------------------------------------------------------ appointments

    def connect_nexhealth(self):
        self.go("Live")
        self.press("Connect…")
        self.type_into("NexHealth API key", self.vendor.said["nexhealth-key"])
        self.type_into("Subdomain of the practice", self.vendor.said["subdomain"])
        self.press("Connect")
        self.press("Set up messages")
        self.find("messages that work", lambda part: "Last NexHealth message: never" in part.name)
        return "NexHealth is connected with a key, and calls this desk"

    def appointments(self):
        self.go("Rooms")
        book = partial(self.vendor.command, minutes=30, lastName="Sample")
        self.milo = book("nexhealth/book", room=1, inMinutes=10, firstName="Milo", note="recheck")["number"]
        self.block("Milo Sample, recheck", "Room 2, Appointment")
        book("nexhealth/fail", room=2, inMinutes=10, firstName="Nala")
        self.block("Nala Sample", "Room 3, Failed")
        return "an appointment shows in its room the moment it is booked, and one that failed shows as failed"

    def cancel_one(self):
        self.vendor.command("nexhealth/cancel", number=self.milo)
        self.block("Milo Sample", "Appointment, cancelled")
        self.vendor.command("nexhealth/uncancel", number=self.milo)
        self.find("the appointment", lambda part: "Milo Sample" in part.name and part.name.endswith("Appointment"), SOON)
        return "it is struck through when it is cancelled, and stands there again when it is not"

    def block(self, *words):
        return self.find(f"{words} in the day", lambda part: all(word in part.name for word in words), SOON)

    # ----------------------------------------------------------------------------------------------------- the next day

    def come_back(self):
        """While the desk was closed, nobody listened."""
        missed = [self.detail(each) for each in self.vendor.command("records/add", count=MISSED)["ids"]]
        self.start(self.log)
        self.says(f"Caught up: {MISSED} consultations", seconds=30)
        self.has_rows(missed)
        self.one_more()
        self.go("Live")
        self.says("This desk listens")
        return f"the next start listens again by itself and reads the {MISSED} consultations that were missed"

    def leave_no_trace(self):
        path = self.vendor.state()["hooks"][0]["url"].rsplit("/", 1)[1]
        needles = [self.vendor.key, path, self.vendor.said["nexhealth-key"], "whsec_"]
        found, read = [], 0
        files = [*leaks.files_under(os.environ["HOME"], os.environ["XDG_RUNTIME_DIR"]), self.desktop.out / self.log]
        for file in files:
            data = file.read_bytes()
            found += [f"{place} in {file}" for place, text in enumerate(needles) if text.encode() in data]
            read += 1
        if found:
            raise Failed("; ".join(found))
        return f"no key, no secret and no receiving address in {read} files"


def whose(record):
    """What a row says of it."""
    return [text for text in (patient_name(record), room_name(record)) if text]


def one_pass(desktop, options, title, arguments):
    vendor = Vendor(desktop, str(options.programs / "nxvet-sim"), arguments)
    home = Path(os.environ["HOME"]) / f"desk-{title}"
    owner = Owner(desktop, vendor, str(options.programs / "consult-desk"), home, title)
    return see_through(owner, vendor, title)


def main():
    options = read_options()
    desktop = Desktop(options.out)
    arguments = "--personality production --records 40 --seed 5 --control --hooks-factor 60 --nexhealth".split()
    return run_passes("live", desktop, [partial(one_pass, desktop, options, "live", arguments)])


if __name__ == "__main__":
    sys.exit(main())
