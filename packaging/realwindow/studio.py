"""Opens the program as a picture of it wants it: theme, size, zoom, a home of its own. Takes pictures when the window
stands still. Which screens there are stands in `screenshots.py` and `player_pictures.py`."""

import json
import subprocess
from pathlib import Path

import sound
from desktop import Failed, wait_for


class Studio:
    def __init__(self, desktop, options):
        self.desktop, self.options = desktop, options
        self.app, self.prefix, self.size, self.is_narrow = None, "", "", False
        self.runs, self.taken = 0, []

    def open(self, theme, size, zoom, *arguments, **wishes):
        self.runs += 1
        self.home = Path(self.desktop.env["HOME"]) / f"{type(self).__name__.lower()}-{self.runs}"
        settings = self.home / self.options.settings
        settings.parent.mkdir(parents=True, mode=0o700)
        self.home.chmod(0o700)
        settings.write_text(json.dumps({"appearance": theme, "zoom": zoom} | wishes))
        env = self.desktop.env | {"CONSULT_DESK_HOME": str(self.home)}
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
            self.desktop.close_by_keys(self.app)
        self.app = None

    def sign_in(self, vendor):
        self.click("API key", "text")
        self.type_into("API key", vendor.key)
        self.desktop.keys("Return")

    def see(self, name, role="", patience=20):
        """Waits for a part whose name begins so."""

        def good(part):
            return part.is_seen and part.name.startswith(name) and role in part.role

        return wait_for(f"{name} in {self.prefix}", lambda: self.desktop.find(self.app.pid, good), patience)

    def click(self, name, role=""):
        self.desktop.click(self.see(name, role))

    def type_into(self, name, text):
        """Types once the cursor is where it should be."""

        def is_ready(part):
            return part.name == name and "focused" in part.states

        wait_for(f"the cursor in {name}", lambda: self.desktop.find(self.app.pid, is_ready), 20)
        self.desktop.type(text)

    def hear(self):
        self.see("Pause")
        wait_for("some sound", lambda: sound.heard_seconds(sound.read_card(self.desktop.played)) > 2, 60)

    def look(self):
        command = ["/usr/bin/import", "-window", self.desktop.window(self.app.pid), "-depth", "8", "rgb:-"]
        return subprocess.run(command, env=self.desktop.env, capture_output=True, check=True).stdout

    def take(self, name, pointer=(0, 0), moves=False):
        """What moves by itself is taken as it is at that moment."""
        path = self.options.out / f"{self.prefix}-{name}.png"
        # Away, so that nothing is drawn as if it were pointed at; or to what is to be pointed at.
        subprocess.run(["xdotool", "mousemove", *map(str, pointer)], env=self.desktop.env, check=True)
        seen = [b""]

        def is_still():
            seen.append(self.look())
            return seen[-1] == seen[-2] or (moves and len(seen) > 3)

        wait_for(f"a still picture of {name}", is_still, 20)
        command = ["/usr/bin/convert", "-size", self.size, "-depth", "8", "rgb:-", str(path)]
        subprocess.run(command, input=seen[-1], check=True)
        self.taken.append(path)
        print(path.name, flush=True)

    def screen(self, name, *steps, **how):
        """One picture; a screen that cannot be reached is said, and the others are still taken."""
        try:
            for step in steps:
                step()
            self.take(name, **how)
        except (Failed, subprocess.CalledProcessError) as error:
            print(f"FAILED  {self.prefix}-{name}: {error}\n{self.desktop.dump(self.app.pid)}", flush=True)
            self.taken.append(None)
