"""Waiting with a deadline: the only way these scripts wait."""

import time

POLL = 0.05


class Failed(Exception):
    """Something that should have happened did not; the text says what."""


def wait_for(what, found, seconds=20):
    """Calls `found` until it gives something, and hands that over."""
    deadline = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds} s in vain for {what}")
        time.sleep(POLL)
