"""The person at a desk that listens: everything on the screens for live updates is found and done by its name, as a
screen reader has it. What a scenario does with it stands in `live.py`; what is measured with it, in `benches/live.py`."""

import json
import random
import socket
import time

from desktop import Failed, wait_for
from person import FIELD_ROLES, Person

SELDOM = 3_600
"""Seconds between two looks for news: whatever shows sooner was told."""


EDGE = 64
"""What lies nearer to the upper or lower end of the window may be below a bar."""
WHEEL_UP, WHEEL_DOWN = 4, 5


def free_port():
    """One that the system gives to nobody who takes any: it is wanted a moment later."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Listener(Person):
    """Signs in, listens, and is called by the pretended NxVET."""

    def prepare(self, **wishes):
        """A home whose desk looks for news by itself as seldom as it can."""
        folder = self.home / "config"
        folder.mkdir(parents=True, mode=0o700)
        self.home.chmod(0o700)
        (folder / "settings.json").write_text(json.dumps({"poll_seconds": SELDOM} | wishes))

    def start(self, log):
        command = [self.program, "--server", self.vendor.url]
        if "nexhealth" in self.vendor.said:
            command += ["--nexhealth-server", self.vendor.said["nexhealth"]]
        self.app = self.desktop.spawn(command, log, env=self.environment())
        self.wait("the window", lambda: self.desktop.window(self.app.pid), 60)

    # ------------------------------------------------------------------------------------------------------- by name

    def go(self, screen):
        """A click that fell on a dialog that was just closing is made once more; two looks in a row have to agree."""
        for _ in range(3):
            self.desktop.click(self.named(screen, screen, role="page tab"))
            looks = []
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline and looks[-2:] != [True, True]:
                time.sleep(0.15)
                looks.append("selected" in self.named(screen, screen, role="page tab").states)
            if looks[-2:] == [True, True]:
                return
        raise Failed(f"the screen {screen} does not come")

    def click(self, name, role=None):
        self.desktop.click(self.reach(name, lambda part: part.name.startswith(name) and (role is None or role in part.role)))

    def press(self, name):
        """A button that can be pressed by now."""
        self.desktop.click(self.reach(name, lambda part: part.name == name and "sensitive" in part.states))

    def reach(self, what, good):
        """Turns the wheel until it is in sight and stands still."""
        _, top, _, high = self.find("the window's frame", lambda part: part.role == "frame").box
        seen = []

        def in_sight():
            part = self.desktop.find(self.app.pid, lambda part: part.is_seen and good(part))
            if not part:
                return None
            x, y, width, _ = part.box
            seen.append(part.box)
            is_below, is_above = y > top + high - EDGE, y < top + EDGE
            # What the wheel does not move belongs where it is.
            if len(set(seen[-4:])) == 1 and len(seen) > 1 and (len(seen) > 3 or not (is_below or is_above)):
                return part
            if is_below or is_above:
                self.desktop.wheel(x + width // 2, top + high // 2, WHEEL_DOWN if is_below else WHEEL_UP, 2)
            return None

        return self.wait(f"a sight of {what}", in_sight)

    def type_into(self, name, text):
        """Click, whatever stands there away, and the text."""
        self.desktop.click(self.reach(name, lambda part: self.is_field(part, name)))
        wait_for(f"the cursor in {name}", lambda: "focused" in self.field(name).states)
        self.desktop.keys("ctrl+a", "BackSpace")
        self.desktop.type(text)

    def field(self, name):
        return self.find(name, lambda part: self.is_field(part, name))

    @staticmethod
    def is_field(part, name):
        return part.name == name and part.role in FIELD_ROLES

    def tile(self, room, *words, seconds=20):
        """The tile of that room once it says all of these."""

        def says(part):
            return part.name.startswith(f"{room}, ") and part.name.endswith(" today") and all(w in part.name for w in words)

        return self.find(f"{words} on the tile of {room}", says, seconds)

    def row_of(self, *words, seconds=20):
        return self.find(f"a row with {words}", lambda part: self.is_row(part) and all(w in part.name for w in words), seconds)

    def says(self, *starts, seconds=20):
        return self.named(" or ".join(starts), *starts, seconds=seconds)

    # ------------------------------------------------------------------------------------------------------ the steps

    def listen(self):
        """The switch, then a port that is free on this computer."""
        self.port = free_port()
        self.go("Settings")
        self.click("Listen for live updates", "toggle button")
        self.type_into("Port", str(self.port))
        self.desktop.keys("Return")
        self.says(f"Listening at 127.0.0.1:{self.port}")
        return "the desk listens after a switch and a port"

    def set_up(self):
        """By the assistant; the address leads straight to this computer, as a tunnel's would in the end."""
        self.begin_set_up()
        self.says("Live updates work.", seconds=40)
        for hop in ("listens", "leads", "address", "signature"):
            self.find(f"a good hop: {hop}", lambda part, hop=hop: hop in part.name.lower() and part.name.endswith(": good"))
        return "the assistant turns green, hop by hop"

    def begin_set_up(self):
        self.go("Live")
        self.click("Set up live updates", "button")
        self.press("Set it up")
        self.click("There is an address already")
        self.press("Next")
        self.type_into("Public address", f"http://127.0.0.1:{self.port}")
        self.press("Next")
        self.says("Have whoever looks after the address")
        self.press("Next")
