#!/usr/bin/env python3
"""What comes in from outside: licences, sources and known holes of every crate in the lock file.

Reads the same `.cargo/deny.toml` as cargo-deny and asks the same questions, for a computer where cargo-deny is not
installed. It does not look into the crates' files: it believes what they declare.

    supply_chain.py licences                      every crate's licence and source is allowed
    supply_chain.py advisories DATABASE           no crate of the lock file has a known hole
    supply_chain.py self-test                     both really refuse what is bad
"""

import json
import re
import subprocess
import sys
import tomllib
from datetime import date
from functools import total_ordering
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = {"linux", "windows", "macos"}
"""Systems this program is built for; a hole that only others have is none of ours."""


# ------------------------------------------------------------------------------------------------------- licences


def licence_tokens(expression):
    # Old crates write `MIT/Apache-2.0`, which means OR.
    return re.findall(r"[()]|[A-Za-z0-9.+-]+", expression.replace("/", " OR "))


def licence_allows(expression, allowed):
    """Whether an SPDX expression can be met with the allowed licences: OR needs one side, AND both."""
    tokens = licence_tokens(expression)

    def either():
        good = both()
        while tokens and tokens[0].upper() == "OR":
            tokens.pop(0)
            good = both() or good
        return good

    def both():
        good = one()
        while tokens and tokens[0].upper() == "AND":
            tokens.pop(0)
            good = one() and good
        return good

    def one():
        name = tokens.pop(0)
        if name == "(":
            good = either()
            if not tokens or tokens.pop(0) != ")":
                raise ValueError(f"a bracket is not closed: {expression}")
            return good
        if tokens and tokens[0].upper() == "WITH":
            tokens.pop(0)
            name = f"{name} WITH {tokens.pop(0)}"
        return name in allowed

    good = either()
    if tokens:
        raise ValueError(f"cannot read the licence {expression}")
    return good


def refused_packages(packages, rules):
    """Sentences about crates whose licence or source is not allowed."""
    allowed = set(rules["licenses"]["allow"])
    exceptions = {}
    for exception in rules["licenses"].get("exceptions", []):
        exceptions.setdefault(exception["crate"], set()).update(exception["allow"])
    registries = {f"registry+{address}" for address in rules["sources"]["allow-registry"]}
    refused = []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if package["source"] is None:
            stars = [needed["name"] for needed in package["dependencies"] if needed["req"] == "*" and needed["source"]]
            refused += [f"{name}: takes any version of {star}" for star in stars]
            continue
        if package["source"] not in registries:
            refused.append(f"{name}: comes from {package['source']}")
        licence = package["license"]
        if not licence:
            refused.append(f"{name}: declares no licence")
        elif not licence_allows(licence, allowed | exceptions.get(package["name"], set())):
            refused.append(f"{name}: licence {licence} is not on the list")
    return refused


def check_licences():
    rules = tomllib.loads((ROOT / ".cargo/deny.toml").read_text())
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    packages = json.loads(done.stdout)["packages"]
    refused = refused_packages(packages, rules)
    for sentence in refused:
        print(f"refused: {sentence}")
    print(f"licences and sources: {len(packages)} crates read, {len(refused)} refused")
    return not refused


# ----------------------------------------------------------------------------------------------------- advisories


@total_ordering
class Version:
    """A semantic version, ordered as the standard says; build data does not count."""

    def __init__(self, text):
        match = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", text.strip())
        if not match:
            raise ValueError(f"not a version: {text}")
        self.given = [int(part) for part in match.groups()[:3] if part is not None]
        self.numbers = tuple((self.given + [0, 0])[:3])
        self.early = match.group(4).split(".") if match.group(4) else None

    def __eq__(self, other):
        return self.numbers == other.numbers and self.early == other.early

    def __lt__(self, other):
        if self.numbers != other.numbers:
            return self.numbers < other.numbers
        if self.early is None or other.early is None:
            return self.early is not None and other.early is None
        for mine, theirs in zip_longest(self.early, other.early):
            if mine == theirs:
                continue
            if mine is None or theirs is None:
                return mine is None
            if mine.isdigit() and theirs.isdigit():
                return int(mine) < int(theirs)
            return mine.isdigit() or (not theirs.isdigit() and mine < theirs)
        return False


def next_after(base, place):
    """The first version that differs from `base` at `place` upward."""
    numbers = list(base.numbers[: place + 1])
    numbers[place] += 1
    return Version(".".join(str(number) for number in (numbers + [0, 0])[:3]) + "-0")


def matches_one(version, text):
    text = text.strip()
    if text in ("*", ""):
        return True
    operator, rest = re.fullmatch(r"(<=|>=|<|>|=|\^|~)?\s*(.+)", text).groups()
    parts = [part for part in rest.split(".") if part not in ("*", "x", "X")] if "-" not in rest else [rest]
    starred = len(parts) < len(rest.split(".")) and "-" not in rest
    base = Version(".".join(parts))
    last = len(base.given) - 1
    if operator == "<":
        return version < base
    if operator == ">=":
        return version >= base
    if operator == ">":
        return version > base if last == 2 else version >= next_after(base, last)
    if operator == "<=":
        return version <= base if last == 2 else version < next_after(base, last)
    if operator == "=" or starred:
        return version == base if last == 2 else base <= version < next_after(base, last)
    if operator == "~":
        return base <= version < next_after(base, min(last, 1))
    # Caret, and a bare version: up to the next change of the first number that is not zero.
    place = next((at for at, number in enumerate(base.given) if number), last)
    return base <= version < next_after(base, place)


def matches(version, requirement):
    return all(matches_one(version, part) for part in requirement.split(","))


def read_advisory(path):
    text = path.read_text()
    if path.suffix == ".md":
        text = text.split("```toml", 1)[1].split("```", 1)[0]
    return tomllib.loads(text)


def judge(advisory, version):
    """`hole`, `note` or nothing: what an advisory means for this version."""
    head = advisory["advisory"]
    ranges = advisory.get("versions", {})
    good = ranges.get("patched", []) + ranges.get("unaffected", [])
    systems = advisory.get("affected", {}).get("os", [])
    if "withdrawn" in head or any(matches(version, requirement) for requirement in good):
        return None
    if systems and not OURS.intersection(systems):
        return None
    return "note" if head.get("informational") in ("unmaintained", "notice") else "hole"


def findings(locked, database):
    found = []
    for package in locked:
        if not package.get("source", "").startswith("registry+"):
            continue
        folder = database / "crates" / package["name"]
        for path in sorted([*folder.glob("RUSTSEC-*.md"), *folder.glob("RUSTSEC-*.toml")]):
            advisory = read_advisory(path)
            kind = judge(advisory, Version(package["version"]))
            if kind:
                found.append((kind, advisory["advisory"]["id"], f"{package['name']} {package['version']}"))
    return found


def newest_advisory(database):
    dates = []
    for path in (database / "crates").glob("*/RUSTSEC-*"):
        match = re.search(r'^date\s*=\s*"(\d{4}-\d{2}-\d{2})"', path.read_text(), re.MULTILINE)
        if match:
            dates.append(date.fromisoformat(match.group(1)))
    return max(dates), len(dates)


def check_advisories(database):
    rules = tomllib.loads((ROOT / ".cargo/deny.toml").read_text())
    ignored = {entry["id"] if isinstance(entry, dict) else entry for entry in rules["advisories"].get("ignore", [])}
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    newest, count = newest_advisory(database)
    print(f"advisories: {count}, the newest of {newest} ({(date.today() - newest).days} days ago)")
    refused = 0
    for kind, identity, package in findings(locked, database):
        if identity in ignored:
            print(f"ignored by .cargo/deny.toml: {identity} {package}")
        elif kind == "note":
            print(f"note: {identity} {package} is not looked after any more")
        else:
            refused += 1
            print(f"refused: {identity} {package} has a known hole")
    print(f"advisories: {len(locked)} crates compared, {refused} refused")
    return refused == 0


# ------------------------------------------------------------------------------------------------------ self-test


def expect(is_so, what):
    if not is_so:
        raise SystemExit(f"self-test failed: {what}")


def self_test():
    allowed = {"MIT", "Apache-2.0", "ISC"}
    for expression in ("MIT", "MIT/GPL-3.0", "GPL-2.0 OR (MIT AND ISC)", "Apache-2.0 WITH LLVM-exception OR MIT"):
        expect(licence_allows(expression, allowed), f"{expression} should be allowed")
    for expression in ("GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND AGPL-3.0", "Apache-2.0 WITH Other"):
        expect(not licence_allows(expression, allowed), f"{expression} should be refused")

    index = "https://github.com/rust-lang/crates.io-index"
    rules = {"licenses": {"allow": ["MIT"]}, "sources": {"allow-registry": [index]}}
    package = {"name": "bad", "version": "1.0.0", "source": f"registry+{index}", "license": "MIT", "dependencies": []}
    expect(not refused_packages([package], rules), "a good crate should pass")
    for change in ({"license": "GPL-3.0"}, {"license": None}, {"source": "git+https://example.com/bad"}):
        expect(refused_packages([package | change], rules), f"a crate with {change} should be refused")
    star = {"name": "any", "req": "*", "source": index}
    expect(refused_packages([package | {"source": None, "dependencies": [star]}], rules), "`*` should be refused")

    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.0.1", "1.10.0"]
    expect(sorted(ordered[::-1], key=Version) == ordered, "versions should be in order")
    yes = ["^1.2 1.9.0", "^0.2.3 0.2.9", "^0 0.9.0", "~1.2.3 1.2.9", ">=1, <2 1.5.0", "=0.2.1 0.2.1", "1.* 1.7.2", "> 1.2 1.3.0", "<1.0.0 1.0.0-rc.1", "<= 1.2 1.2.7"]
    no = ["^1.2 2.0.0", "^0.2.3 0.3.0", "~1.2.3 1.3.0", ">=1, <2 2.0.0", "=0.2.1 0.2.2", "1.* 2.0.0", "> 1.2 1.2.9", "^1.2 2.0.0-rc.1", ">=1.0.0 1.0.0-rc.1"]
    for line in yes + no:
        requirement, version = line.rsplit(" ", 1)
        expect(matches(Version(version), requirement) == (line in yes), f"{requirement} against {version}")

    advisory = {"advisory": {"id": "RUSTSEC-0000-0000"}, "versions": {"patched": [">= 1.2.3"], "unaffected": ["< 1.0.0"]}}
    expect(judge(advisory, Version("1.2.2")) == "hole", "a known bad version should be refused")
    expect(not judge(advisory, Version("1.2.3")) and not judge(advisory, Version("0.9.0")), "a mended version should pass")
    expect(not judge(advisory | {"affected": {"os": ["redox"]}}, Version("1.2.2")), "another system's hole is not ours")
    withdrawn = {"advisory": {"id": "RUSTSEC-0000-0000", "withdrawn": "2026-01-01"}, "versions": {"patched": []}}
    expect(not judge(withdrawn, Version("1.0.0")), "a withdrawn advisory should not count")
    print("self-test: bad licences, sources and versions are refused")


def self_test_database(database):
    """A version that everybody knows to be bad must be refused with the real database."""
    planted = [{"name": "time", "version": "0.1.42", "source": "registry+https://github.com/rust-lang/crates.io-index"}]
    expect(any(kind == "hole" for kind, _, _ in findings(planted, database)), "time 0.1.42 should be refused")
    print("self-test: a planted lock entry (time 0.1.42) is refused")


def main(arguments):
    match arguments:
        case ["licences"]:
            return check_licences()
        case ["advisories", folder]:
            self_test_database(Path(folder))
            return check_advisories(Path(folder))
        case ["self-test"]:
            self_test()
            return True
        case _:
            print(__doc__)
            return False


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
