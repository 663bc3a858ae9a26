"""A private screen for programs under Wine: display, window manager, sound card that is recorded, hands and a camera.
Wine tells no screen reader what is in a window, so what is to be proved is read elsewhere; see `morning.py`."""

import os
import signal
import subprocess

import numpy
from soundcard import SoundCard
from waiting import Failed, wait_for

SIZE = "1400x900"


class Screen:
    def __init__(self, out):
        self.out = out
        self.running = []
        self.env = dict(os.environ)
        self.played = out / "written.raw"
        self.monitored = out / "monitor.raw"
        self.card = SoundCard(self)

    def start(self):
        self.card.start()
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE}x24", "-nolisten", "tcp"]
        self.spawn(command, "xvfb.log", pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise Failed("the display did not start; see xvfb.log")
        self.env["DISPLAY"] = f":{number}"
        self.spawn(["openbox"], "openbox.log")
        root = ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"]
        wait_for("the window manager", lambda: "window id" in self.answer(root))

    def spawn(self, command, log, env=None, **how):
        with open(self.out / log, "ab") as file:
            how.setdefault("stdout", file)
            process = subprocess.Popen(command, stderr=file, env=env or self.env, **how)
        self.running.append(process)
        return process

    def stop(self):
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def answer(self, command):
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=30)
        return done.stdout.strip()

    # --------------------------------------------------------------------------------------------- windows and hands

    def window(self, title):
        """The newest visible window with exactly this title; some add a space of their own."""
        found = self.answer(["xdotool", "search", "--onlyvisible", "--name", f"^{title} *$"]).split()
        return found[-1] if found else None

    def to_front(self, window):
        self.answer(["xdotool", "windowactivate", "--sync", window])

    def keys(self, *names):
        subprocess.run(["xdotool", "key", "--delay", "60", *names], env=self.env, check=True)

    def type(self, text):
        # Over standard input: what is typed may be a secret, and arguments are public.
        command = ["xdotool", "type", "--delay", "40", "--file", "-"]
        subprocess.run(command, env=self.env, input=text, text=True, check=True)

    def clipboard(self):
        return self.answer(["timeout", "5", "xclip", "-o", "-selection", "clipboard"])

    def put_on_clipboard(self, text):
        """It stays there as long as the program that put it there, which therefore goes on."""
        holder = self.spawn(["xclip", "-i", "-selection", "clipboard", "-quiet"], "xclip.log", stdin=subprocess.PIPE)
        holder.stdin.write(text.encode())
        holder.stdin.close()
        wait_for("the clipboard", lambda: self.clipboard() == text)

    # ------------------------------------------------------------------------------------------------------- pictures

    def picture(self, window):
        """What the window shows: rows of pixels of three colours."""
        command = ["/usr/bin/import", "-silent", "-window", window, "-depth", "8", "ppm:-"]
        data = subprocess.run(command, env=self.env, capture_output=True, timeout=60).stdout
        head = data.split(b"\n", 3)
        if len(head) < 4 or head[0] != b"P6":
            return None
        width, height = (int(number) for number in head[1].split())
        return numpy.frombuffer(head[3], dtype=numpy.uint8)[: width * height * 3].reshape(height, width, 3)

    def keep(self, picture, name):
        """Small enough for a folder of sources: a picture of a window has few colours."""
        height, width, _ = picture.shape
        ppm = b"P6\n%d %d\n255\n" % (width, height) + picture.tobytes()
        command = ["/usr/bin/convert", "ppm:-", "-strip", "+dither", "-colors", "250", f"png8:{self.out / name}.png"]
        subprocess.run(command, input=ppm, check=True, timeout=60)


def colours(picture):
    """How many different ones; a window that draws nothing has one or two."""
    flat = picture.reshape(-1, 3).astype(numpy.uint32)
    return len(numpy.unique(flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2]))


def difference(one, other):
    """The part of the pixels that are not alike."""
    if one is None or other is None or one.shape != other.shape:
        return 1.0
    return float((numpy.abs(one.astype(int) - other.astype(int)).max(axis=2) > 12).mean())
