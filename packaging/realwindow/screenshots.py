"""Pictures of every screen of the sample clinic: light and dark, two window sizes, twice the size of everything.

Takes the place of `scenario.py` in `run.sh`. A picture is taken when two looks in a row see the same."""

import os
import sys
import tempfile
from pathlib import Path

import player_pictures
from desktop import Desktop, wait_for
from passes import read_options
from studio import Studio
from vendor import Vendor

PATIENT = "Bella"
SEARCH = "Search patients, rooms, vets"
FIND = "Find in this consultation"
WINDOWS = (("1280x800", 100), ("1024x640", 100), ("1280x800", 200))
README = {
    "light-1280x800-played": "readme-consultation",
    "dark-1280x800-played": "readme-consultation-dark",
    "light-1280x800-sign-in": "readme-sign-in",
    "light-1280x800-find": "readme-find",
}


def is_search_field(part):
    return part.name == SEARCH and "focused" in part.states


class Clinic(Studio):
    def all_screens(self, theme, size, zoom):
        keys, see, click = self.desktop.keys, self.see, self.click
        self.open(theme, size, zoom)
        self.screen("sign-in", lambda: see("API key", "text"))
        self.close()
        self.open(theme, size, zoom, "--demo")
        self.screen("list", lambda: see("Luna, ", "list item"))
        for what in ("room", "patient"):
            self.screen(f"{what}-menu", lambda what=what: click(f"Filter by {what}"), lambda: see("", "menu item"))
            keys("Escape")
        self.screen("pending", lambda: click("Luna, ", "list item"), lambda: see("Export"))
        keys("Escape")
        self.screen("filtered-to-nothing", lambda: self.search("xyzzy"))
        self.search(PATIENT)
        self.screen("filtered", lambda: see(f"{PATIENT}, ", "list item"))
        click(f"{PATIENT}, ", "list item")
        see("Play")
        if not self.is_narrow:
            self.search("")
        self.record_screens()
        self.screen("palette", lambda: keys("ctrl+k"), lambda: self.type_into("What do you want to do?", "copy"))
        keys("Escape")
        self.screen("shortcuts", lambda: keys("F1"), lambda: see("Keyboard shortcuts"))
        keys("Escape")
        self.screen("settings", lambda: click("Settings"), lambda: see("Appearance"))
        self.screen("search", lambda: keys("ctrl+shift+f"), lambda: self.desktop.type("swollen"), lambda: see("", "list item"))
        self.live_screens()
        self.screen("locked", lambda: keys("ctrl+l"), lambda: see("Consult Desk is locked"))
        self.close()

    def live_screens(self):
        keys, see, click = self.desktop.keys, self.see, self.click
        self.screen("rooms", lambda: click("Rooms", "page tab"), lambda: see("Room 1, "), lambda: see("8:35 Bella"))
        self.screen("live", lambda: click("Live", "page tab"), lambda: see("Set up live updates"))
        self.screen("live-address", lambda: click("Add address"), lambda: see("Address", "entry"))
        keys("Escape")
        self.screen("live-set-up", lambda: click("Set up live updates"), lambda: see("Set it up"))
        self.screen("live-way", lambda: click("Set it up"), lambda: click("Web server: Caddy"), lambda: see("Next"))
        keys("Escape")

    def record_screens(self):
        keys, see, click = self.desktop.keys, self.see, self.click
        self.screen("record", lambda: see("Play"))
        self.screen("export-menu", lambda: click("Export", "button"), lambda: see("Recording (WAV)"))
        keys("Escape")
        self.screen("find", lambda: keys("ctrl+f"), lambda: self.type_into(FIND, "lump"))
        keys("Escape")
        # Played for a while, then stopped: a moving picture is never still.
        self.screen("played", lambda: click("Play", "button"), self.hear, lambda: click("Pause"), lambda: see("Play"))

    def search(self, text):
        self.desktop.keys("slash")
        wait_for("the search field", lambda: self.desktop.find(self.app.pid, is_search_field), 20)
        self.desktop.keys("ctrl+a", "BackSpace")
        self.type_into(SEARCH, text)

    def refused_key(self, theme):
        vendor = Vendor(self.desktop, str(self.options.programs / "nxvet-sim"), ["--personality", "production", "--records", "5"])
        self.open(theme, "1280x800", 100, "--server", vendor.url)
        self.click("API key", "text")
        self.type_into("API key", "nxvet_sk_this_is_not_a_key_of_anyone")
        self.desktop.keys("Return")
        self.screen("sign-in-refused", lambda: self.see("NxVET did not accept"))
        self.close()
        vendor.stop()


def main():
    options = read_options()
    options.settings = Path("config/settings.json")
    desktop = Desktop(options.out)
    studio = Clinic(desktop, options)
    with tempfile.TemporaryDirectory() as folder:
        player_pictures.make(Path(folder))
        player = player_pictures.PlayerStudio(desktop, options, folder)
        try:
            desktop.start("1500x1000")
            for theme in ("light", "dark"):
                for size, zoom in WINDOWS:
                    if not os.environ.get("PLAYER_ONLY"):
                        studio.all_screens(theme, size, zoom)
                    player.all_states(theme, size, zoom)
                if not os.environ.get("PLAYER_ONLY"):
                    studio.refused_key(theme)
        finally:
            desktop.stop()
    studio.taken += player.taken
    for path in studio.taken:
        if path and path.stem in README:
            path.with_stem(README[path.stem]).write_bytes(path.read_bytes())
    missed = studio.taken.count(None)
    print(f"{len(studio.taken) - missed} pictures taken, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
