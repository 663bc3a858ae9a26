#!/usr/bin/env python3
"""Joins the icon's pictures into assets/icon/consult-desk.ico. Small ones go in as plain pixels, which every part of
Windows reads; the large one stays a PNG.

    icon.py               makes the file
    icon.py --check       says whether the file is what would be made
    icon.py --panel FILE  makes the picture beside the installer's words instead
"""

import struct
import sys
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "icon"
PLAIN = (16, 24, 32, 48, 64)
LARGE = 256
BYTES = 4  # red, green, blue, opacity
PANEL = (164, 314)
PANEL_COLOUR = (0xD9, 0xEF, 0xEB)  # the theme's weak accent
PANEL_ICON, PANEL_PLACE = 128, (18, 48)


def read_png(data):
    """The rows of an 8-bit RGBA picture without interlacing, which is what the drawing program writes."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise SystemExit("that is no PNG")
    place, packed, head = 8, b"", None
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        head, packed = (body if kind == b"IHDR" else head), packed + (body if kind == b"IDAT" else b"")
        place += 12 + length
    width, height, *form = struct.unpack(">IIBBBBB", head)
    if form != [8, 6, 0, 0, 0]:
        raise SystemExit("an icon's picture must be RGBA with 8 bits each, not interlaced")
    return unfilter(zlib.decompress(packed), width * BYTES, height)


def unfilter(raw, stride, height):
    rows, above = [], bytearray(stride)
    for number in range(height):
        start = number * (stride + 1)
        row = bytearray(raw[start + 1 : start + 1 + stride])
        for at in range(stride):
            left = row[at - BYTES] if at >= BYTES else 0
            corner = above[at - BYTES] if at >= BYTES else 0
            row[at] = (row[at] + predicted(raw[start], left, above[at], corner)) & 255
        rows.append(bytes(row))
        above = row
    return rows


def predicted(kind, left, up, corner):
    """The five filters of PNG."""
    if kind == 4:
        return min((left, up, corner), key=lambda value: abs(left + up - corner - value))
    return (0, left, up, (left + up) // 2)[kind]


def plain_pixels(data):
    """As Windows kept icons before it knew PNG: a header, the rows from below, and a mask of one bit each."""
    rows = read_png(data)
    size = len(rows)
    header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    swapped, mask = bytearray(), bytearray()
    for row in reversed(rows):
        for at in range(0, len(row), BYTES):
            red, green, blue, opacity = row[at : at + BYTES]
            swapped += bytes((blue, green, red, opacity))
        bits = "".join("1" if row[at + 3] == 0 else "0" for at in range(0, len(row), BYTES))
        mask += int(bits.ljust((size + 31) // 32 * 32, "0"), 2).to_bytes((size + 31) // 32 * 4, "big")
    return header + swapped + mask


def joined():
    pictures = [(size, plain_pixels(picture(size))) for size in PLAIN] + [(LARGE, picture(LARGE))]
    table, place = struct.pack("<HHH", 0, 1, len(pictures)), 6 + 16 * len(pictures)
    for size, body in pictures:
        table += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(body), place)
        place += len(body)
    return table + b"".join(body for _, body in pictures)


def panel():
    """A plain ground with the icon on it, as a bitmap of 24 bits, rows from below."""
    (width, height), (left, top) = PANEL, PANEL_PLACE
    icon = read_png(picture(PANEL_ICON))
    body = bytearray()
    for y in reversed(range(height)):
        row = bytearray()
        for x in range(width):
            inside = 0 <= x - left < PANEL_ICON and 0 <= y - top < PANEL_ICON
            pixel = icon[y - top][(x - left) * BYTES : (x - left + 1) * BYTES] if inside else bytes(BYTES)
            mixed = [(over * pixel[3] + under * (255 - pixel[3])) // 255 for over, under in zip(pixel, PANEL_COLOUR)]
            row += bytes(reversed(mixed))
        body += row.ljust((len(row) + 3) // 4 * 4, b"\0")
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(body), 0, 0, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 54 + len(body), 0, 0, 54) + header + bytes(body)


def picture(size):
    return (FOLDER / f"consult-desk-{size}.png").read_bytes()


def main():
    if sys.argv[1:2] == ["--panel"]:
        Path(sys.argv[2]).write_bytes(panel())
        return
    target, made = FOLDER / "consult-desk.ico", joined()
    if sys.argv[1:] == ["--check"]:
        if not target.exists() or target.read_bytes() != made:
            raise SystemExit(f"{target} is not what the pictures make; run {Path(__file__).name}")
        return
    target.write_bytes(made)


main()
