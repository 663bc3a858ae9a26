"""Steps of listening to what has not all arrived, from servers that are slow."""

import time

import signals
from listener import NEAR, Listener
from sound import CARD_RATE


class Arriving(Listener):
    """The server is slow: what is heard has not all arrived."""

    RATE = 100_000

    def steps(self):
        yield self.play_before_it_is_here
        yield self.seek_past_what_is_here
        yield self.wait_and_go_on
        yield self.quit

    def note(self):
        """What the player says about the download: megabytes of megabytes."""
        return self.desktop.find(self.app.pid, lambda part: part.is_seen and " MB · " in f"{part.name}{part.text}")

    def play_before_it_is_here(self):
        self.open("room")
        began = time.monotonic()
        self.play()
        self.hear(2.2)
        first = self.first_sound() - began
        note = self.find("how much is here", lambda part: " MB · " in f"{part.name}{part.text}")
        place = self.hear_place(0.0, 2.0)
        self.must(abs(place) < NEAR, f"the sound begins at {place:.3f} s")
        size, words = len(self.open_one.wav()), note.name or note.text
        return (
            f"of {size / 1e6:.1f} MB at {self.RATE / 1e3:.0f} kB/s the first sound comes {first:.2f} s after Play; "
            f"then “{words}”"
        )

    def first_sound(self):
        _, start = signals.sounding(self.card.left())
        return self.card.came_at(start)

    def seek_past_what_is_here(self):
        self.must(self.note() is not None, "everything arrived too soon for this test")
        self.forget()
        began = time.monotonic()
        meant, miss = self.click_into(0.6)
        place, at = self.hear_near(meant)
        took = self.card.came_at(at) - began
        is_arriving = self.note() is not None
        self.pause()
        said = self.said_at_rest()
        error = self.last_place(said) - said
        self.must(is_arriving, "everything had arrived by then")
        self.must(abs(error) < NEAR, f"said and heard differ by {1000 * error:.0f} ms")
        self.must(abs(place - meant) < miss + 0.1, f"a click at {meant:.2f} s sounds at {place:.2f} s")
        return (
            f"a click past what is here sounds {took:.2f} s later at {place:.2f} s, "
            f"heard minus said {1000 * error:+.0f} ms"
        )

    def wait_and_go_on(self):
        """This one needs more a second than arrives, so it must wait, and then go on where it stopped."""
        self.open("deep")
        self.play()
        self.named("that it waits", "Waiting for audio", seconds=30)
        self.wait("sound on both sides of a wait", self.has_waited, 40)
        self.pause()
        heard = signals.joined(self.card.left())
        known = signals.places(heard, self.reference(), [0.0])
        leaps = [after[1] - before[1] for before, after in zip(known, known[1:])]
        whole = known and abs(known[-1][1] - known[-1][0]) < NEAR and min(leaps) > -0.02
        self.must(whole, f"what was heard is not in order, or not whole: {known[-3:]}, {leaps}")
        waits = len(signals.holes(signals.sounding(self.card.left())[0], 0.1))
        return f"“Waiting for audio…” {waits} times, and each time on where it stopped: {known[-1][1]:.1f} s are whole"

    def has_waited(self):
        heard, _ = signals.sounding(self.card.left())
        gaps = signals.holes(heard, 0.1)
        return len(gaps) and len(heard) / CARD_RATE - signals.seconds_of(gaps) > 2.0


class WithoutRanges(Listener):
    """A server that only sends whole files, slowly."""

    RATE = 200_000

    def steps(self):
        yield self.wait_for_the_place
        yield self.quit

    def wait_for_the_place(self):
        self.open("room")
        self.play()
        self.hear(0.5)
        self.forget()
        meant, miss = self.click_into(0.7)
        self.named("that it waits", "Waiting for audio")
        waited = self.said()
        self.desktop.shot(f"{self.title}-waiting")
        # What still sounded when the hand came down is not what was waited for.
        time.sleep(0.5)
        self.forget()
        place = self.hear_place(meant)
        self.must(abs(waited - meant) < miss, f"it waits at {waited:.2f} s, clicked was {meant:.2f} s")
        self.must(abs(place - waited) < NEAR, f"it waited at {waited:.3f} s and goes on at {place:.3f} s")
        self.gone("that it waits", "Waiting for")
        self.pause()
        late = 1000 * (place - waited)
        return f"without ranges “Waiting for audio…” stands at {waited:.2f} s until the sound is there: {late:+.0f} ms"
