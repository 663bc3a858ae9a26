"""Pictures of every screen of the sample clinic: light and dark, two window sizes, twice the size of everything.

Takes the place of `scenario.py` in `run.sh`. A picture is taken when two looks in a row see the same."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import sound
from desktop import Desktop, Failed, wait_for
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


class Studio:
    def __init__(self, desktop, options):
        self.desktop, self.options = desktop, options
        self.app, self.prefix, self.size, self.is_narrow = None, "", "", False
        self.runs, self.taken = 0, []

    def open(self, theme, size, zoom, *arguments):
        self.runs += 1
        home = Path(self.desktop.env["HOME"]) / f"desk-{self.runs}"
        settings = home / self.options.settings
        settings.parent.mkdir(parents=True, mode=0o700)
        home.chmod(0o700)
        settings.write_text(json.dumps({"appearance": theme, "zoom": zoom}))
        env = self.desktop.env | {"CONSULT_DESK_HOME": str(home)}
        self.desktop.played.unlink(missing_ok=True)
        program = str(self.options.programs / "consult-desk")
        self.app = self.desktop.spawn([program, *arguments], "app.log", env=env)
        window = wait_for("the window", lambda: self.desktop.window(self.app.pid), 60)
        width, height = size.split("x")
        self.desktop.answer(["xdotool", "windowsize", "--sync", window, width, height])
        self.desktop.answer(["xdotool", "windowactivate", "--sync", window])
        self.size, self.is_narrow = size, zoom >= 150
        self.prefix = f"{theme}-{size}" + (f"-{zoom}" if zoom != 100 else "")

    def close(self):
        if self.app and self.app.poll() is None:
            self.desktop.keys("alt+F4")
            wait_for("the program to end", lambda: self.app.poll() is not None)
        self.app = None

    def see(self, name, role=""):
        """Waits for a part whose name begins so."""
        def good(part):
            return part.is_seen and part.name.startswith(name) and role in part.role

        return wait_for(f"{name} in {self.prefix}", lambda: self.desktop.find(self.app.pid, good), 20)

    def click(self, name, role=""):
        self.desktop.click(self.see(name, role))

    def type_into(self, name, text):
        """Types once the cursor is where it should be."""
        def is_ready(part):
            return part.name == name and "focused" in part.states

        wait_for(f"the cursor in {name}", lambda: self.desktop.find(self.app.pid, is_ready), 20)
        self.desktop.type(text)

    def look(self):
        command = ["/usr/bin/import", "-window", self.desktop.window(self.app.pid), "-depth", "8", "rgb:-"]
        return subprocess.run(command, env=self.desktop.env, capture_output=True, check=True).stdout

    def take(self, name):
        path = self.options.out / f"{self.prefix}-{name}.png"
        # Away, so that nothing is drawn as if it were pointed at.
        subprocess.run(["xdotool", "mousemove", "0", "0"], env=self.desktop.env, check=True)
        seen = [b""]

        def is_still():
            seen.append(self.look())
            return seen[-1] == seen[-2]

        wait_for(f"a still picture of {name}", is_still, 20)
        command = ["/usr/bin/convert", "-size", self.size, "-depth", "8", "rgb:-", str(path)]
        subprocess.run(command, input=seen[-1], check=True)
        self.taken.append(path)
        print(path.name, flush=True)

    def screen(self, name, *steps):
        """One picture; a screen that cannot be reached is said, and the others are still taken."""
        try:
            for step in steps:
                step()
            self.take(name)
        except (Failed, subprocess.CalledProcessError) as error:
            print(f"FAILED  {self.prefix}-{name}: {error}\n{self.desktop.dump(self.app.pid)}", flush=True)
            self.taken.append(None)

    # ------------------------------------------------------------------------------------------------------ screens

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
        self.close()

    def record_screens(self):
        keys, see, click = self.desktop.keys, self.see, self.click
        self.screen("record", lambda: see("Play"))
        self.screen("export-menu", lambda: click("Export", "button"), lambda: see("Recording (WAV)"))
        keys("Escape")
        self.screen("find", lambda: keys("ctrl+f"), lambda: self.type_into(FIND, "lump"))
        keys("Escape")
        # Played for a while, then stopped: a moving picture is never still.
        self.screen("played", lambda: click("Play", "button"), self.hear, lambda: click("Pause"), lambda: see("Play"))

    def hear(self):
        self.see("Pause")
        wait_for("some sound", lambda: sound.heard_seconds(sound.read_card(self.desktop.played)) > 2, 60)

    def search(self, text):
        self.desktop.keys("ctrl+shift+f")
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
    parser = argparse.ArgumentParser()
    for name in ("programs", "data", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    options.settings = Path("config/settings.json")
    desktop = Desktop(options.out)
    studio = Studio(desktop, options)
    try:
        desktop.start("1500x1000")
        for theme in ("light", "dark"):
            for size, zoom in WINDOWS:
                studio.all_screens(theme, size, zoom)
            studio.refused_key(theme)
    finally:
        desktop.stop()
    for path in studio.taken:
        if path and path.stem in README:
            path.with_stem(README[path.stem]).write_bytes(path.read_bytes())
    missed = studio.taken.count(None)
    print(f"{len(studio.taken) - missed} pictures taken, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
