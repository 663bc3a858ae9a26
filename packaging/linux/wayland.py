"""The installed package where there is no X at all: a Wayland desktop without a screen, weston's, that takes a picture of
what it would show. Nobody can click there, so what is done is done as a screen reader does it."""

import subprocess
import sys
from pathlib import Path

import owner
import scenes
from desktop import Desktop, Failed, wait_for

SIZE = (1400, 900)
SOCKET = "wayland-desk"


class WaylandDesktop(Desktop):
    def _display(self, size):
        self.env.pop("DISPLAY", None)
        width, height = SIZE
        command = ["weston", "--backend=headless-backend.so", f"--width={width}", f"--height={height}", f"--socket={SOCKET}"]
        bare = Path(self.env["XDG_RUNTIME_DIR"]) / "weston.ini"
        bare.write_text("[shell]\npanel-position=none\nbackground-color=0xff607080\n")
        # --debug allows the taking of pictures.
        command += ["--use-pixman", "--idle-time=0", "--debug", f"--config={bare}", "--shell=desktop-shell.so"]
        self.spawn(command, "weston.log")
        socket = Path(self.env["XDG_RUNTIME_DIR"]) / SOCKET
        wait_for("the Wayland desktop", socket.exists)
        self.env["WAYLAND_DISPLAY"] = SOCKET

    def window(self, pid):
        """There is no list of windows to ask for: a program that can be read has one."""
        return "a window" if self.find(pid, lambda part: part.role == "frame") else None

    def click(self, part):
        part.node.queryAction().doAction(0)

    def shot(self, name):
        self.shots += 1
        path = self.out / f"{self.shots:02}-{name}.png"
        self.photograph(path)

    def photograph(self, path):
        folder = self.out / "weston"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["weston-screenshooter"], env=self.env, cwd=folder, capture_output=True, text=True, timeout=30)
        taken = sorted(folder.glob("*.png"))
        if not taken:
            raise Failed(f"no picture could be taken: {done.stderr.strip()}")
        taken[-1].rename(path)
        return path


class Owner(owner.Owner):
    def start_from_the_entry(self):
        self.launch()
        self.app = owner.Started(wait_for("the desk", lambda: next(iter(self.desks()), None), 60))
        self.wait("its window", lambda: self.desktop.window(self.app.pid), 60)
        libraries = Path(f"/proc/{self.app.pid}/maps").read_text()
        if "libwayland-client" not in libraries:
            raise Failed("the window is not Wayland's")
        if "DISPLAY=" in Path(f"/proc/{self.app.pid}/environ").read_text().replace("WAYLAND_DISPLAY=", ""):
            raise Failed("there is an X display after all")
        return "its menu entry opens a window where there is no X"

    def look(self):
        """A window that nothing was drawn in has one colour, and the desktop's own another."""
        path = self.desktop.photograph(self.options.out / "full.png")
        said = self.desktop.answer(["/usr/bin/identify", "-format", "%wx%h %k", str(path)])
        size, colours = said.split()
        if size != f"{SIZE[0]}x{SIZE[1]}" or int(colours) < 50:
            raise Failed(f"the picture is {size} in {colours} colours")
        small = self.options.out / "picture-wayland.png"
        self.desktop.answer(["/usr/bin/convert", str(path), "-dither", "None", "-colors", "96", f"PNG8:{small}"])
        return f"what is shown has {colours} colours"

    def end(self):
        """Nobody can press keys there either; a desktop that ends asks its programs in this way."""
        self.app.terminate()
        self.app.wait(20)
        self.app = None
        return "the desk ends when it is asked to"


def wayland(person):
    person.take([person.start_from_the_entry, person.see_samples, person.look, person.end])


def main():
    options = scenes.read_options()
    desktop = WaylandDesktop(options.out)
    return scenes.play(desktop, Owner(desktop, options), {"wayland": wayland})


if __name__ == "__main__":
    sys.exit(main())
