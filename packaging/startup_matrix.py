"""One kind of key store of the start-up matrix, and the table of all of them. See `startup_matrix.sh`.

What a start shows is read from the tree that a screen reader gets, and for a message box from the program that would
have shown it. The clock begins with the process; an answer that never comes from the key store counts as no wait, since
the desk must not wait for it."""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "realwindow"))

KINDS = ("present", "locked", "absent", "slow")
STORES = ("none", "ok", "corrupt", "newer")
DRIVERS = ("all drivers", "no OpenGL", "no Vulkan", "no driver")
SOUNDS = ("sound", "no sound")
LIMIT = 3.0
PATIENCE = 20.0
"""How long a start is watched; what comes after the limit is told with its time."""

NOWHERE = "/nonexistent"
HIDDEN = {
    "all drivers": {},
    "no OpenGL": {"LIBGL_DRIVERS_PATH": NOWHERE, "__EGL_VENDOR_LIBRARY_FILENAMES": NOWHERE},
    "no Vulkan": {"VK_DRIVER_FILES": NOWHERE, "VK_ICD_FILENAMES": NOWHERE},
}
HIDDEN["no driver"] = HIDDEN["no OpenGL"] | HIDDEN["no Vulkan"]


def seen(part):
    """What a part of the window says about the start; nothing for most of them."""
    words = " ".join(f"{part.name} {part.text}".split())
    if not part.is_seen:
        return None
    if part.role == "list item" and ", " in part.name:
        return "list"
    if "made by a newer version" in words:
        return "says newer"
    if words.startswith("Waiting for your system's password store"):
        return "says it waits"
    if "password store is locked" in words:
        return "says locked"
    if "has no password store" in words:
        return "says none"
    if part.name == "API key":
        return "key field"
    return None


WANTED = {
    # What is kept can be read.
    ("present", "none"): {"key field"},
    ("present", "ok"): {"list"},
    ("present", "corrupt"): {"list"},
    ("present", "newer"): {"says newer"},
}
for store in STORES:
    # Nothing is kept that would need the key store, so it is not asked.
    WANTED[("locked", store)] = {"key field"} if store == "none" else {"says locked"}
    WANTED[("absent", store)] = {"key field"} if store == "none" else {"says none"}
    WANTED[("slow", store)] = {"key field"} if store == "none" else {"says it waits"}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--kind", choices=KINDS)
    for name in ("programs", "it", "private", "vendor"):
        parser.add_argument(f"--{name}", type=Path)
    return parser.parse_args()


# ------------------------------------------------------------------------------------------------------ the profiles


def lay_out(person, asked, profiles, vendor):
    """A good profile by hand, as a person makes it; the others from it."""
    from desktop import Failed

    person.sign_in()
    person.wait("the list", person.rows, 30)
    person.find("an end of the reading", lambda part: "up to date" in f"{part.name} {part.text}".lower(), 60)
    person.quit()
    shutil.copytree(person.home, profiles / "ok")
    corrupt = shutil.copytree(person.home, profiles / "corrupt")
    for name in ("cache.db", "local.db"):
        with open(corrupt / "data" / name, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(size // 3)
            file.write(os.urandom(max(4096, size // 3)))
    (profiles / "none").mkdir()
    words = {"MATRIX_HOME": str(profiles / "newer"), "MATRIX_KEY": vendor.key, "MATRIX_SERVER": vendor.url}
    test = "startup_profiles::lay_out_a_profile_of_a_later_version"
    done = subprocess.run(
        [asked.it, "--ignored", "--exact", test], env=person.desktop.env | words, capture_output=True, text=True
    )
    if done.returncode or "1 passed" not in done.stdout:
        raise Failed(f"the profile of a later version was not laid out: {done.stdout[-2000:]} {done.stderr[-2000:]}")


# --------------------------------------------------------------------------------------------------------- one start


def start(desktop, asked, vendor, store, drivers, sound, place):
    """What one start shows, and after how many seconds."""
    home = asked.private / "cell"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(asked.private / "profiles" / store, home)
    env = desktop.env | HIDDEN[drivers] | {"CONSULT_DESK_HOME": str(home)}
    if sound == "no sound":
        env |= {"PULSE_SERVER": f"unix:{NOWHERE}", "ALSA_CONFIG_PATH": str(asked.private / "silent.conf")}
    desktop.dialog_log.unlink(missing_ok=True)
    wanted = WANTED[(asked.kind, store)]
    began = time.monotonic()
    app = desktop.spawn([asked.programs / "consult-desk", "--server", vendor.url], f"cell-{place}.log", env=env)
    shown, at = "nothing", None
    while time.monotonic() - began < PATIENCE:
        if desktop.dialog_log.exists() and desktop.dialog_log.stat().st_size:
            shown, at = "box", time.monotonic() - began
            break
        if app.poll() is not None:
            shown, at = f"ended ({app.returncode})", time.monotonic() - began
            break
        found = {seen(part) for part in desktop.nodes_of(app.pid)} - {None}
        if found:
            shown = ", ".join(sorted(found))
            if found & wanted:
                shown, at = ", ".join(sorted(found & wanted)), time.monotonic() - began
                break
        time.sleep(0.02)
    code = finish(app) if shown == "box" else None
    drawn = renderer(home)
    while shown != "box" and not drawn and app.poll() is None and time.monotonic() - began < PATIENCE:
        time.sleep(0.02)
        drawn = renderer(home)
    if app.poll() is None:
        app.terminate()
        app.wait(10)
    desktop.running.remove(app)
    good = (shown == "box" and code not in (0, None)) if drivers == "no driver" else shown in wanted
    panics = "failed at" in (desktop.out / f"cell-{place}.log").read_text(errors="replace")
    return {"shown": shown, "at": at, "good": bool(good and at <= LIMIT and not panics), "code": code, "panics": panics,
            "renderer": drawn}


def finish(app):
    try:
        return app.wait(10)
    except subprocess.TimeoutExpired:
        return None


def renderer(home):
    """Once its first picture is on the screen."""
    try:
        note = json.loads((home / "cache" / "renderer.json").read_text())
        return None if note["trying"] else note["worked"]
    except (OSError, ValueError, KeyError):
        return None


def whole_kind(asked):
    import gi
    from desktop import Desktop, Failed
    from person import Person
    from vendor import Vendor

    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi

    class Shared(Vendor):
        """One that runs already."""

        def __init__(self, said):
            self.url, self.key, self.organization = said

    class Room(Desktop):
        """A desktop whose key store is of the kind that is asked for."""

        def _keys(self):
            if asked.kind == "present":
                super()._keys()
            elif asked.kind == "locked":
                daemon = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
                self.spawn(daemon, "keyring.log", stdin=subprocess.DEVNULL)
                self.named_service()
            elif asked.kind == "slow":
                self.spawn([sys.executable, str(Path(__file__).parent / "realwindow" / "silent_keys.py")], "keyring.log")
                self.named_service()

        def named_service(self):
            from waiting import wait_for

            ask = ["gdbus", "call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/org/freedesktop/DBus"]
            ask += ["--method", "org.freedesktop.DBus.NameHasOwner", "org.freedesktop.secrets"]
            wait_for("a key store", lambda: "true" in self.answer(ask))

        def nodes_of(self, pid):
            from gi.repository import GLib

            try:
                yield from self.nodes(pid)
            except (GLib.Error, RuntimeError):
                return

    # A desk that was just ended must not hold up the look at the next one.
    Atspi.set_timeout(400, 2000)
    out = asked.out / asked.kind
    out.mkdir(parents=True, exist_ok=True)
    line = asked.vendor.read_text().split()
    said = dict(word.split("=", 1) for word in line if "=" in word)
    vendor = Shared((line[1], said["key"], said["org"]))
    (asked.private / "silent.conf").write_text("ctl.!default { type hw card 99 }\npcm.!default { type hw card 99 }\n")
    desktop, cells = Room(out), []
    try:
        desktop.start("1400x900")
        # What a box would say is enough; nobody has to click it away.
        desktop.dialog_answer.write_text("")
        profiles = asked.private / "profiles"
        if asked.kind == "present":
            profiles.mkdir()
            person = Person(desktop, vendor, asked.programs / "consult-desk", asked.private / "laid-out", "profile")
            try:
                lay_out(person, asked, profiles, vendor)
            finally:
                person.leave()
        for store, drivers, sound in itertools.product(STORES, DRIVERS, SOUNDS):
            place = f"{store}-{drivers}-{sound}".replace(" ", "_")
            cell = start(desktop, asked, vendor, store, drivers, sound, place)
            cells.append(cell | {"keys": asked.kind, "store": store, "drivers": drivers, "sound": sound})
            word = "ok    " if cell["good"] else "FAILED"
            print(f"{word} {asked.kind}, {store}, {drivers}, {sound}: {cell['shown']}, {cell['at']}, {cell['renderer']}", flush=True)
    except Failed as error:
        print(f"FAILED  {asked.kind}: {error}", flush=True)
    finally:
        desktop.stop()
        (asked.out / f"{asked.kind}.json").write_text(json.dumps(cells, indent=1))
    return 0 if len(cells) == 32 and all(cell["good"] for cell in cells) else 1


# --------------------------------------------------------------------------------------------------------- the table


def words_of(cell):
    if cell is None:
        return "not run"
    at = "" if cell["at"] is None else f" {cell['at']:.1f} s"
    drawn = {"wgpu-software": "w", "glow": "g", "wgpu-hardware": "W"}.get(cell["renderer"], "")
    text = f"{cell['shown']}{at}" + (f" ({drawn})" if drawn and cell["shown"] != "box" else "")
    if cell["shown"] == "box":
        text += f", exit {cell['code']}"
    return text if cell["good"] else f"**{text}**"


def table(out):
    cells = {}
    for kind in KINDS:
        path = out / f"{kind}.json"
        for cell in json.loads(path.read_text()) if path.exists() else []:
            cells[(cell["keys"], cell["store"], cell["drivers"], cell["sound"])] = cell
    columns = list(itertools.product(DRIVERS, SOUNDS))
    lines = ["| key store | store | " + " | ".join(f"{drivers}, {sound}" for drivers, sound in columns) + " |"]
    lines.append("|---|---|" + "---|" * len(columns))
    for kind, store in itertools.product(KINDS, STORES):
        row = [words_of(cells.get((kind, store, *column))) for column in columns]
        lines.append(f"| {kind} | {store} | " + " | ".join(row) + " |")
    good = [cell for cell in cells.values() if cell["good"]]
    slowest = max((cell["at"] for cell in cells.values() if cell["at"] is not None), default=0)
    middle = sorted(cell["at"] for cell in good)[len(good) // 2] if good else 0
    lines.append("")
    lines.append(
        f"{len(good)} of {len(KINDS) * len(STORES) * len(columns)} starts show a usable window or a clear message within "
        f"{LIMIT:.0f} s of the process's start (half of them within {middle:.1f} s, the slowest after {slowest:.1f} s); "
        f"{sum(cell['panics'] for cell in cells.values())} with a panic. g: drawn by glow, w: by wgpu on the processor."
    )
    (out / "matrix.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 0 if len(good) == 128 else 1


def main():
    asked = options()
    return table(asked.out) if asked.table else whole_kind(asked)


if __name__ == "__main__":
    sys.exit(main())
