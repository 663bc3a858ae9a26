"""A person who listens: plays, seeks, changes the speed, and looks at what the player says while it sounds."""

import time

import numpy

import signals
from desktop import Failed
from person import Person
from sound import CARD_RATE
from soundcard import Tap

NEAR = 0.030
"""Seconds that the place said and the place heard may differ."""
SETTLED = 0.25
"""The player tells its place about ten times a second."""


class Listener(Person):
    def __init__(self, desktop, vendor, program, home, title, recordings):
        super().__init__(desktop, vendor, program, home, title)
        self.recordings = recordings
        self.references = {}
        self.open_one = self.place = None
        self.card = Tap(lambda: desktop.played, "<f4")
        self.monitor = Tap(lambda: desktop.monitored, "<i2")
        for tap in (self.card, self.monitor):
            tap.start()

    def leave(self):
        for tap in (self.card, self.monitor):
            tap.end()
        super().leave()

    # ------------------------------------------------------------------------------------------------- the recording

    def reference(self, channel=0):
        """The open recording at the card's rate."""
        key = (self.open_one.name, channel)
        if key not in self.references:
            self.references[key] = signals.at_card_rate(self.open_one.channel(channel), self.open_one.rate)
        return self.references[key]

    def open(self, name):
        self.open_one, self.place = self.recordings[name], None
        start = f"{self.open_one.row}, "
        self.desktop.click(self.find(f"the row of {name}", lambda part: self.is_row(part) and part.name.startswith(start)))
        self.find("the record's head", lambda part: part.name == self.open_one.row and part.role == "label", 30)
        self.find("the play button", lambda part: part.name == "Play")

    # ----------------------------------------------------------------------------------------------------- the player

    def button(self):
        return self.desktop.find(self.app.pid, lambda part: part.is_seen and part.name in ("Play", "Pause"))

    def play(self):
        """From a fresh start of what is recorded."""
        self.forget()
        self.desktop.click(self.find("the play button", lambda part: part.name == "Play"))
        self.find("the pause button", lambda part: part.name == "Pause")

    def load(self):
        """What was never played has no place to choose."""
        self.play()
        self.hear(0.3)
        self.pause()

    def forget(self):
        for tap in (self.card, self.monitor):
            tap.forget()

    def slider(self):
        """Looked for once: it is asked for often."""
        now = self.place.again() if self.place else None
        self.place = now if now and now.name == "Position" else self.look_for_slider()
        return self.place

    def look_for_slider(self):
        return self.find("the place in the recording", lambda part: part.name == "Position" and part.role == "slider")

    def said(self):
        """The place that the player says, in seconds."""
        return self.slider().value * self.open_one.seconds

    def said_at_rest(self):
        last = [None]

        def is_still():
            now, before = self.said(), last[0]
            last[0] = now
            time.sleep(SETTLED)
            return before is not None and abs(now - before) < 1e-4

        self.wait("the place to stand still", is_still)
        return last[0]

    def click_into(self, share, seconds=0.12):
        """Into the picture of the whole recording; what was meant, in seconds, and by how much a pixel may miss it."""
        x, y, width, height = self.slider().box
        at = x + round(share * width)
        self.desktop.click_at(at, y + height // 2, seconds)
        return (at - x) / width * self.open_one.seconds, 2.5 / width * self.open_one.seconds

    def speed(self, wanted, key, times):
        self.desktop.keys(*[key] * times)
        self.named("the speed", f"Speed {wanted}×", role="button")

    # -------------------------------------------------------------------------------------------------- what is heard

    def hear(self, seconds, tap=None, patience=30):
        """So much sound since it was last forgotten; silence at both ends is left out."""
        tap = tap or self.card

        def enough():
            sound, _ = signals.sounding(tap.left())
            return sound if len(sound) >= seconds * CARD_RATE else None

        found = []

        def look():
            found[:] = [enough()]
            return found[0] is not None

        try:
            self.wait(f"{seconds} s of sound", look, patience)
        except Failed as error:
            heard = len(signals.sounding(tap.left())[0]) / CARD_RATE
            raise Failed(f"{error}; {heard:.1f} s were heard") from error
        return found[0]

    def hear_place(self, near, seconds=1.0):
        """Where in the recording the sound began."""
        self.hear(seconds + 0.1)
        likeness, place = signals.began_at(self.card.left(), self.reference(), near, seconds)
        self.must(likeness > 0.99, f"the sound is not the recording around {near:.2f} s: likeness {likeness:.4f}")
        return place

    def hear_near(self, near, patience=20):
        """Waits for sound of around a place: where it began there, and at which of the frames heard."""
        found = []

        def look():
            heard = self.card.left()
            newest = heard[-int(0.3 * CARD_RATE) :]
            is_loud = len(newest) and numpy.abs(newest).max() > 300
            if is_loud and signals.match(newest, self.reference(), near + 1, 2.5)[0] > 0.97:
                found[:] = signals.places(heard, self.reference(), [near])
            return len(found) > 2

        self.wait(f"the sound around {near:.2f} s", look, patience)
        at, place = found[0]
        return place, int(at * CARD_RATE)

    def last_place(self, near):
        """The recording's second at the last sample that sounded."""
        sound, skipped = signals.joined(self.card.left()), int(0.03 * CARD_RATE)
        part = sound[-skipped - CARD_RATE // 2 : -skipped]
        likeness, place = signals.match(part, self.reference(), near - 0.5)
        self.must(likeness > 0.97, f"the end of the sound is not the recording around {near:.2f} s: {likeness:.4f}")
        return place + (len(part) + skipped) / CARD_RATE

    def torn_words(self, heard):
        """A starved computer shows in what the card was given; that is told and not hidden."""
        missing = signals.holes(signals.sounding(heard)[0])
        if not len(missing):
            return ""
        return f"; {len(missing)} holes of together {1000 * signals.seconds_of(missing):.0f} ms"

    def must(self, is_so, what):
        if not is_so:
            raise Failed(what)


def best_stretch(heard, reference, seconds):
    """The monitor of a busy computer has holes; every half second another stretch is tried and the best counts."""
    length, best = int(seconds * CARD_RATE), (0.0, 0.0)
    sound, _ = signals.sounding(heard)
    for start in range(0, len(sound) - length + 1, CARD_RATE // 2):
        likeness, place = signals.match(sound[start : start + length], reference)
        best = max(best, (likeness, place - start / CARD_RATE))
        if likeness > 0.999:
            break
    return best
