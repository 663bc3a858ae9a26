#!/usr/bin/env python3
"""Writes assets/licences.txt: whose libraries and fonts the program is made of, and under which terms.

Each licence text stands there once, with the libraries that come under it and their copyright lines. Where a library
offers several licences, the first of our order is taken. Build tools and test tools are not in the program, so they
are not in the list; C code that is compiled in (SQLCipher) is.

    licences.py            writes the file
    licences.py --check    says whether it is up to date; names only, so that no network or registry text decides
"""

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "assets" / "licences.txt"
WIDTH = 96
ORDER = ["MIT", "ISC", "Zlib", "BSD-3-Clause", "BSD-2-Clause", "0BSD", "BSL-1.0", "Unlicense", "CC0-1.0", "Apache-2.0",
         "Unicode-3.0", "MPL-2.0", "OFL-1.1", "Ubuntu-font-1.0", "CDLA-Permissive-2.0"]
SIGNS = {
    "MIT": r"Permission is hereby granted, free of charge",
    "ISC": r"Permission to use, copy, modify, and/?(or)? ?distribute this software for any",
    "Apache-2.0": r"Apache License",
    "BSD-3-Clause": r"Redistribution and use in source and binary forms",
    "BSD-2-Clause": r"Redistribution and use in source and binary forms",
    "Zlib": r"This software is provided .as-is.",
    "MPL-2.0": r"Mozilla Public License",
    "Unlicense": r"public domain",
    "BSL-1.0": r"Boost Software License",
    "Unicode-3.0": r"UNICODE LICENSE V3",
    "CC0-1.0": r"CC0|Creative Commons",
}
NAMES = re.compile(r"^(un)?licen[cs]e|^copying|^ofl", re.I)
COPYRIGHT = re.compile(r"^\W*(copyright|\(c\)|©|all other copyright|portions )", re.I)
# What a crate compiles in beside itself.
INSIDE = {
    "sqlcipher-src": [("SQLCipher", "sqlcipher/LICENSE-sqlcipher", "BSD-3-Clause")],
}
# What the compiler brings along: it is in every program and in no list of packages.
RUST = ("The Rust standard library, with addr2line, backtrace, gimli, hashbrown, libc, memchr, miniz_oxide, object and "
        "rustc-demangle", "MIT", "The Rust Project contributors")


def metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--offline", "--locked"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def shipped(data):
    """Packages that end up in the program, on whichever system: normal dependencies, from the program down."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    packages = {package["id"]: package for package in data["packages"]}
    seen, waiting = set(), [data["resolve"]["root"]]
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        for dependency in nodes[at]["deps"]:
            name = packages[dependency["pkg"]]["name"]
            is_normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_normal or name in INSIDE:
                waiting.append(dependency["pkg"])
    seen.discard(data["resolve"]["root"])
    # What lies in this folder is the program's own.
    found = [packages[at] for at in seen if packages[at]["source"]]
    macros = [p for p in found if any("proc-macro" in target["kind"] for target in p["targets"])]
    return sorted((p for p in found if p not in macros), key=lambda p: (p["name"].lower(), p["version"]))


def choose(expression):
    """The licence of an SPDX expression that comes first in our order; all parts of an AND."""
    names = re.findall(r"[A-Za-z0-9.+-]+", re.sub(r"WITH \S+", "", expression.replace("/", " OR ")))
    names = [name for name in names if name not in ("OR", "AND")]
    if " AND " in expression and " OR " not in expression:
        return names
    known = [name for name in ORDER if name in names]
    return known[:1] or names[:1]


def read(path):
    return path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").replace("\f", "\n")


def texts_of(folder, licences):
    files = sorted(path for path in folder.iterdir() if path.is_file() and NAMES.search(path.name))
    found = []
    for licence in licences:
        sign = re.compile(SIGNS.get(licence, re.escape(licence)), re.I)
        fitting = [path for path in files if sign.search(read(path))]
        # Of several files the one that is named like the licence, then the shortest.
        fitting.sort(key=lambda path: (licence.split("-")[0].lower() not in path.name.lower(), path.stat().st_size))
        if fitting:
            found.append((licence, read(fitting[0])))
    return found


def split(text):
    """Copyright lines apart from the rest, which then reads alike for all who use the same licence."""
    lines = [line.strip() for line in text.split("\n")]
    cut = "Apache License" in text[:400]
    rights = [line for line in lines if COPYRIGHT.match(line) and (not cut or "[yyyy]" not in line)]
    rest = [line for line in lines if not COPYRIGHT.match(line)]
    body = "\n".join(rest).strip()
    words = re.sub(r"[^a-z0-9]+", " ", body.lower())
    words = re.sub(r"^.{0,40}?(mit license|isc license|bsd 3 clause license)( \(?mit\)?)? ", "", words).strip()
    if cut:
        # The appendix says how to use it and is no part of the terms.
        words = re.split(r"end of terms and conditions", words)[0].strip()
        body = re.split(r"END OF TERMS AND CONDITIONS", body)[0].strip()
        rights = [line for line in rights if not re.search(r"copyright (owner|license|notice|statement)", line, re.I)]
    return words, body, rights


def entries(packages):
    for package in packages:
        folder = Path(package["manifest_path"]).parent
        expression = package["license"] or "see its own text"
        licences = choose(expression)
        found = texts_of(folder, licences)
        label = f"{package['name']} {package['version']}"
        if not found:
            found = [(licence, None) for licence in licences]
        for licence, text in found:
            yield label, licence, text, ", ".join(package["authors"])
        for name, pattern, licence in INSIDE.get(package["name"], []):
            for path in sorted(folder.glob(pattern))[:1]:
                yield f"{name} (in {label})", licence, read(path), ""
    name, licence, authors = RUST
    yield name, licence, None, authors


def grouped(packages):
    groups = {}
    for label, licence, text, authors in entries(packages):
        if text is None:
            key, body, rights = (licence, None), None, [f"By {authors}"] if authors else []
        else:
            words, body, rights = split(text)
            key = (licence, words)
        group = groups.setdefault(key, {"licence": licence, "body": body, "members": []})
        group["members"].append((label, rights))
    bare = [key for key in groups if key[1] is None]
    for key in bare:
        # No text of its own: the one that most others of this licence have.
        same = [other for other in groups if other[0] == key[0] and other[1] is not None]
        if same:
            best = max(same, key=lambda other: len(groups[other]["members"]))
            groups[best]["members"].extend(groups.pop(key)["members"])
    return sorted(groups.values(), key=lambda g: (ORDER.index(g["licence"]) if g["licence"] in ORDER else 99,
                                                  -len(g["members"])))


def wrapped(text, indent=""):
    lines = []
    for paragraph in re.split(r"\n\s*\n", text):
        flat = " ".join(paragraph.split())
        lines += textwrap.wrap(flat, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=True) + [""]
    return lines


def written(packages):
    lines = ["# What Consult Desk stands on", ""]
    lines += wrapped(f"{len(packages)} libraries, two fonts, an icon set and what the compilers bring along. Consult Desk itself: MIT or Apache 2.0.")
    lines += ["# Typeface: Inter", ""] + wrapped(read(ROOT / "assets/fonts/OFL.txt"))
    notice = read(ROOT / "assets/README.md").split("## Lucide notice", 1)[1]
    lines += ["# Icons: Lucide", ""] + wrapped(notice)
    lines += ["# In the program for Windows: the mingw-w64 runtime", ""]
    lines += wrapped(read(ROOT / "packaging/licences/mingw-w64.txt"))
    for group in grouped(packages):
        many = len(group["members"])
        lines += [f"# {group['licence']}: {many} {'library' if many == 1 else 'libraries'}", ""]
        for label, rights in sorted(group["members"], key=lambda member: member[0].lower()):
            told = "; ".join(dict.fromkeys(right.rstrip(".") for right in rights))
            lines += textwrap.wrap(f"{label} – {told}" if told else label, WIDTH, subsequent_indent="    ")
        lines.append("")
        if group["body"]:
            lines += wrapped(group["body"])
    return "\n".join(line.rstrip() for line in lines).strip() + "\n"


def labels(packages):
    return [f"{package['name']} {package['version']}" for package in packages]


def check(packages):
    text = OUT.read_text(encoding="utf-8") if OUT.exists() else ""
    missing = [label for label in [*labels(packages), RUST[0].split(",")[0]] if not re.search(rf"^{re.escape(label)}( –|,|$)", text, re.M)]
    if missing:
        print("assets/licences.txt does not name:", ", ".join(missing), "- run packaging/licences.py")
        return 1
    print(f"assets/licences.txt names all {len(packages)} libraries")
    return 0


def main():
    packages = shipped(metadata())
    if sys.argv[1:] == ["--check"]:
        return check(packages)
    OUT.write_text(written(packages), encoding="utf-8")
    print(f"{OUT.relative_to(ROOT)}: {len(packages)} libraries, {OUT.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
