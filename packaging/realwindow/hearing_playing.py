"""Steps of listening: playing, seeking and other speeds, with everything on a server that answers at once."""

import time

import recordings
import signals
from desktop import Failed
from listener import NEAR, Listener, best_stretch
from sound import CARD_RATE

ALIKE = 0.99
KEY_STEP = 5.0
BACK_STEP = 1.5
"""What the player goes back after a pause unless it was set otherwise."""
PITCH_MISS = 5.0
LENGTH_MISS = 0.01
SPEED_KEYS = (("0.5", "bracketleft", 2), ("1.5", "bracketright", 4), ("2", "bracketright", 2))
QUIET_BAND, BEYOND = (5_000, 7_500), (9_000, 20_000)
"""Hz. The made voices end at 3.7 kHz and every recording of 16 kHz at 8: what sounds in here is not of the voice."""
CLICK = 8.0
"""On the scale of 16 bits. `signals.py` shows what cuts, steps and spikes of a voice reach: ten and far more."""


class Playing(Listener):
    def play_from_the_start(self, name):
        self.open(name)
        self.play()
        self.hear(3.5)
        words, both = [], self.card.heard()
        for channel in range(self.open_one.numbers.shape[1]):
            heard = both[:, channel]
            likeness, place = signals.began_at(heard, self.reference(channel), near=0.0, seconds=3.0)
            self.must(likeness > ALIKE, f"channel {channel + 1} of the card is not the recording's: {likeness:.4f}")
            self.must(abs(place) < NEAR, f"the sound begins at {place:.3f} s and not at the start")
            words.append(f"{likeness:.5f}")
        best = self.monitored(2.0)
        return (
            f"{self.describe()}: 3 s of the card are the recording's from {1000 * place:+.0f} ms on ({', '.join(words)}); "
            f"2 s of the monitor: {best:.4f}{self.torn_words(both[:, 0])}"
        )

    def describe(self):
        channels = {1: "mono", 2: "stereo"}[self.open_one.numbers.shape[1]]
        return f"{self.open_one.name}, {self.open_one.bits} bit {self.open_one.rate} Hz {channels}"

    def monitored(self, seconds):
        """It comes a moment after the card, and a busy computer tears more holes into it."""
        best = (0.0, 0.0)

        def look():
            nonlocal best
            self.go_on_with_sound()
            newest = self.monitor.left()[-int((seconds + 2) * CARD_RATE) :]
            best = max(best, best_stretch(newest, self.reference(), seconds))
            return best[0] > ALIKE

        try:
            self.wait(f"{seconds} s of the monitor that are the recording's", look, 20)
        except Failed as error:
            raise Failed(f"{error}; the best likeness was {best[0]:.4f}") from error
        return best[0]

    def seek(self):
        """Paused and playing, by keys and by mouse. What is said and what sounds are compared each time."""
        errors = {}
        # The key while it plays: what was heard leaps by five seconds. One recording is enough for that.
        leap = f"; → while playing leaps by {self.leap_while_playing():.3f} s" if self.open_one.name == "room" else ""
        if leap:
            self.play()
        # The mouse while it plays; then the pause, where place said and last sample heard must agree.
        self.forget()
        meant, miss = self.click_into(0.6)
        self.hear_near(meant)
        self.pause()
        said = self.said_at_rest()
        errors["click"] = self.last_place(said) - said
        # Play goes a little back after a pause.
        self.play()
        errors["back step"] = self.hear_place(said - BACK_STEP) - (said - BACK_STEP)
        self.pause()
        # The key while it pauses, then Play: no step back from a place that was chosen.
        before = self.said_at_rest()
        self.desktop.keys("Left")
        self.wait("the place to move", lambda: abs(self.said() - before) > 1.0)
        said = self.said_at_rest()
        self.must(abs(before - KEY_STEP - said) < 0.005, f"← went from {before:.3f} to {said:.3f} s")
        self.play()
        errors["key"] = self.hear_place(said) - said
        self.pause()
        # The mouse while it pauses.
        meant, miss = self.click_into(0.2)
        self.wait(f"a click at {meant:.2f} s to be taken", lambda: abs(self.said() - meant) < miss, 5)
        said = self.said_at_rest()
        self.play()
        errors["click, paused"] = self.hear_place(said) - said
        newest = self.monitored(1.5)
        self.pause()
        far = {what: error for what, error in errors.items() if abs(error) >= NEAR}
        self.must(not far, f"said and heard differ: {in_ms(far)}; all: {in_ms(errors)}{leap}")
        name = self.open_one.name
        return f"seeking in {name}: heard minus said {in_ms(errors)}{leap}; the monitor after seeks {newest:.4f}"

    def tap(self):
        """A touchpad's tap is over before the window has drawn again."""
        self.open("room")
        self.load()
        for share in (0.8, 0.3, 0.6, 0.1):
            meant, miss = self.click_into(share, seconds=0.0)
            self.wait(f"a tap at {meant:.2f} s to be taken", lambda: abs(self.said() - meant) < miss, 5)
        return "four taps, each shorter than a frame, are all taken"

    def leap_while_playing(self):
        """From the sound before to the sound after, counted in the recording's time. The player adds five seconds to
        the place that it said last, a tenth of a second ago; a busy computer says it later."""
        self.forget()
        before = self.said()
        self.hear(0.8)
        self.desktop.keys("Right")
        self.hear(2.2)
        self.pause()
        known = signals.places(self.card.left(), self.reference(), [before, before + KEY_STEP])
        leads = [place - at for at, place in known]
        leaps = [after - before for before, after in zip(leads, leads[1:]) if abs(after - before) > 0.5]
        self.must(len(leaps) == 1 and -1.5 < leaps[0] - KEY_STEP < NEAR, f"→ while playing leapt by {leaps}")
        return leaps[0]


class Speeds(Listener):
    def pitch_at_every_speed(self):
        self.open("tone")
        self.play()
        self.hear(0.5)
        words = []
        for speed, key, times in SPEED_KEYS:
            self.speed(speed, key, times)
            # What was handed out before is heard first.
            time.sleep(0.7)
            self.forget()
            for name, tap in (("card", self.card), ("monitor", self.monitor)):
                heard = self.hear(1.1, tap)[: CARD_RATE]
                hz = signals.pitch(heard)
                self.must(abs(hz - recordings.TONE_HZ) <= PITCH_MISS, f"at {speed}× the {name} sounds at {hz:.1f} Hz")
                words.append(f"{hz:.2f}")
        self.pause()
        self.speed("1", "backslash", 1)
        return f"a tone of {recordings.TONE_HZ:.0f} Hz at 0.5×, 1.5×, 2× (card, monitor each): {', '.join(words)} Hz"

    def length_and_clicks(self, name):
        self.open(name)
        self.speed("1.5", "bracketright", 2)
        try:
            words = self.play_faster(name)
        finally:
            self.speed("1", "backslash", 1)
        return words

    def play_faster(self, name):
        wanted = self.open_one.seconds / 1.5
        for _ in range(3):
            self.play()
            self.wait("the end of the recording", lambda: (self.button() or self).name == "Play", 60)
            time.sleep(0.3)
            heard, torn = self.card.left(), self.torn_words(self.card.left())
            if not torn:
                break
            # A starved computer: once more.
            print(f"--  {name} at 1.5×{torn}", flush=True)
        length = len(signals.joined(heard)) / CARD_RATE
        self.must(abs(length / wanted - 1) <= LENGTH_MISS, f"{name} at 1.5× sounds {length:.3f} s, not {wanted:.3f} s")
        bands = [BEYOND] if name == "real" else [QUIET_BAND, BEYOND]
        pieces = signals.pieces(heard)
        loudest = [max(signals.bursts(piece, *band).max() for piece in pieces) for band in bands]
        self.must(max(loudest) < CLICK, f"{name} at 1.5× clicks: {loudest} where it should be silent")
        slope = max(map(signals.steepest, pieces)) / signals.steepest(self.reference())
        self.must(slope < 1.3, f"{name} at 1.5× leaps {slope:.2f} times as far as the recording")
        shown = ", ".join(f"{level:.2f}" for level in loudest)
        return (
            f"{name} at 1.5× sounds {length:.3f} s of {wanted:.3f} ({100 * (length / wanted - 1):+.2f} %) with no click: bursts "
            f"outside the voice {shown} of 32768, steepest leap {slope:.2f} of the recording's{torn}"
        )


def in_ms(errors):
    return ", ".join(f"{what} {1000 * error:+.0f} ms" for what, error in errors.items())
