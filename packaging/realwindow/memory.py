"""Looks for texts in the memory of a running program: all of it that can be read and written, without stopping it for
longer than reading takes. Knows nothing of the desk; what must not be found is told."""

import os
import re
import signal
import urllib.parse
from pathlib import Path

import leaks

CHUNK = 64 << 20
NOT_MEMORY = ("[vvar", "[vdso", "[vsyscall", "/dev/dri", "/dev/nvidia")
LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(.*)")


def needles(text):
    """Every byte string that would give a text away, with the name of its disguise."""
    plain = text.encode()
    found = {plain: "plain", urllib.parse.quote(text, safe="").encode(): "percent"}
    for needle in leaks.disguises(text):
        found.setdefault(needle, "disguised")
    return {needle: kind for needle, kind in found.items() if len(needle) >= 6}


def writable(pid):
    """The parts of its memory that hold data: (start, end, name)."""
    parts = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        start, end, rights, name = LINE.match(line).groups()
        if rights.startswith("rw") and not name.startswith(NOT_MEMORY):
            parts.append((int(start, 16), int(end, 16), name or "anonymous"))
    return parts


def snapshot(pid):
    """All of it at one moment."""
    os.kill(pid, signal.SIGSTOP)
    try:
        taken = []
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for start, end, name in writable(pid):
                for at in range(start, end, CHUNK):
                    try:
                        memory.seek(at)
                        taken.append((at, name, memory.read(min(CHUNK, end - at))))
                    except OSError:
                        # A device's memory, or a page that went meanwhile.
                        continue
        return taken
    finally:
        os.kill(pid, signal.SIGCONT)


def size(taken):
    return sum(len(data) for _, _, data in taken)


def find(taken, canaries):
    """Where the texts are, as (which, disguise, address, name of the part, what is around it)."""
    hits = []
    wanted = [(which, needle, kind) for which, text in canaries.items() for needle, kind in needles(text).items()]
    for start, name, data in taken:
        if not data.strip(b"\0"):
            continue
        for which, needle, kind in wanted:
            at = data.find(needle)
            while at >= 0:
                around = data[max(0, at - 96) : at + len(needle) + 96]
                hits.append((which, kind, start + at, name, around))
                at = data.find(needle, at + 1)
    return hits


def find_name(taken, name):
    """A name as a word of its own; short ones stand in longer words by chance."""
    pattern, hits = leaks.name_pattern([name]), []
    for start, part, data in taken:
        for found in pattern.finditer(data):
            around = data[max(0, found.start() - 96) : found.end() + 96]
            hits.append(("the patient's name", "word", start + found.start(), part, around))
    return hits


def counts(hits):
    counted = {}
    for which, *_ in hits:
        counted[which] = counted.get(which, 0) + 1
    return counted


def self_test():
    """It finds what is in this very process, in every disguise, and what was never there it does not find."""
    text = "canary of the " + "memory search"
    wanted = needles(text)
    held = [bytearray(needle) for needle in wanted]
    taken = [(0, "a test", bytes(needle)) for needle in held]
    if {kind for _, kind, *_ in find(taken, {"it": text})} != {"plain", "percent", "disguised"}:
        raise SystemExit("the search of the memory misses a disguise")
    if find(taken, {"it": text[::-1]}):
        raise SystemExit("the search of the memory finds what is not there")
