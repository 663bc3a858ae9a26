"""The ways of drawing, in the real window: drivers are hidden one by one and the desk opens all the same, or says that
it cannot; the device is lost while a recording is heard, and the desk goes on in a new window; parts of it fail, and it
says so. See `run.sh`. Losing and failing on purpose is only built into debug builds; without them those steps are left
out, and said to be."""

import json
import os
import shutil
import signal
import sys
import time
from functools import partial
from pathlib import Path

import sound
from desktop import Desktop, Failed, wait_for
from passes import read_options, run_passes, see_through
from person import Person
from vendor import Vendor

NOWHERE = "/nonexistent"
NO_GL = {"LIBGL_DRIVERS_PATH": NOWHERE, "__EGL_VENDOR_LIBRARY_FILENAMES": NOWHERE}
NO_VULKAN = {"VK_DRIVER_FILES": NOWHERE, "VK_ICD_FILENAMES": NOWHERE}
OLD_GL = {"MESA_GL_VERSION_OVERRIDE": "1.1", "MESA_GLES_VERSION_OVERRIDE": "1.1"}
CANARY = "Bella, Room 1"
"""What every failure on purpose says; no file may hold it afterwards."""


class Witness(Person):
    """Opens the desk on computers that lack something, and takes what it draws with away from it."""

    more = {}
    arguments = ()

    def run(self):
        self.accidents = self.home.parent / f"{self.title}-accidents"
        self.accidents.mkdir(parents=True, exist_ok=True)
        self.take([self.draws_with_opengl, self.without_opengl, self.remembers, self.forgets, self.with_old_opengl])
        self.take([self.without_vulkan, self.forced, self.forced_in_vain, self.without_anything])
        self.take([self.change_of_screen])
        if not self.can_lose():
            print(f"left out  {self.title}: this build loses and fails nothing on purpose", flush=True)
            return
        self.take([self.lost_device, self.failed_painting, self.failed_thread, self.failed_twice, self.failed_for_good])
        self.take([self.no_content])

    # --------------------------------------------------------------------------------------------------- without parts

    def environment(self):
        return super().environment() | {"CONSULT_DESK_REHEARSAL": str(self.accidents)} | self.more

    def open_on(self, more, *arguments):
        self.more = more
        command = [self.program, "--demo", *arguments]
        self.app = self.desktop.spawn(command, self.log, env=self.environment())

    def opens_on(self, more, wanted, *arguments):
        """How long it took until the list stood there; with which renderer is what the desk itself noted."""
        began = time.monotonic()
        self.open_on(more, *arguments)
        self.wait("the list", self.rows, 60)
        took = time.monotonic() - began
        drawn = wait_for("the note of the renderer", self.worked)
        if drawn != wanted:
            raise Failed(f"it was drawn with {drawn}, not with {wanted}")
        return f"{took:.1f} s"

    def worked(self):
        try:
            note = json.loads((self.home / "cache" / "renderer.json").read_text())
            return None if note["trying"] else note["worked"]
        except (OSError, ValueError, KeyError):
            return None

    def lost_windows(self):
        """Of this run, as its log tells."""
        log = (self.home / "logs" / "consult-desk.log").read_text(errors="replace")
        return log.count("the window was lost")

    def draws_with_opengl(self):
        took = self.opens_on({}, "glow")
        if self.lost_windows():
            raise Failed("a window was lost before")
        self.quit()
        return f"with all drivers glow draws the list within {took}"

    def without_opengl(self):
        took = self.opens_on(NO_GL, "wgpu-software")
        lost = self.lost_windows()
        self.quit()
        return f"without OpenGL, after {lost} that did not begin, wgpu on the processor draws the list within {took}"

    def remembers(self):
        took = self.opens_on(NO_GL, "wgpu-software")
        # The one on a graphics card is tried before the one on the processor until it fails too.
        lost = self.lost_windows()
        self.quit()
        if lost:
            raise Failed(f"{lost} windows were lost on the way to the one that worked last time")
        return f"the next start begins with what worked: {took}"

    def forgets(self):
        took = self.opens_on({}, "glow")
        self.quit()
        return f"with other drivers it begins at the top again: glow, {took}"

    def with_old_opengl(self):
        took = self.opens_on(OLD_GL, "wgpu-software")
        self.quit()
        return f"with OpenGL 1.1, as over Remote Desktop, wgpu on the processor draws the list within {took}"

    def without_vulkan(self):
        took = self.opens_on(NO_VULKAN, "glow")
        self.quit()
        took_wgpu = self.says_in_a_box(NO_VULKAN, "--renderer", "wgpu")
        return f"without Vulkan glow draws the list within {took}; wgpu alone says that it cannot after {took_wgpu}"

    def forced(self):
        took = self.opens_on({}, "wgpu-software", "--renderer", "wgpu")
        self.quit()
        return f"wgpu draws when it is asked for: {took}"

    def forced_in_vain(self):
        took = self.says_in_a_box({}, "--renderer", "wgpu-hardware")
        return f"a graphics card that is asked for and is not there is said to be missing after {took}"

    def without_anything(self):
        return f"without any driver a message box says so after {self.says_in_a_box(NO_GL | NO_VULKAN)}, exit code 1"

    def says_in_a_box(self, more, *arguments):
        log = self.desktop.dialog_log
        log.unlink(missing_ok=True)
        began = time.monotonic()
        self.open_on(more, *arguments)
        wait_for("the message box", lambda: log.exists() and log.stat().st_size, 30)
        took = time.monotonic() - began
        wait_for("the end of the program", lambda: self.app.poll() is not None)
        code, self.app = self.app.returncode, None
        words = log.read_text()
        if code != 1 or "no way of drawing" not in words:
            raise Failed(f"exit code {code}, {words!r}")
        return f"{took:.1f} s"

    def change_of_screen(self):
        """A screen with finer dots and back again, as when the window is dragged to another, minimised in between."""
        settings = self.desktop.out / "screen.conf"
        settings.write_text(f"Xft/DPI {96 * 1024}\n")
        teller = self.desktop.spawn(["xsettingsd", "-c", str(settings)], "screen.log")
        self.opens_on({}, "glow")
        self.rows_are_high(54)
        for dots, high in ((144, 81), (96, 54)):
            self.desktop.answer(["xdotool", "windowminimize", self.desktop.window(self.app.pid)])
            settings.write_text(f"Xft/DPI {dots * 1024}\n")
            teller.send_signal(signal.SIGHUP)
            self.second_start()
            self.rows_are_high(high)
            self.desktop.shot(f"{self.title}-{dots}-dots")
        lost = self.lost_windows()
        self.quit()
        if lost:
            raise Failed("the window was lost")
        return "the window follows to a screen with half as many dots again and back, and while it is minimised"

    def rows_are_high(self, high):
        self.wait(f"rows of {high} dots", lambda: any(row.box[3] == high for row in self.rows()))

    def second_start(self):
        second = self.desktop.spawn([self.program, "--demo"], "second.log", env=self.environment())
        wait_for("the second start to end", lambda: second.poll() is not None, 20)

    # ------------------------------------------------------------------------------------------------------- accidents

    def can_lose(self):
        """Whether the build knows accidents: it takes the file of one away when it draws."""
        self.opens_on({}, "glow")
        probe = self.accidents / "lose-device"
        probe.touch()
        self.move()
        try:
            wait_for("the file to be taken", lambda: not probe.exists(), 5)
            return True
        except Failed:
            return False
        finally:
            probe.unlink(missing_ok=True)
            self.quit()

    def move(self):
        """Something to draw for."""
        self.desktop.answer(["xdotool", "mousemove", "700", "400", "mousemove", "710", "410"])

    def happen(self, accident):
        (self.accidents / accident).touch()
        self.move()
        wait_for(f"{accident} to happen", lambda: not (self.accidents / accident).exists(), 20)

    def hear_something(self):
        """Opens a record further down the list, and plays it."""
        rows = self.rows()
        x, y, width, height = rows[len(rows) // 2].box
        self.desktop.wheel(x + width // 2, y, 5, 4)
        time.sleep(0.8)
        row = self.find("a short one", lambda part: self.is_row(part) and part.name.startswith("Max, Domestic Shorthair"))
        self.desktop.click(row)
        self.desktop.click(self.find("the play button", lambda part: part.name == "Play"))
        self.named("the pause button", "Pause", seconds=30)

    def picture(self):
        """What a person would miss: rows and where they stand, the chosen one, how far the recording has come."""
        rows = {row.name: (row.box, "selected" in row.states or "pressed" in row.states) for row in self.rows()}
        place = self.desktop.find(self.app.pid, lambda part: part.role == "slider" and part.name.startswith("Position"))
        return rows, place and place.value

    def survives(self, accident, before_with, after_with):
        window = self.desktop.window(self.app.pid)
        before, place = self.picture()
        self.desktop.shot(f"{self.title}-before-{accident}")
        self.happen(accident)
        began = time.monotonic()
        other = self.wait("another window", lambda: self.other_window(window), 30)
        self.wait("the rows", self.rows, 30)
        took = time.monotonic() - began
        self.named("the pause button", "Pause")
        time.sleep(1)
        after, later = self.picture()
        self.desktop.shot(f"{self.title}-after-{accident}")
        if before != after:
            raise Failed(f"{before} became {after}")
        if place is not None and not later > place:
            raise Failed(f"the recording stands still: {place}, {later}")
        drawn = wait_for("the note of the renderer", self.worked)
        if drawn != after_with:
            raise Failed(f"it went on with {drawn} in window {other}")
        return took, len(after)

    def other_window(self, former):
        now = self.desktop.window(self.app.pid)
        return now if now and now != former else None

    def heard_gap(self, since):
        """The longest silence in what was played since then, in seconds."""
        played = sound.read_card(self.desktop.played)[since:]
        quiet = longest = 0
        for at in range(0, len(played) - 480, 480):
            quiet = quiet + 1 if abs(played[at : at + 480]).max() <= 2 else 0
            longest = max(longest, quiet)
        return longest / 100

    def lost_device(self):
        self.opens_on({}, "wgpu-software", "--renderer", "wgpu")
        self.quit()
        self.opens_on(NO_GL, "wgpu-software")
        self.hear_something()
        since = len(sound.read_card(self.desktop.played))
        # All rungs below are gone: OpenGL is hidden. So it has to come back on the one it had, which it may only after
        # it stood for a while.
        time.sleep(61)
        took, rows = self.survives("lose-device", "wgpu-software", "wgpu-software")
        said = self.desktop.find(self.app.pid, lambda part: "The picture was lost" in f"{part.name} {part.text}")
        gap = self.heard_gap(since)
        self.quit()
        return (
            f"the device is lost in the middle of a recording: {rows} rows stand where they stood {took:.1f} s later, the same "
            f"is chosen, it plays on (longest silence {gap:.2f} s){', and a notice says it' if said else ''}"
        )

    def failed_painting(self):
        self.opens_on({}, "glow")
        self.hear_something()
        took, rows = self.survives("fail-painting", "glow", "wgpu-software")
        self.quit()
        return f"a panic in the renderer: {rows} rows stand where they stood after {took:.1f} s, drawn by wgpu on the processor"

    def failed_thread(self):
        shutil.rmtree(self.home / "cache", ignore_errors=True)
        self.opens_on({}, "glow")
        self.happen("fail-behind")
        self.find("the notice", lambda part: "Part of Consult Desk failed" in f"{part.name} {part.text}")
        self.desktop.click(self.find("its button", lambda part: part.name == "Show the report"))
        self.find("the report", lambda part: "Thread: rehearsal" in f"{part.name} {part.text}")
        self.desktop.shot(f"{self.title}-report")
        self.quit()
        return "a thread that fails is told of, the report opens, and the window stays"

    def failed_twice(self):
        self.opens_on({}, "glow")
        time.sleep(61)
        window = self.desktop.window(self.app.pid)
        self.happen("fail-drawing")
        self.wait("another window", lambda: self.other_window(window), 30)
        self.wait("the rows", self.rows, 30)
        self.find("the notice", lambda part: "Part of Consult Desk failed" in f"{part.name} {part.text}")
        self.desktop.dialog_log.unlink(missing_ok=True)
        self.no_to_boxes()
        self.happen("fail-drawing")
        wait_for("the question", lambda: self.desktop.dialog_log.exists(), 30)
        wait_for("the end of the program", lambda: self.app.poll() is not None)
        code, self.app = self.app.returncode, None
        if code != 1:
            raise Failed(f"exit code {code}")
        return "a drawing that fails comes back with the desk as it was; when it fails again the desk ends and asks"

    def no_to_boxes(self):
        """The pretended box answers with its exit code: 0 is yes, and a missing file is no."""
        self.desktop.dialog_answer.unlink(missing_ok=True)

    def failed_for_good(self):
        self.opens_on({}, "glow")
        self.find("what the desk before this one left", self.is_last_words)
        self.desktop.dialog_answer.write_text("")
        self.happen("fail-thinking")
        old, began = self.app, time.monotonic()
        wait_for("the end of the program", lambda: old.poll() is not None)
        pid = wait_for("another desk", lambda: self.started_again(old.pid), 20)
        self.app = Stranger(pid)
        self.find("what it says of the one before", self.is_last_words, 30)
        took = time.monotonic() - began
        self.desktop.shot(f"{self.title}-closed-unexpectedly")
        self.desktop.close_by_keys(self.app)
        self.app = None
        return f"a failure of the desk itself ends it, a yes starts it again, and {took:.1f} s later it says what happened"

    def is_last_words(self, part):
        return "closed unexpectedly last time" in f"{part.name} {part.text}"

    def started_again(self, former):
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and int(entry.name) != former and os.readlink(entry / "exe") == str(self.program):
                    if f"CONSULT_DESK_HOME={self.home}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                        return int(entry.name)
            except OSError:
                continue
        return None

    def no_content(self):
        files = [path for path in self.home.rglob("*") if path.is_file()]
        files += [path for path in self.desktop.out.glob("*.log") if path.is_file()]
        holders = [path.name for path in files if CANARY.encode() in path.read_bytes()]
        if holders:
            raise Failed(f"what a failure said stands in {holders}")
        reports = len(list((self.home / "logs").glob("report-*.txt")))
        return f"none of {len(files)} files holds what the failures said; {reports} reports are kept"


class Stranger:
    """A program that somebody else started, as `subprocess` shows its own."""

    returncode = 0

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        return None if Path(f"/proc/{self.pid}").exists() else 0

    def terminate(self):
        os.kill(self.pid, 15)

    def wait(self, seconds):
        wait_for("its end", lambda: self.poll() is not None, seconds)


def one(desktop, options):
    vendor = Vendor(desktop, options.programs / "nxvet-sim", [])
    program = options.programs.resolve() / "consult-desk"
    witness = Witness(desktop, vendor, program, Path(desktop.env["HOME"]) / "desk", "renderers")
    return see_through(witness, vendor, "renderers")


def main():
    options = read_options()
    desktop = Desktop(options.out)
    sys.exit(run_passes("renderers", desktop, [partial(one, desktop, options)]))


if __name__ == "__main__":
    main()
