"""How a scenario is started and how its passes are counted; the same for every one that `run.sh` runs."""

import argparse
import time
from pathlib import Path

from waiting import Failed

ROOM = "1400x900"
"""Room for the window and the frame around it."""


def read_options():
    parser = argparse.ArgumentParser()
    for name in ("programs", "data", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    return parser.parse_args()


def see_through(person, vendor, title):
    """One person's steps, how many went well and how many failed; whatever happens, desk and server are ended."""
    try:
        person.run()
        return len(person.passed), 0
    except (Failed, OSError) as error:
        print(f"FAILED  {title}: {error}", flush=True)
        person.explain()
        return len(person.passed), 1
    finally:
        person.leave()
        vendor.stop()


def run_passes(title, desktop, passes):
    """Each pass answers how many steps went well and how many failed; the answer is the program's exit code."""
    passed = failed = 0
    began = time.monotonic()
    try:
        desktop.start(ROOM)
        for one in passes:
            good, bad = one()
            passed, failed = passed + good, failed + bad
    except Failed as error:
        print(f"FAILED  {error}")
        failed += 1
    finally:
        desktop.stop()
    print(f"{title}: {passed} passed, {failed} failed in {time.monotonic() - began:.0f} s")
    return 0 if passed and not failed else 1
