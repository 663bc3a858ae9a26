#!/usr/bin/env python3
"""Writes the list of parts of a release (SBOM) as CycloneDX 1.5 in JSON: every library with its version, licence and
digest, what each depends on, on which systems it is in the program, and what is compiled in beside the libraries.

    sbom.py OUT.json              writes it
    sbom.py --check FILE.json     says whether it is whole and names what the lock file names
    sbom.py self-test             the check really refuses what is wrong

The time is SOURCE_DATE_EPOCH's and the serial number follows from the content, so the same commit gives the same file.
Made from `cargo metadata` and Cargo.lock alone: no tool has to be built for it."""

import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMESPACE = uuid.UUID("8d4c1c0e-6a2f-5d0b-9c53-2f1f0f6f7a11")
SYSTEMS = {"linux": "x86_64-unknown-linux-gnu", "windows": "x86_64-pc-windows-gnu", "macos": "aarch64-apple-darwin"}
MINGW = "10.0.0"
"""Debian 12's; the program for Windows is built there, wherever this list is made."""
TYPES = {"application", "library", "framework", "data", "file"}
SCOPES = {"required", "optional", "excluded"}


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def metadata(triple=None):
    narrowed = ["--filter-platform", triple] if triple else []
    return json.loads(run("cargo", "metadata", "--format-version", "1", "--offline", "--locked", *narrowed))


def reached(data, kinds):
    """Ids of the packages that are reached from the program over dependencies of these kinds (None is a normal one)."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    seen, waiting = set(), [data["resolve"]["root"]]
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        for dependency in nodes[at]["deps"]:
            if any(kind["kind"] in kinds for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    return seen


def is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def in_program(data, packages):
    """What ends up in the program: normal dependencies, without the macros that only write code and what they need."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    seen, waiting = set(), [data["resolve"]["root"]]
    while waiting:
        at = waiting.pop()
        if at in seen or is_macro(packages[at]):
            continue
        seen.add(at)
        for dependency in nodes[at]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    return seen


def spdx(expression):
    """Old crates write `MIT/Apache-2.0`, which means OR."""
    return re.sub(r"\s*/\s*", " OR ", expression)


def licences(package):
    if package["license"]:
        return [{"expression": spdx(package["license"])}]
    return [{"license": {"name": "see the package's own licence file"}}] if package["license_file"] else []


def component(package, digest, scope, systems):
    name, version = package["name"], package["version"]
    made = {"type": "library", "bom-ref": reference(package), "name": name, "version": version, "scope": scope}
    if package["description"]:
        made["description"] = " ".join(package["description"].split())
    if digest:
        made["hashes"] = [{"alg": "SHA-256", "content": digest}]
    made |= {"licenses": licences(package), "purl": reference(package)}
    links = [("website", package["homepage"]), ("vcs", package["repository"])]
    told = [{"type": kind, "url": url} for kind, url in links if url and re.match(r"https?://\S+$", url)]
    if told:
        made["externalReferences"] = told
    made["properties"] = [{"name": "consult-desk:systems", "value": " ".join(systems) or "none"}]
    return made


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def beside():
    """What is compiled in and is no package of its own."""
    rust = run("rustc", "--version").split()[1]
    sources = [package for package in metadata()["packages"] if package["name"] == "sqlcipher-src"]
    fonts = (ROOT / "assets" / "README.md").read_text(encoding="utf-8")
    lucide = re.search(r"crate `lucide-icons` ([0-9.]+)", fonts)[1]
    inter = re.search(r"`fonts-inter` (\S+?)\.? \|", fonts)[1]
    parts = [
        ("library", "rust-std", rust, "MIT OR Apache-2.0", "Rust's standard library", SYSTEMS),
        ("library", "mingw-w64-runtime", MINGW, "ZPL-2.1", "start-up code and C library parts", ["windows"]),
        ("data", "inter", inter, "OFL-1.1", "typeface, cut to the letters that are used", SYSTEMS),
        ("data", "lucide", lucide, "ISC AND MIT", "icons, cut to the ones that are used", SYSTEMS),
    ]
    if sources:
        folder = Path(sources[0]["manifest_path"]).parent
        number = re.search(r'define CIPHER_VERSION_NUMBER (\S+)', " ".join(read_sources(folder)))
        version = number[1] if number else sources[0]["version"]
        parts.append(("library", "sqlcipher", version, "BSD-3-Clause AND blessing", "database with encrypted files", SYSTEMS))
    return [
        {"type": kind, "bom-ref": f"part:{name}", "name": name, "version": version, "scope": "required",
         "description": what, "licenses": [{"expression": licence}],
         "properties": [{"name": "consult-desk:systems", "value": " ".join(systems)}]}
        for kind, name, version, licence, what, systems in parts
    ]


def read_sources(folder):
    for path in sorted(folder.rglob("sqlite3.c"))[:1]:
        with open(path, encoding="utf-8", errors="replace") as lines:
            yield from (line for line in lines if "CIPHER_VERSION_NUMBER" in line)


def digests():
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    return {(package["name"], package["version"]): package.get("checksum") for package in locked}


def bom():
    data, sums = metadata(), digests()
    packages = {package["id"]: package for package in data["packages"]}
    root = data["resolve"]["root"]
    systems = {name: in_program(metadata(triple), packages) for name, triple in SYSTEMS.items()}
    # Macros and build scripts are not in the program, but whoever could change them could change it.
    built = reached(data, {None, "build"})
    ours = sorted(built - {root}, key=lambda at: (packages[at]["name"].lower(), packages[at]["version"]))
    parts = []
    for at in ours:
        package, of = packages[at], [name for name, inside in systems.items() if at in inside]
        digest = sums.get((package["name"], package["version"]))
        parts.append(component(package, digest, "required" if of else "excluded", of))
    others = beside()
    main = {"type": "application", "bom-ref": reference(packages[root]), "name": packages[root]["name"],
            "version": packages[root]["version"], "description": packages[root]["description"],
            "licenses": licences(packages[root]), "purl": reference(packages[root])}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}

    def needs(at):
        kept = {d["pkg"] for d in nodes[at]["deps"] if any(kind["kind"] in (None, "build") for kind in d["dep_kinds"])}
        return sorted({reference(packages[other]) for other in kept & built} - {reference(packages[at])})

    relations = [{"ref": reference(packages[at]), "dependsOn": needs(at)} for at in [root, *ours]]
    relations[0]["dependsOn"] += [part["bom-ref"] for part in others]
    relations += [{"ref": part["bom-ref"], "dependsOn": []} for part in others]
    return finished(main, parts + others, relations)


def finished(main, parts, relations):
    moment = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or 0), UTC)
    metadata_part = {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": main,
                     "tools": {"components": [{"type": "application", "name": "packaging/sbom.py", "version": "1"}]}}
    content = {"metadata": metadata_part, "components": parts, "dependencies": relations}
    serial = uuid.uuid5(NAMESPACE, json.dumps(content, sort_keys=True))
    return {"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5",
            "serialNumber": f"urn:uuid:{serial}", "version": 1, **content}


# ---------------------------------------------------------------------------------------------------------- the check


def faults(made, locked):
    """Sentences about what CycloneDX 1.5 demands and is not there, and about packages that are not named."""
    found = []
    if (made.get("bomFormat"), made.get("specVersion")) != ("CycloneDX", "1.5"):
        found.append("it is no CycloneDX 1.5")
    if not re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(made.get("serialNumber"))):
        found.append("the serial number has another form")
    if not isinstance(made.get("version"), int) or made["version"] < 1:
        found.append("the version of the list is no number from 1")
    parts = made.get("components", [])
    main = made.get("metadata", {}).get("component", {})
    for part in [main, *parts]:
        found += part_faults(part)
    names = [part.get("bom-ref") for part in [main, *parts]]
    found += [f"{name} is there twice" for name in set(names) if names.count(name) > 1]
    found += relation_faults(made.get("dependencies", []), set(names))
    told = {(part.get("name"), part.get("version")) for part in parts}
    found += [f"{name} {version} is not named" for name, version in sorted(locked - told)]
    return found


def part_faults(part):
    name, found = part.get("name") or "a part without a name", []
    if part.get("type") not in TYPES or not part.get("name"):
        found.append(f"{name}: the type is not one of CycloneDX")
    if part.get("scope", "required") not in SCOPES:
        found.append(f"{name}: the scope is not one of CycloneDX")
    if not part.get("version"):
        found.append(f"{name}: no version")
    if not part.get("licenses"):
        found.append(f"{name}: no licence")
    for digest in part.get("hashes", []):
        if digest.get("alg") != "SHA-256" or not re.fullmatch(r"[0-9a-f]{64}", digest.get("content", "")):
            found.append(f"{name}: a digest that is none")
    for licence in part.get("licenses", []):
        words = re.findall(r"[A-Za-z0-9.+-]+", licence.get("expression", "MIT"))
        if not words or "/" in licence.get("expression", ""):
            found.append(f"{name}: the licence is no SPDX expression")
    return found


def relation_faults(relations, names):
    found = [f"{relation['ref']} is no part" for relation in relations if relation["ref"] not in names]
    for relation in relations:
        found += [f"{relation['ref']} needs {other}, which is no part" for other in set(relation["dependsOn"]) - names]
    found += [f"of {name} it is not said what it needs" for name in names - {relation["ref"] for relation in relations}]
    return found


def wanted():
    """Every package of the lock file that the program, or what builds it, is made of on one of our systems."""
    data = metadata()
    packages = {package["id"]: package for package in data["packages"]}
    at_all = reached(data, {None, "build"}) - {data["resolve"]["root"]}
    return {(packages[at]["name"], packages[at]["version"]) for at in at_all}


def check(path):
    made = json.loads(Path(path).read_text(encoding="utf-8"))
    found = faults(made, wanted())
    for fault in found[:20]:
        print(fault)
    inside = sum(part.get("scope") == "required" for part in made["components"])
    print(f"{path}: {len(made['components'])} parts, {inside} of them in the program, {len(found)} faults")
    return 1 if found else 0


def self_test():
    part = {"type": "library", "bom-ref": "a", "name": "a", "version": "1", "licenses": [{"expression": "MIT"}],
            "hashes": [{"alg": "SHA-256", "content": "0" * 64}], "scope": "required"}
    main = part | {"type": "application", "bom-ref": "m", "name": "m"}
    good = finished(main, [part], [{"ref": "m", "dependsOn": ["a"]}, {"ref": "a", "dependsOn": []}])
    assert faults(good, {("a", "1")}) == [], faults(good, {("a", "1")})
    assert good == finished(main, [part], good["dependencies"]), "the same content has the same number"
    assert good["serialNumber"] != finished(main, [part | {"version": "2"}], good["dependencies"])["serialNumber"]
    bad = [
        good | {"specVersion": "1.4"},
        good | {"serialNumber": "7"},
        good | {"version": "1"},
        good | {"components": [part, part]},
        good | {"components": [part | {"type": "thing"}]},
        good | {"components": [part | {"version": ""}]},
        good | {"components": [part | {"licenses": []}]},
        good | {"components": [part | {"licenses": [{"expression": "MIT/Apache-2.0"}]}]},
        good | {"components": [part | {"hashes": [{"alg": "SHA-256", "content": "12"}]}]},
        good | {"dependencies": [{"ref": "m", "dependsOn": ["b"]}, {"ref": "a", "dependsOn": []}]},
        good | {"dependencies": [{"ref": "m", "dependsOn": ["a"]}]},
    ]
    for number, made in enumerate(bad):
        assert faults(made, {("a", "1")}), f"the fault {number} is not seen"
    assert faults(good, {("b", "1")}) == ["b 1 is not named"]
    print("sbom.py: its check refuses what is wrong")
    return 0


def main():
    match sys.argv[1:]:
        case ["self-test"]:
            return self_test()
        case ["--check", path]:
            return check(path)
        case [path] if not path.startswith("-"):
            Path(path).write_text(json.dumps(bom(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            return check(path)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
