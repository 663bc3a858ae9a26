"""How fast the window starts and how little it does when idle, beside a blank Chromium window in the same run.

    sh benches/window.sh
    WINDOW_RECORDS=100000 sh benches/window.sh    with as many; the desk reads them by itself, which takes minutes

Prints Markdown rows. Needs Debian's chromium and python3-xlib, which the script installs."""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packaging" / "realwindow"))
from desktop import Desktop, wait_for  # noqa: E402
from vendor import Vendor  # noqa: E402
from Xlib import X, display  # noqa: E402

RUNS = 5
RECORDS = int(os.environ.get("WINDOW_RECORDS", "10000"))
IDLE_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


class Eye:
    """Looks at one pixel in the middle of the screen."""

    def __init__(self):
        self.root = display.Display().screen().root

    def middle(self):
        return self.root.get_image(640, 700, 1, 1, X.ZPixmap, 0xFFFFFF).data[:3]


def family(pid):
    """The process and all below it."""
    children = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def cpu_seconds(pid):
    total = 0
    for member in family(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / TICKS


def memory(pid):
    """Resident of the main process and proportional of the whole family, in MB."""
    resident = int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024 / 1e6
    shared = 0
    for member in family(pid):
        try:
            shared += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{member}/smaps_rollup").read_text(), re.M)[1])
        except (OSError, TypeError):
            pass
    return resident, shared * 1024 / 1e6


class Bench:
    def __init__(self, desktop, programs, home):
        self.desktop, self.programs, self.home = desktop, programs, home
        self.eye = Eye()

    def start(self, command):
        """Starts a program; answers it and the seconds until its window shows in the middle of the screen."""
        before = self.eye.middle()
        began = time.monotonic()
        process = self.desktop.spawn(command, "programs.log")
        while self.eye.middle() == before:
            time.sleep(0.002)
            assert time.monotonic() - began < 60, command
        return process, time.monotonic() - began

    def stop(self, process):
        for window in self.desktop.answer(["xdotool", "search", "--onlyvisible", "--name", "."]).split():
            self.desktop.answer(["xdotool", "windowactivate", "--sync", window])
            self.desktop.answer(["xdotool", "key", "alt+F4"])
            break
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        wait_for("an empty screen", lambda: self.eye.middle() == b"\x00\x00\x00")

    def log(self):
        files = sorted((self.home / "logs").glob("*"), key=lambda path: path.stat().st_mtime)
        return files[-1].read_text()

    def figure(self, words, name):
        return int(re.findall(rf"{words}.*?\b{name}=(\d+)", self.log())[-1])

    def starts(self, command, is_ours):
        painted, cpu, first, filled, whole, weight = [], [], [], [], [], []
        for _ in range(RUNS):
            process, seconds = self.start(command)
            painted.append(seconds)
            cpu.append(cpu_seconds(process.pid))
            time.sleep(3)
            weight.append(memory(process.pid))
            if is_ours:
                first.append(self.figure("first frame", "milliseconds"))
                filled.append(self.figure(": list shown", "milliseconds"))
                # With the first picture they may all be there.
                last = "whole list shown" if "whole list shown" in self.log() else ": list shown"
                whole.append(self.figure(last, "milliseconds"))
                rows = self.figure(last, "rows")
            self.stop(process)
        middle = statistics.median
        result = {"painted": middle(painted), "cpu": middle(cpu)}
        result |= {"rss": middle(w[0] for w in weight), "pss": middle(w[1] for w in weight)}
        if is_ours:
            result |= {"first": middle(first), "filled": middle(filled), "whole": middle(whole), "rows": rows}
        return result

    def idle(self, command, seconds):
        """Frames drawn in a whole run that was left alone for so long, and the CPU share of that time."""
        process, _ = self.start(command)
        time.sleep(10)
        before = cpu_seconds(process.pid)
        time.sleep(seconds)
        used = cpu_seconds(process.pid) - before
        self.stop(process)
        return self.figure("closing", "frames"), used / max(seconds, 1) * 100


def fill(desktop, command, vendor):
    """Signs in and loads everything, so that the store holds it."""
    app = desktop.spawn(command, "fill.log")
    find = lambda name, role=None: desktop.find(  # noqa: E731
        app.pid, lambda part: part.name.startswith(name) and (role is None or part.role == role)
    )
    button = wait_for("the sign-in box", lambda: find("Sign in"), 60)
    desktop.window(app.pid)
    field = wait_for("the key field", lambda: find("API key", "entry") or find("API key", "password text"))
    desktop.click(field)
    desktop.type(vendor.key)
    desktop.keys("Return")
    del button
    last = ""
    while RECORDS > 20_000:
        if desktop.find(app.pid, lambda part: part.name.startswith("All ") and "loaded" in part.name):
            break
        time.sleep(5)
    while True:
        footer = desktop.find(app.pid, lambda part: "loaded" in part.name and any(c.isdigit() for c in part.name))
        if footer and footer.name.startswith("All "):
            break
        further = find("Look further back")
        if further and (footer and footer.name != last):
            last = footer.name
            desktop.click(further)
        time.sleep(0.1)
    desktop.keys("alt+F4")
    app.wait(10)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=Path)
    parser.add_argument("--data")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    desktop = Desktop(options.out)
    try:
        desktop.start("1280x800")
        home = options.out / "home"
        desktop.env["CONSULT_DESK_HOME"] = str(home)
        (home / "config").mkdir(parents=True)
        # Not locked while it reads for minutes.
        settings = {"horizon_days": 3650, "text_days": 3650, "lock_minutes": None}
        (home / "config" / "settings.json").write_text(json.dumps(settings))
        vendor = Vendor(desktop, str(options.programs / "nxvet-sim"), ["--records", str(RECORDS), "--seed", "1"])
        ours = [str(options.programs / "consult-desk"), "--server", vendor.url]
        fill(desktop, ours, vendor)
        # Measured as most people run it, without a screen reader.
        for name in ("IsEnabled", "ScreenReaderEnabled"):
            desktop.answer(["gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus",
                            "--method", "org.freedesktop.DBus.Properties.Set", "org.a11y.Status", name, "<false>"])
        profile = options.out / "chromium"
        peer = ["chromium", "--app=about:blank", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--window-size=1280,800", "--window-position=0,0", f"--user-data-dir={profile}"]
        bench = Bench(desktop, options.programs, home)
        a, b = bench.starts(ours, True), bench.starts(peer, False)
        print(f"\nMedians of {RUNS} starts, store with {a['rows']} rows\n")
        print("| | Consult Desk | blank Chromium --app | ratio |\n|---|---|---|---|")
        for name, what in (("painted", "window painted, s"), ("cpu", "CPU until then, s"), ("pss", "PSS, MB")):
            print(f"| {what} | {a[name]:.2f} | {b[name]:.2f} | {a[name] / b[name]:.2f} |")
        print(f"| RSS of the main process, MB | {a['rss']:.0f} | {b['rss']:.0f} | |")
        print(f"| first frame after main began, ms | {a['first']} | | |")
        print(f"| list shown after main began, ms | {a['filled']} | | {a['filled'] / 1000 / b['painted']:.2f} |")
        print(f"| all {a['rows']} rows in it, ms | {a['whole']} | | |")
        few, _ = bench.idle(ours, 0)
        many, share = bench.idle(ours, IDLE_SECONDS)
        print(f"\nIdle for {IDLE_SECONDS} s: {many - few} more frames ({few} and {many} in the two runs), {share:.2f} % CPU")
    finally:
        desktop.stop()


if __name__ == "__main__":
    main()
