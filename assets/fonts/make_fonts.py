#!/usr/bin/python3
"""Cuts the bundled fonts from Debian's `fonts-inter` package and the crate `lucide-icons`.

Two things are done to each face. The digits are mapped to their tabular
shapes (the `tnum` feature), because the UI toolkit cannot switch OpenType
features and times, counters and doses must line up in columns. Then the face
is subset to the scripts patient and owner names are written in, to keep the
executable small. Point, comma and colon keep their proportional shapes: the
tabular ones tear holes into running text. Of the icons those stay that
`src/ui/theme/icons.rs` names: the whole font is a thirtieth of the program.

Run:  /usr/bin/python3 assets/fonts/make_fonts.py     (needs python3-fonttools)
It does not fetch anything and writes only beside itself; the crate has to be
where cargo keeps it, as it is after any test run.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/opentype/inter")
LICENCE = Path("/usr/share/doc/fonts-inter/copyright")
HERE = Path(__file__).resolve().parent
FACES = ["Inter-Regular", "Inter-SemiBold"]
ROOT = HERE.parent.parent
ICONS = ROOT / "src/ui/theme/icons.rs"

RANGES = [
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x024F),  # Latin-1, Latin Extended-A and -B
    (0x02B0, 0x02FF),  # modifier letters
    (0x0300, 0x036F),  # combining marks
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x052F),  # Cyrillic and its supplement
    (0x1E00, 0x1EFF),  # Latin Extended Additional
    (0x2000, 0x206F),  # general punctuation
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x20A0, 0x20BF),  # currency
    (0x2100, 0x214F),  # letter-like signs
    (0x2150, 0x218F),  # fractions
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematical operators
    (0x25A0, 0x25FF),  # geometric shapes
    (0x2713, 0x2718),  # ticks and crosses
    (0xFFFD, 0xFFFD),  # replacement character
]
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl"]
# What the notes and the window print; the run fails if one is missing.
REQUIRED = "0123456789×÷±≤≥≈°µ½¼¾→←↑↓•…–—‘’“”✓£€−²³₂øżŻаяЗάλ"


def tabular_digits(font):
    """The `tnum` shape of each digit, read from the font's own feature."""
    table = font["GSUB"].table
    mapping = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for sub in table.LookupList.Lookup[index].SubTable:
                mapping.update(getattr(sub, "ExtSubTable", sub).mapping)
    return mapping


def even_widths(font):
    """Gives all digits one advance: one weight's differ by 3 units of 2,816."""
    cmap, metrics = font.getBestCmap(), font["hmtx"].metrics
    names = [cmap[code] for code in range(ord("0"), ord("9") + 1)]
    advances = [metrics[name][0] for name in names]
    common = max(set(advances), key=advances.count)
    for name in names:
        metrics[name] = (common, metrics[name][1])


def remap(font):
    """Points the ten digits at their tabular shapes in every Unicode table."""
    tnum = tabular_digits(font)
    for table in font["cmap"].tables:
        if not table.isUnicode():
            continue
        for code in range(ord("0"), ord("9") + 1):
            if code in table.cmap:
                table.cmap[code] = tnum.get(table.cmap[code], table.cmap[code])


def cut(name):
    font = TTFont(SOURCE / f"{name}.otf")
    remap(font)
    even_widths(font)
    options = subset.Options()
    options.layout_features = FEATURES
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.glyph_names = False
    options.hinting = True  # the toolkit hints when it draws small text
    options.desubroutinize = False
    worker = subset.Subsetter(options)
    worker.populate(unicodes=[c for a, b in RANGES for c in range(a, b + 1)])
    worker.subset(font)
    out = HERE / f"{name}.otf"
    font.save(out)
    return out


def lucide():
    """The whole icon font, in the crate that the lock file names."""
    command = ["cargo", "metadata", "--format-version", "1", "--offline", "--locked"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    crate = next(p for p in json.loads(told)["packages"] if p["name"] == "lucide-icons")
    return Path(crate["manifest_path"]).parent / "lucide.ttf"


def mend_bearings(path):
    """The crate's font says that every outline begins at 0. Cut, it no longer
    does, and renderers would move each icon to the left by what is missing.
    """
    font = TTFont(path)
    metrics, outlines = font["hmtx"].metrics, font["glyf"]
    for name in font.getGlyphOrder():
        metrics[name] = (metrics[name][0], getattr(outlines[name], "xMin", 0))
    font.save(path)


def cut_icons():
    """The icons that the program names; True when each of them is in the font."""
    codes = {int(code, 16) for code in re.findall(r'= "\\u\{([0-9a-f]+)\}"', ICONS.read_text(encoding="utf-8"))}
    font = TTFont(lucide())
    options = subset.Options()
    options.layout_features = []
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.glyph_names = False
    worker = subset.Subsetter(options)
    worker.populate(unicodes=codes)
    worker.subset(font)
    out = HERE / "lucide.ttf"
    font.save(out)
    mend_bearings(out)
    missing = [hex(code) for code in sorted(codes) if code not in TTFont(out).getBestCmap()]
    print(f"{out.name}: {out.stat().st_size} bytes, {len(codes)} icons, missing {missing}")
    return not missing


def check(path):
    """Every required character is there and the digits share one width."""
    font = TTFont(path)
    cmap, widths = font.getBestCmap(), font["hmtx"].metrics
    missing = [c for c in REQUIRED if ord(c) not in cmap]
    advance = {widths[cmap[c]][0] for c in range(0x30, 0x3A)}
    print(
        f"{path.name}: {path.stat().st_size} bytes, {len(cmap)} characters, "
        f"{font['maxp'].numGlyphs} glyphs, digit widths {sorted(advance)}, "
        f"missing {missing}"
    )
    return not missing and len(advance) == 1


def write_licence():
    """OFL.txt from the text Debian ships, without the Debian paragraph marks."""
    text = LICENCE.read_text(encoding="utf-8")
    body = re.search(r"License: OFL-1\.1\n( .*?)\n\n", text, re.S).group(1)
    lines = [("" if line == " ." else line[1:]) for line in body.split("\n")]
    head = (
        "Copyright 2016-2022 The Inter Project Authors (https://github.com/rsms/inter)\n\n"
        "This Font Software is licensed under the SIL Open Font License, Version 1.1.\n"
        "The files here are modified: subset, and with tabular digits as the default.\n\n"
        "-----------------------------------------------------------\n"
        "SIL OPEN FONT LICENSE Version 1.1 - 26 February 2007\n"
        "-----------------------------------------------------------\n\n"
    )
    (HERE / "OFL.txt").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    good = [check(cut(name)) for name in FACES] + [cut_icons()]
    write_licence()
    sys.exit(0 if all(good) else 1)
