"""Steps of listening: stretches that are saved as files of their own, and speakers that come and go."""

import time

import numpy

import recordings
from listener import NEAR, Listener

SETTLE = 0.3
STEP_BACK = 1.5
LOST = "The speakers or headphones went away"
MISSING = "No speakers or headphones found"


class Clips(Listener):
    def export_clip_by_mouse(self):
        self.open("room")
        self.load()
        x, y, width, height = self.slider().box
        middle = y + height // 2
        self.desktop.drag((x + width * 3 // 10, middle), (x + width * 4 // 10, middle), holding="shift")
        self.find("what is selected", lambda part: "selected" in f"{part.name} {part.text}")
        start, length = self.export_clip("mouse")
        pixel = 2.5 * self.open_one.seconds / width
        ends = (start - 0.3 * self.open_one.seconds, start + length - 0.4 * self.open_one.seconds)
        self.must(max(map(abs, ends)) < pixel, f"the clip is from {start:.2f} s on, {length:.2f} s long")
        return f"a stretch chosen by mouse is saved: {length:.2f} s from {start:.2f} s on, every sample the recording's"

    def export_clip_by_keys(self):
        self.open("deep")
        self.load()
        chosen = []
        for share, key in ((0.25, "i"), (0.6, "o")):
            self.click_into(share)
            chosen.append(self.said_at_rest())
            self.desktop.keys(key)
            time.sleep(SETTLE)
        self.find("what is selected", lambda part: "selected" in f"{part.name} {part.text}")
        start, length = self.export_clip("keys")
        misses = abs(start - chosen[0]), abs(start + length - chosen[1])
        self.must(max(misses) < 0.002, f"the clip is from {start:.4f} s on, {length:.4f} s long; chosen was {chosen}")
        return f"a stretch of 24 bits chosen by keys is saved to the millisecond: {length:.3f} s from {start:.3f} s on"

    def export_clip(self, name):
        """Where it begins in the recording and how long it is, if its samples are the recording's."""
        path = self.desktop.out / f"clip-{name}.wav"
        path.unlink(missing_ok=True)
        self.desktop.dialog_answer.write_text(f"{path}\n")
        self.desktop.dialog_log.write_text("")
        self.desktop.keys("ctrl+shift+e")
        self.wait("the save dialog", self.desktop.dialog_log.read_text)
        self.wait("the clip", path.exists, 30)
        self.must(" clip " in self.desktop.dialog_log.read_text(), "the proposed name does not say that it is a clip")
        form, data = recordings.read_wav(path)
        whole = self.open_one
        self.must(form == (whole.rate, whole.bits, whole.numbers.shape[1]), f"the clip is of another kind: {form}")
        numbers = recordings.as_numbers(data, whole.bits).reshape(-1, whole.numbers.shape[1])
        start = find_in(whole.numbers, numbers)
        self.must(start is not None, "the clip's samples are not the recording's")
        return start / whole.rate, len(numbers) / whole.rate


class Devices(Listener):
    def lose(self, what, take_away, give_back):
        self.open("room")
        self.play()
        self.click_into(0.3)
        self.hear(1.5)
        take_away()
        began = time.monotonic()
        banner = self.named("the words about the speakers", LOST, MISSING, seconds=30)
        took = time.monotonic() - began
        self.find("the play button", lambda part: part.name == "Play")
        said = self.said_at_rest()
        self.desktop.shot(f"{self.title}-without-{what.split()[-1]}")
        # With nothing there Play says so, and keeps the place.
        self.desktop.click(self.find("the play button", lambda part: part.name == "Play"))
        self.named("the words that there is nothing to hear with", MISSING, LOST, seconds=20)
        self.must(abs(self.said_at_rest() - said) <= STEP_BACK + NEAR, "the place was lost")
        give_back()
        kept = self.said_at_rest()
        self.play()
        self.hear(1.2, patience=15)
        place = self.hear_place(kept)
        back = kept - place
        self.must(min(abs(back), abs(back - STEP_BACK)) < NEAR, f"it goes on at {place:.3f} s; said was {kept:.3f} s")
        self.gone("the words about the speakers", LOST, MISSING)
        self.pause()
        return (
            f"{what} lost: after {took:.1f} s “{banner.name[:60]}…”; back again, Play goes on in the same program at "
            f"{place:.3f} s, {back:.3f} s before {kept:.3f} s"
        )


def find_in(whole, part):
    """At which frame of the whole the part stands, sample for sample."""
    for start in numpy.flatnonzero((whole[: len(whole) - len(part) + 1] == part[0]).all(axis=1)):
        if numpy.array_equal(whole[start : start + len(part)], part):
            return int(start)
    return None
