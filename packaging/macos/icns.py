#!/usr/bin/env python3
"""Joins the icon's pictures into packaging/macos/consult-desk.icns. Every part is a PNG, as macOS has read them since
10.7; it scales the smallest one down for the places that show sixteen pixels.

    icns.py            makes the file; the largest picture is drawn from the SVG by rsvg-convert (Debian: librsvg2-bin)
    icns.py --check    says whether the file is whole and its pictures are those of assets/icon
"""

import struct
import subprocess
import sys
from pathlib import Path

ICONS = Path(__file__).resolve().parents[2] / "assets" / "icon"
TARGET = Path(__file__).resolve().parent / "consult-desk.icns"
# Each by its type: the size in points, on a fine screen twice as many pixels.
PARTS = {b"ic11": 32, b"ic12": 64, b"ic07": 128, b"ic13": 256, b"ic08": 256, b"ic14": 512, b"ic09": 512, b"ic10": 1024}
DRAWN = 1024
SIGN = b"\x89PNG\r\n\x1a\n"


def picture(size):
    if size == DRAWN:
        command = ["rsvg-convert", "-w", str(size), "-h", str(size), str(ICONS / "consult-desk.svg")]
        return subprocess.run(command, check=True, capture_output=True).stdout
    return (ICONS / f"consult-desk-{size}.png").read_bytes()


def joined(parts):
    body = b"".join(kind + struct.pack(">I", 8 + len(data)) + data for kind, data in parts)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def taken_apart(data):
    """Type and picture of each part; what does not add up is an error."""
    kind, length = struct.unpack(">4sI", data[:8])
    if kind != b"icns" or length != len(data):
        raise SystemExit("that is no whole icns file")
    parts, place = [], 8
    while place < len(data):
        kind, length = struct.unpack(">4sI", data[place : place + 8])
        if length < 8 or place + length > len(data):
            raise SystemExit(f"the part {kind!r} does not end within the file")
        parts.append((kind, data[place + 8 : place + length]))
        place += length
    return parts


def size_of(png):
    if png[:8] != SIGN or png[12:16] != b"IHDR" or png[-8:-4] != b"IEND":
        raise SystemExit("a part is no whole PNG")
    return struct.unpack(">II", png[16:24])


def check(data):
    parts = taken_apart(data)
    if [kind for kind, _ in parts] != list(PARTS):
        raise SystemExit("the parts are not the ones that macOS is given")
    for kind, png in parts:
        if size_of(png) != (PARTS[kind], PARTS[kind]):
            raise SystemExit(f"the part {kind!r} is of another size")
        # The drawn one depends on the version of the program that draws.
        if PARTS[kind] != DRAWN and png != picture(PARTS[kind]):
            raise SystemExit(f"the part {kind!r} is not the picture of assets/icon; run icns.py")
    return len(parts)


def main():
    if sys.argv[1:] == ["--check"]:
        print(f"{TARGET.name}: {check(TARGET.read_bytes())} parts, {TARGET.stat().st_size} bytes")
        return
    made = joined([(kind, picture(size)) for kind, size in PARTS.items()])
    check(made)
    TARGET.write_bytes(made)


main()
