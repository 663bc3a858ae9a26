"""The window of the desk beside those of audacity, quodlibet and an app drawn by Chromium: seconds until it is painted,
processor time until then, memory three seconds later; and what each takes on the disk. Started by sizes.sh.

Every window fills the screen, and the same point of it is watched. Each program is started once unmeasured, so that what
it reads is in memory and its first-run work is done; then all of them take turns."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import window  # noqa: E402
from desktop import Desktop  # noqa: E402
from vendor import Vendor  # noqa: E402

RUNS = int(os.environ.get("RUNS", "5"))
# Programs and the packages of Debian that only they need.
PEERS = {"audacity": ("audacity", "audacity-data"), "quodlibet": ("quodlibet", "exfalso"),
         "Chromium --app": ("chromium", "chromium-common")}
OPENBOX = Path("/etc/xdg/openbox/rc.xml")
MAXIMISED = '<applications><application type="normal"><maximized>yes</maximized><decor>no</decor></application>'
# It forgets settings that do not say their version.
AUDACITY = """PrefsVersion=1.1.1r1
[Version]
Major=3
Minor=2
Micro=4
[Locale]
Language=en
[GUI]
ShowSplashScreen=0
"""
PAGE = """<!doctype html><title>Consultations</title><body style="font:15px sans-serif;background:#f6f8f8">
<h1>Consultations</h1><ul>{rows}</ul></body>"""


def settle(home, out):
    """Windows fill the screen; the others show no welcome and ask no questions before their windows."""
    config = Path(os.environ["XDG_CONFIG_HOME"])
    for folder in ("openbox", "audacity", "quodlibet"):
        (config / folder).mkdir(parents=True, exist_ok=True)
    (config / "openbox" / "rc.xml").write_text(OPENBOX.read_text().replace("<applications>", MAXIMISED, 1))
    (config / "audacity" / "audacity.cfg").write_text(AUDACITY)
    (out / "music").mkdir()
    (config / "quodlibet" / "config").write_text(f"[settings]\nscan = {out}/music\n")
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.json").write_text(json.dumps({"horizon_days": 3650, "text_days": 3650}))
    rows = "".join(f"<li>Patient {number}, Room {number % 5}</li>" for number in range(300))
    (out / "page.html").write_text(PAGE.format(rows=rows))


def commands(options, vendor):
    profile = options.out / "chromium"
    return {
        "Consult Desk": [str(options.programs / "consult-desk"), "--server", vendor.url],
        "audacity": ["audacity"],
        "quodlibet": ["quodlibet", "--no-plugins"],
        "Chromium --app": ["chromium", f"--app=file://{options.out}/page.html", "--no-sandbox", "--disable-gpu",
                           "--no-first-run", "--disable-quic", "--disable-background-networking",
                           "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}"],
    }


class Turn:
    """What one start cost."""

    def __init__(self, bench, command, is_ours, picture=None):
        process, self.painted = bench.start(command)
        self.cpu = window.cpu_seconds(process.pid)
        time.sleep(3)
        self.rss, self.pss = window.memory(process.pid)
        if picture:
            bench.desktop.answer(["import", "-window", "root", str(picture)])
        self.first = bench.figure("first frame", "milliseconds") if is_ours else None
        bench.stop(process)


def measure(bench, programs):
    turns = {name: [] for name in programs}
    for name, command in programs.items():
        # A picture shows whether it is the window that is measured, and no question before it.
        Turn(bench, command, name == "Consult Desk", bench.desktop.out / f"{name.split()[0].lower()}.png")
    for _ in range(RUNS):
        for name, command in programs.items():
            turns[name].append(Turn(bench, command, name == "Consult Desk"))
    return turns


def print_starts(turns):
    print(f"\nMedians of {RUNS} starts in turn, least and most in brackets\n")
    print("| | " + " | ".join(turns) + " |\n|---|" + "---|" * len(turns))
    rows = [("window painted, s", "painted", 2), ("CPU until then, s", "cpu", 2), ("PSS of all its processes, MB", "pss", 0),
            ("RSS of the main process, MB", "rss", 0)]
    for words, figure, digits in rows:
        cells = []
        for several in turns.values():
            values = sorted(getattr(turn, figure) for turn in several)
            cells.append(f"{statistics.median(values):.{digits}f} ({values[0]:.{digits}f}–{values[-1]:.{digits}f})")
        print(f"| {words} | " + " | ".join(cells) + " |")
    first = statistics.median(turn.first for turn in turns["Consult Desk"])
    print(f"| first frame after main began, ms | {first:.0f} | " + " | ".join("" for _ in list(turns)[1:]) + " |")


def debian(package, field):
    done = subprocess.run(["apt-cache", "show", "--no-all-versions", package], capture_output=True, text=True)
    found = [line.split()[1] for line in done.stdout.splitlines() if line.startswith(f"{field}:")]
    return int(found[0]) if found else 0


def print_sizes(programs):
    print("\n| | bytes |\n|---|---|")
    print(f"| consult-desk (Linux) | {(programs / 'consult-desk').stat().st_size:,} |")
    folder = Path(os.environ["PACKAGES"])
    files = sorted(path for path in folder.glob("*") if path.suffix in (".exe", ".deb", ".rpm", ".msi", ".dmg"))
    for path in files:
        print(f"| {path.name} | {path.stat().st_size:,} |")
    if not files:
        print(f"| no packages in {folder.name} | |")
    for name, packages in PEERS.items():
        size = sum(debian(package, "Size") for package in packages)
        on_disk = sum(debian(package, "Installed-Size") for package in packages) * 1024
        print(f"| {name}: {' and '.join(packages)}, to download / on the disk | {size:,} / {on_disk:,} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=Path)
    parser.add_argument("--data")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    desktop = Desktop(options.out)
    home = options.out / "home"
    try:
        settle(home, options.out)
        desktop.start("1280x800")
        desktop.env["CONSULT_DESK_HOME"] = str(home)
        vendor = Vendor(desktop, str(options.programs / "nxvet-sim"), ["--records", "1000", "--seed", "1"])
        programs = commands(options, vendor)
        window.fill(desktop, programs["Consult Desk"], vendor)
        # Measured as most people run it, without a screen reader.
        for name in ("IsEnabled", "ScreenReaderEnabled"):
            desktop.answer(["gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus",
                            "--method", "org.freedesktop.DBus.Properties.Set", "org.a11y.Status", name, "<false>"])
        print_starts(measure(window.Bench(desktop, options.programs, home), programs))
        print_sizes(options.programs)
    finally:
        desktop.stop()


main()
