"""Pictures of every screen of the sample clinic: light and dark, two window sizes, twice the size of everything.

Takes the place of `scenario.py` in `run.sh`. A picture is taken when two looks in a row see the same."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from desktop import Desktop, Failed, wait_for
from vendor import Vendor

WINDOWS = (("1280x800", 100), ("1024x640", 100), ("1280x800", 200))
README = {
    "light-1280x800-record": "readme-consultation",
    "dark-1280x800-record": "readme-consultation-dark",
    "light-1280x800-sign-in": "readme-sign-in",
    "light-1280x800-find": "readme-find",
}


class Studio:
    def __init__(self, desktop, options):
        self.desktop, self.options = desktop, options
        self.app, self.prefix, self.runs, self.taken = None, "", 0, []

    def open(self, theme, size, zoom, *arguments):
        self.runs += 1
        home = Path(self.desktop.env["HOME"]) / f"desk-{self.runs}"
        settings = home / self.options.settings
        settings.parent.mkdir(parents=True, mode=0o700)
        home.chmod(0o700)
        settings.write_text(json.dumps({"appearance": theme, "zoom": zoom}))
        env = self.desktop.env | {"CONSULT_DESK_HOME": str(home)}
        program = str(self.options.programs / "consult-desk")
        self.app = self.desktop.spawn([program, *arguments], "app.log", env=env)
        window = wait_for("the window", lambda: self.desktop.window(self.app.pid), 60)
        width, height = size.split("x")
        self.desktop.answer(["xdotool", "windowsize", "--sync", window, width, height])
        self.desktop.answer(["xdotool", "windowactivate", "--sync", window])
        self.prefix = f"{theme}-{size}" + (f"-{zoom}" if zoom != 100 else "")

    def close(self):
        if self.app and self.app.poll() is None:
            self.desktop.keys("alt+F4")
            wait_for("the program to end", lambda: self.app.poll() is not None)
        self.app = None

    def see(self, *starts):
        def good(part):
            return part.is_seen and any(part.name.startswith(start) for start in starts)

        return wait_for(f"{starts} in {self.prefix}", lambda: self.desktop.find(self.app.pid, good), 30)

    def click(self, *starts):
        self.desktop.click(self.see(*starts))

    def take(self, name):
        # The pointer leaves, so that nothing is drawn as if it were pointed at.
        path = self.options.out / f"{self.prefix}-{name}.png"
        window = self.desktop.window(self.app.pid)
        seen = []

        def is_still():
            subprocess.run(["/usr/bin/import", "-window", window, str(path)], env=self.desktop.env, check=True)
            seen.append(subprocess.run(["/usr/bin/convert", str(path), "rgb:-"], capture_output=True, check=True).stdout)
            return len(seen) > 1 and seen[-1] == seen[-2]

        wait_for(f"a still picture of {name}", is_still, 20)
        self.taken.append(path)
        print(path.name, flush=True)

    def screen(self, name, *steps):
        """One picture; a screen that cannot be reached is said and the others are still taken."""
        try:
            for step in steps:
                step()
            self.take(name)
            return True
        except Failed as error:
            print(f"FAILED  {self.prefix}-{name}: {error}\n{self.desktop.dump(self.app.pid)}", flush=True)
            self.taken.append(None)
            return False

    # ------------------------------------------------------------------------------------------------------ screens

    def all_screens(self, theme, size, zoom):
        keys, see, click = self.desktop.keys, self.see, self.click
        self.open(theme, size, zoom)
        self.screen("sign-in", lambda: see("API key"))
        self.close()
        self.open(theme, size, zoom, "--demo")
        self.screen("list", lambda: see(*self.options.patients))
        self.screen("room-menu", lambda: click("Room"), lambda: see("Room 2"))
        keys("Escape")
        self.screen("patient-menu", lambda: click("Patient"))
        keys("Escape")
        self.screen("record", lambda: click(self.options.patient), lambda: see("Play"))
        self.screen("find", lambda: keys("ctrl+f"), lambda: see("Find"), lambda: self.desktop.type("the"))
        keys("Escape")
        self.screen("palette", lambda: keys("ctrl+k"), lambda: self.desktop.type("co"))
        keys("Escape")
        self.screen("shortcuts", lambda: keys("F1"))
        keys("Escape")
        self.screen("filtered-to-nothing", lambda: keys("ctrl+shift+f"), lambda: self.desktop.type("xyzzy"))
        keys("ctrl+a", "BackSpace", "Escape")
        self.screen("settings", lambda: click("Settings"), lambda: see("Appearance"))
        self.close()

    def refused_key(self, theme):
        vendor = Vendor(self.desktop, str(self.options.programs / "nxvet-sim"), ["--personality", "production", "--records", "5"])
        self.open(theme, "1280x800", 100, "--server", vendor.url)
        self.click("API key")
        self.desktop.type("nxvet_sk_this_is_not_a_key_of_anyone")
        self.desktop.keys("Return")
        self.screen("sign-in-refused", lambda: self.see("NxVET did not accept", "Details", "Enter a new"))
        self.close()
        vendor.stop()


def main():
    parser = argparse.ArgumentParser()
    for name in ("programs", "data", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    options.settings = Path("config/settings.json")
    options.patient = "Bella"
    options.patients = ("Bella", "Max", "Luna")
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
