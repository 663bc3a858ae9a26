"""Pictures of the player in each of its states, with recordings made on the spot; one of them lasts four hours."""

import shutil
import time

import recordings
from desktop import wait_for
from studio import Studio
from vendor import Vendor

ROOM, LONG = "Sample patient c01", "Sample patient c02"
SLOW = 40_000
"""Bytes a second: a recording of a minute is still arriving when its picture is taken."""


def make(folder):
    room = recordings.Recording("room", recordings.voice(90, 16_000, 1), 16_000, 16)
    recordings.file_away(folder, [room])
    recordings.make_long(folder)


class PlayerStudio(Studio):
    def __init__(self, desktop, options, folder):
        super().__init__(desktop, options)
        self.served = ["--personality", "production", "--data", str(folder)]

    def vendor(self, *arguments):
        return Vendor(self.desktop, str(self.options.programs / "nxvet-sim"), [*self.served, *arguments])

    def all_states(self, theme, size, zoom):
        for states, arguments in ((self.arriving, ("--audio-rate", str(SLOW), "--no-range")), (self.arrived, ())):
            vendor = self.vendor(*arguments)
            self.open(theme, size, zoom, "--server", vendor.url)
            self.sign_in(vendor)
            states()
            self.close()
            vendor.stop()
            shutil.rmtree(self.home, ignore_errors=True)

    def choose(self, patient):
        self.click(f"{patient}, ", "list item")
        self.see("Play")

    def arriving(self):
        keys = self.desktop.keys
        self.choose(ROOM)
        self.screen("player-not-here")
        self.screen("player-streaming", lambda: self.click("Play", "button"), self.hear, moves=True)
        waits = lambda: self.see("Waiting for audio")  # noqa: E731
        self.screen("player-waiting", lambda: self.point(0.8), waits, moves=True)
        keys("F4")

    def arrived(self):
        keys = self.desktop.keys
        self.choose(ROOM)
        self.click("Play", "button")
        self.hear()
        keys("F4")
        self.see("Play")
        self.point(0.3)
        keys("bracketright", "bracketright", "F4")
        self.see("Pause")
        self.screen("player-faster", lambda: time.sleep(3), moves=True)
        keys("F4", "backslash")
        self.see("Play")
        self.screen("player-hovered", lambda: self.hover(0.6), pointer=self.place_of(0.6))
        self.screen("player-selected", self.select_and_loop)
        self.screen("player-menu", lambda: self.click("Speed 1", "button"), lambda: self.see("Skip silence"))
        keys("Escape")
        self.screen("player-long", self.play_long)
        self.screen("player-long-closer", lambda: self.zoom_in(8))
        self.screen("player-no-device", self.without_device)
        self.desktop.card.plug_in()
        if self.is_narrow:
            keys("Escape")
        self.screen("settings-sound", self.show_sound_settings)
        opened = lambda: self.see("System default", "menu item")  # noqa: E731
        self.screen("settings-sound-menu", lambda: self.click("Sound output"), opened)
        keys("Escape")

    def show_sound_settings(self):
        """Far down where everything is large."""
        self.click("Settings")
        x, y, width, height = self.see("", "frame").box
        here = (x + width // 2, y + height // 2)
        self.see("Sound output")
        wait_for("the sound settings to come up", lambda: self.has_come_up(y + height - 200, here), 60)

    def has_come_up(self, bottom, here):
        if self.see("Sound output").box[1] < bottom:
            return True
        self.desktop.wheel(*here, 5, 8)
        return False

    def place_of(self, share):
        x, y, width, height = self.see("Position", "slider").box
        return round(x + share * width), y + height // 2

    def point(self, share):
        self.desktop.click_at(*self.place_of(share))

    def hover(self, share):
        """As a hand does: the pointer comes from somewhere, and rests."""
        x, y = self.place_of(share)
        moves = ["mousemove", str(x - 30), str(y), "sleep", "0.2", "mousemove", str(x), str(y), "sleep", "1.2"]
        self.desktop.answer(["xdotool", *moves])

    def select_and_loop(self):
        self.desktop.drag(self.place_of(0.25), self.place_of(0.4), holding="shift")
        self.desktop.keys("l")

    def play_long(self):
        self.desktop.keys("Escape")
        if self.is_narrow:
            self.desktop.keys("Escape")
        self.choose(LONG)
        self.click("Play", "button")
        self.see("Pause")
        wait_for("the sound to move on", lambda: self.see("Position", "slider").value > 1.0 / recordings.LONG_SECONDS, 60)
        self.desktop.keys("F4")
        self.see("Play")
        wait_for("the whole waveform", self.is_here, 60)
        self.point(0.55)
        seen = [b""]

        def is_drawn():
            time.sleep(1.5)
            seen.append(self.look())
            return seen[-1] == seen[-2]

        wait_for("the whole waveform's picture", is_drawn, 60)

    def is_here(self):
        """No words about megabytes any more."""
        return not self.desktop.find(self.app.pid, lambda part: part.is_seen and " MB" in f"{part.name}{part.text}")

    def zoom_in(self, clicks):
        x, y = self.place_of(0.55)
        self.desktop.wheel(x, y, 4, clicks)

    def without_device(self):
        self.desktop.card.pull_out()
        self.desktop.keys("F4")
        self.see_any("No speakers", "The speakers")

    def see_any(self, *starts):
        def good(part):
            return part.is_seen and part.name.startswith(starts)

        return wait_for(f"{starts[0]} in {self.prefix}", lambda: self.desktop.find(self.app.pid, good), 30)
