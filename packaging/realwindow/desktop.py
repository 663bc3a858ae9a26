"""A private desktop for one run: display, window manager, sound card that writes to a file, unlocked key store,
and a file dialog that answers by itself. Knows nothing of Consult Desk.

Everything is waited for with a deadline; what was started is stopped by its own process number."""

import os
import signal
import subprocess
from pathlib import Path

import gi

gi.require_version("Atspi", "2.0")
import pyatspi  # noqa: E402
from gi.repository import GLib  # noqa: E402

from soundcard import SoundCard  # noqa: E402
from waiting import Failed, wait_for  # noqa: E402,F401


class Desktop:
    def __init__(self, out):
        self.out = out
        self.running = []
        self.shots = 0
        self.env = dict(os.environ)
        self.dialog_answer = out / "save-as.txt"
        self.dialog_log = out / "dialogs.log"
        self.card = None
        self.played = out / "played.raw"
        self.monitored = out / "monitor.raw"

    # ---------------------------------------------------------------------------------------------- start and stop

    def start(self, size):
        self._keys()
        self.card = SoundCard(self)
        self.card.start()
        self._dialogs()
        self._display(size)
        self._accessibility()

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

    def _keys(self):
        # The password opens the login ring, as signing in to a computer does.
        daemon = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        process = self.spawn(daemon, "keyring.log", stdin=subprocess.PIPE)
        process.stdin.write(b"a password for one run")
        process.stdin.close()
        name = "org.freedesktop.secrets"
        ask = ["gdbus", "call", "--session", "--dest", name, "--object-path", "/org/freedesktop/secrets/aliases/default"]
        ask += ["--method", "org.freedesktop.DBus.Properties.Get", "org.freedesktop.Secret.Collection", "Locked"]
        wait_for("an unlocked key store", lambda: "false" in self.answer(ask))

    def _dialogs(self):
        """The file dialog falls back to zenity where the bus has no portal; this zenity answers by itself."""
        folder = Path(self.env["XDG_RUNTIME_DIR"]) / "bin"
        folder.mkdir()
        fake = folder / "zenity"
        fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{self.dialog_log}"\nexec cat "{self.dialog_answer}"\n')
        fake.chmod(0o755)
        self.env["PATH"] = f"{folder}:{self.env['PATH']}"

    def _display(self, size):
        # The server picks a free number itself and writes it down; a fixed one may be somebody else's.
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
        self.spawn(command, "xvfb.log", pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise Failed("the display did not start; see xvfb.log")
        self.env["DISPLAY"] = f":{number}"
        os.environ["DISPLAY"] = self.env["DISPLAY"]
        self.spawn(["openbox"], "openbox.log")
        root = ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"]
        wait_for("the window manager", lambda: "window id" in self.answer(root))

    def _accessibility(self):
        # Without this, before a program starts, its tree stays empty.
        for name in ("IsEnabled", "ScreenReaderEnabled"):
            command = ["gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus"]
            command += ["--method", "org.freedesktop.DBus.Properties.Set", "org.a11y.Status", name, "<true>"]
            wait_for("the accessibility bus", lambda command=command: self.answer(command) == "()")

    def answer(self, command):
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=30)
        return done.stdout.strip()

    # -------------------------------------------------------------------------------------------- the window's tree

    def nodes(self, pid):
        """Every part of the program's windows that a screen reader would find, parents first."""
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass
        everything = pyatspi.Registry.getDesktop(0)
        everything.clear_cache()
        for application in everything:
            try:
                if application and application.get_process_id() == pid:
                    yield from self._below(application)
            except GLib.Error:
                continue

    def _below(self, node):
        node.clear_cache()
        part = Part(node)
        if part.is_alive:
            yield part
            for child in node:
                if child is not None:
                    yield from self._below(child)

    def find(self, pid, good):
        try:
            return next((part for part in self.nodes(pid) if good(part)), None)
        except GLib.Error:
            return None

    def find_all(self, pid, good):
        try:
            return [part for part in self.nodes(pid) if good(part)]
        except GLib.Error:
            return []

    def dump(self, pid):
        lines = []
        try:
            for part in self.nodes(pid):
                lines.append(f"{part.role:16} {part.name!r} text={part.text[:60]!r} at={part.box} {' '.join(part.states)}")
        except GLib.Error as error:
            lines.append(f"the tree broke off: {error}")
        return "\n".join(lines)

    # ------------------------------------------------------------------------------------------- hands and a camera

    def window(self, pid):
        found = self.answer(["xdotool", "search", "--onlyvisible", "--pid", str(pid)]).split()
        return found[-1] if found else None

    def click(self, part):
        x, y, width, height = part.box
        # Near the top: the lower part of a tall thing may be scrolled out of sight.
        subprocess.run(
            ["xdotool", "mousemove", str(x + width // 2), str(y + min(height // 2, 20)), "sleep", "0.1", "click", "1"],
            env=self.env,
            check=True,
        )

    def click_at(self, x, y, seconds=0.12):
        """As long as a finger takes."""
        moves = ["mousemove", str(x), str(y), "sleep", "0.1", "mousedown", "1", "sleep", str(seconds), "mouseup", "1"]
        subprocess.run(["xdotool", *moves], env=self.env, check=True)

    def drag(self, start, end, holding=None):
        """From one place to another, in steps as a hand does it."""
        (x, y), steps = start, 8
        moves = ["mousemove", str(x), str(y), "sleep", "0.1", "mousedown", "1"]
        for step in range(1, steps + 1):
            across, down = (end[0] - x) * step // steps, (end[1] - y) * step // steps
            moves += ["mousemove", str(x + across), str(y + down), "sleep", "0.04"]
        moves += ["sleep", "0.1", "mouseup", "1"]
        if holding:
            moves = ["keydown", holding, *moves, "keyup", holding]
        subprocess.run(["xdotool", *moves], env=self.env, check=True)

    def wheel(self, x, y, button, clicks):
        moves = ["mousemove", str(x), str(y), "sleep", "0.1", "click", "--repeat", str(clicks), "--delay", "60", str(button)]
        subprocess.run(["xdotool", *moves], env=self.env, check=True)

    def keys(self, *names):
        subprocess.run(["xdotool", "key", "--delay", "40", *names], env=self.env, check=True)

    def close_by_keys(self, app):
        """Alt+F4, as a person presses it: again when nothing happens. About one press in two hundred right after a
        window came up has no effect, and the next one does; it is said, so that it is noticed when it grows."""
        for _ in range(3):
            window = self.window(app.pid)
            if window:
                self.answer(["xdotool", "windowactivate", "--sync", window])
                self.keys("alt+F4")
            try:
                return wait_for("the program to end", lambda: app.poll() is not None, 7)
            except Failed:
                print("note: Alt+F4 had no effect and is pressed again", flush=True)
        raise Failed("three times Alt+F4 did not end the program")

    def type(self, text):
        # Over standard input: what is typed may be a secret, and arguments are public.
        subprocess.run(
            ["xdotool", "type", "--delay", "25", "--file", "-"], env=self.env, input=text, text=True, check=True
        )

    def shot(self, name):
        self.shots += 1
        path = self.out / f"{self.shots:02}-{name}.png"
        subprocess.run(["/usr/bin/import", "-window", "root", str(path)], env=self.env, check=True)


class Part:
    """One part of a window as a screen reader sees it, read once."""

    def __init__(self, node):
        self.name, self.role, self.box, self.text, self.states, self.is_alive = "", "", (0, 0, 0, 0), "", [], True
        self.node, self.value = node, None
        try:
            self.name = node.name or ""
            self.role = node.getRoleName()
            self.states = [pyatspi.stateToString(state) for state in node.getState().getStates()]
            try:
                box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
                self.box = (box.x, box.y, box.width, box.height)
            except NotImplementedError:
                pass
            try:
                self.text = node.queryText().getText(0, -1)
            except NotImplementedError:
                pass
            if self.role == "slider":
                self.value = node.queryValue().currentValue
        except (GLib.Error, LookupError, RuntimeError):
            # It went away while it was read; windows do that.
            self.is_alive = False

    def again(self):
        """As it is now; nothing when it is no more."""
        self.node.clear_cache()
        now = Part(self.node)
        return now if now.is_alive and now.name else None

    @property
    def is_seen(self):
        return "showing" in self.states or self.box[2] > 0
