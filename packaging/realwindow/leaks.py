"""Looks for a key or a patient's name where none may be: as it is, and in the usual disguises."""

import base64
import re
from pathlib import Path


def disguises(secret):
    """The byte strings that would give a secret away."""
    plain = secret.encode()
    found = {plain, plain.hex().encode(), plain.hex().upper().encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be")}
    # Base64 of a longer text shows a part of it in one of three ways, by where it begins; the ends depend on what is around it.
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * shift + plain)
            start = (0, 2, 3)[shift]
            found.add(whole[start : len(whole) - 4])
    return found


def key_needles(key):
    """The whole key, and its secret part alone."""
    secret = re.split(r"_", key)[-1]
    return disguises(key) | (disguises(secret) if len(secret) >= 16 else set())


def name_pattern(names):
    """Names as words of their own: `Max` does not stand in `maximum`."""
    plain = [re.escape(name.encode()) for name in names]
    wide = [re.escape(name.encode("utf-16-le")) for name in names if len(name) > 2]
    words = rb"(?<![A-Za-z])(?:" + b"|".join(plain) + rb")(?![A-Za-z])"
    return re.compile(b"|".join([words, *wide]))


def files_under(*folders):
    for folder in folders:
        yield from (path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink())


def is_stores_own(path):
    """Databases and recordings are where patients may be."""
    return path.name.endswith((".db", ".db-wal", ".db-shm")) or "recordings" in path.parts


def find(data, needles, pattern, where):
    """Sentences about what was found in `data`; they do not repeat it."""
    found = [f"the key is in {where}"] if any(needle in data for needle in needles) else []
    hit = pattern.search(data) if pattern else None
    return found + ([f"a patient's name is in {where} at byte {hit.start()}"] if hit else [])


def self_test():
    key, names = "nxvet_sk_0123456789abcdefghij", ["Max", "小花"]
    for text in (key, f"x{key.encode().hex()}x", base64.b64encode(f"key: {key}.".encode()).decode(), "0123456789abcdefghij"):
        if not find(text.encode(), key_needles(key), None, "a test"):
            raise SystemExit(f"the search misses the key in {text}")
    for text, is_bad in (("by Max, 10:00", True), ("maximum Maxwell max", False), ("für 小花", True)):
        if bool(find(text.encode(), set(), name_pattern(names), "a test")) != is_bad:
            raise SystemExit(f"the search for names is wrong about {text}")
