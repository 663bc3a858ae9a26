#!/usr/bin/env python3
"""The Windows program in a real window, under Wine; see `test.sh`. With `--installer` it only goes through the
installer's own windows and takes their pictures.

    window.py --packages FOLDER --simulator FILE --prepared WINEPREFIX --out FOLDER [--only STEP…]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "realwindow"))

from installer import Installer  # noqa: E402
from morning import Morning, Packages, take  # noqa: E402
from relay import Relay  # noqa: E402
from screen import Screen  # noqa: E402
from vendor import Vendor  # noqa: E402
from waiting import Failed  # noqa: E402
from wine import Wine  # noqa: E402

RECORDS = ["--personality", "production", "--records", "60", "--seed", "7"]


def read_options():
    parser = argparse.ArgumentParser()
    for name in ("packages", "simulator", "prepared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    return parser.parse_args()


def main():
    options = read_options()
    options.out.mkdir(parents=True, exist_ok=True)
    screen = Screen(options.out.resolve())
    began, wine, morning = time.monotonic(), None, None
    try:
        screen.start()
        with tempfile.TemporaryDirectory(prefix="cdwine.", dir="/tmp") as folder:
            try:
                wine = Wine(screen, options.prepared, Path(folder) / "prefix")
                vendor = Vendor(screen, str(options.simulator.resolve()), RECORDS)
                relay = Relay(vendor.url, vendor.key)
                packages = Packages(options.packages)
                morning = Morning(screen, wine, vendor, relay, packages)
                steps = (*Installer(morning).steps(), *morning.steps())
                take(morning, [step for step in steps if not options.only or step.__name__ in options.only])
            except (Failed, OSError, subprocess.SubprocessError) as error:
                print(f"FAILED  {error}", flush=True)
                if morning:
                    morning.explain()
                return 1
            finally:
                if morning:
                    morning.leave()
                if wine:
                    wine.end()
    finally:
        screen.stop()
    print(f"Windows under Wine: {len(morning.proved)} passed, 0 failed in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
