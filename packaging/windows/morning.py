"""One morning at a Windows desk under Wine: installed, signed in, read, heard, exported, replaced while open, removed.

Wine tells no screen reader what a window shows, so hands are keys alone, and what they did is read from elsewhere: the
files and the registry, what the vendor was asked, the sound card, the clipboard, the desk's own log, and pictures."""

import hashlib
import re
import time
from pathlib import Path

import leaks
import sound
from screen import colours, difference
from waiting import Failed, wait_for

TITLE = "Consult Desk"
PROGRAM = r"Programs\Consult Desk\consult-desk.exe"
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\ConsultDesk"
SCHEME = r"HKCU\Software\Classes\consultdesk\shell\open\command"
SECRETS = r"HKCU\Software\Wine\Credential Manager"
LISTEN_SECONDS = 2
DIALOG = "(Save|Export).*"
TRIES = 6
ALIKE = 0.95
"""The sound goes through two sound systems more than on Linux, one of which may change its pace a little."""
SOUND_OF = r"GET \S*/labels/([^/]+)/audio"


class Morning:
    def __init__(self, screen, wine, vendor, relay, packages):
        self.screen, self.wine, self.vendor, self.relay, self.packages = screen, wine, vendor, relay, packages
        self.program = f"{wine.local}\\{PROGRAM}"
        self.data = wine.path(f"{wine.local}\\ConsultDesk")
        self.app, self.proved, self.pictures = None, [], {}

    def steps(self):
        return (
            self.install_without_a_word,
            self.say_what_it_cannot_do,
            self.sign_in,
            self.open_a_record,
            self.play,
            self.copy_the_note,
            self.export,
            self.look_at_about,
            self.be_raised_by_a_second_start,
            self.be_replaced_while_open,
            self.come_back_without_a_key,
            self.follow_a_link,
            self.close,
            self.leave_no_key_in_a_file,
            self.go_and_leave_the_data,
            self.come_back_after_a_removal,
            self.close,
            self.go_with_everything,
            self.be_rolled_out,
        )

    # ------------------------------------------------------------------------------------------------- coming, going

    def setup(self, *words):
        return self.wine.run(self.wine.inside(self.packages.installer), "/S", *words)

    def has(self, windows):
        return self.wine.path(windows).exists()

    def install_without_a_word(self):
        code = self.setup().returncode
        link = self.wine.menu / "Consult Desk.lnk"
        missing = [what for what, there in self.parts(link).items() if not there]
        if code or missing:
            raise Failed(f"the installer ended with {code}; missing: {missing}")
        if (self.wine.desktop / "Consult Desk.lnk").exists():
            raise Failed("there is a shortcut on the desktop that nobody asked for")
        return "installed for one person without a word: program, uninstaller, Start menu, links, the list of programs"

    def parts(self, link):
        folder = self.program.rpartition("\\")[0]
        return {
            "program": self.has(self.program),
            "uninstaller": self.has(f"{folder}\\uninstall.exe"),
            "licences": self.has(f"{folder}\\licences-of-others.txt"),
            "Start menu": link.exists(),
            "list of programs": TITLE in self.wine.registry(UNINSTALL, "DisplayName"),
            "links": "%1" in self.wine.registry(SCHEME, ""),
        }

    def uninstall(self, *words):
        """It goes on in the background after it came back."""
        folder = self.program.rpartition("\\")[0]
        self.wine.run(f"{folder}\\uninstall.exe", "/S", *words)
        wait_for("the program to go", lambda: not self.has(self.program), 60)
        wait_for("its folder to go", lambda: not self.has(folder), 30)
        wait_for("its entry to go", lambda: not self.wine.registry(UNINSTALL), 30)

    def start(self, *words):
        (self.data / "data" / "logs" / "consult-desk.log").unlink(missing_ok=True)
        arguments = words or ("--server", self.relay.url)
        self.app = self.wine.spawn(self.program, *arguments, log="app.log")
        self.window = self.wait("the window", lambda: self.screen.window(TITLE), 90)
        self.wait("the first picture", lambda: "first frame" in self.log(), 60)
        self.screen.to_front(self.window)

    def wait(self, what, found, seconds=30):
        """Waits, but not longer than the program lives."""

        def look():
            value = found()
            if not value and self.app.poll() is not None:
                raise Failed(f"the program ended ({self.app.returncode}) while this was waited for: {what}")
            return value

        return wait_for(what, look, seconds)

    def log(self):
        """Of this run: the one before was put away."""
        path = self.data / "data" / "logs" / "consult-desk.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def listed(self):
        """How many rows the list had when the desk last said so; room conversations have rows of their own."""
        found = re.findall(r"list shown milliseconds=\d+ rows=(\d+)", self.log())
        return int(found[-1]) if found else 0

    def close(self):
        """As often as it takes: a key that comes before the window is ready for it is nobody's."""
        for _ in range(TRIES):
            self.screen.to_front(self.window)
            self.screen.keys("alt+F4")
            try:
                wait_for("the program to end", lambda: self.app.poll() is not None, 5)
                break
            except Failed:
                continue
        return self.ended("the program ends when its window is closed")

    def ended(self, words):
        wait_for("the program to end", lambda: self.app.poll() is not None, 30)
        code, self.app = self.app.returncode, None
        if code:
            raise Failed(f"the program ended with {code}")
        return words

    # ------------------------------------------------------------------------------------------------------ the steps

    def say_what_it_cannot_do(self):
        """A wrong word at the start is answered by a box of the system."""
        box = self.wine.spawn(self.program, "fly", log="box.log")
        window = wait_for("the message box", lambda: self.screen.window(TITLE), 60)
        self.settle(window, "message-box")
        self.screen.to_front(window)
        self.screen.keys("Return")
        wait_for("the end after the box", lambda: box.poll() is not None, 30)
        if box.returncode != 2:
            raise Failed(f"a wrong word ended with {box.returncode}, should be 2")
        return "a message box tells what went wrong, and Enter closes it"

    def sign_in(self):
        self.start()
        self.settle(self.window, "sign-in")
        self.screen.type(self.vendor.key)
        self.screen.keys("Return")
        wanted = len(self.vendor.records())
        rows = self.wait("all that the vendor has", lambda: self.listed() >= wanted and self.listed(), 60)
        if not self.relay.with_key:
            raise Failed("the key did not reach the vendor")
        self.settle(self.window, "list", self.pictures["sign-in"])
        return f"the key is typed and taken; the list shows {rows} rows, where the vendor has {wanted} records"

    def open_a_record(self):
        self.screen.keys("Down", "Return")
        self.settle(self.window, "record", self.pictures["list"])
        return "a record is opened by keys alone"

    def what_is_heard(self):
        """The record whose recording the vendor was asked for; that is the one that is open."""
        asked = self.wait("the vendor to be asked for a recording", lambda: self.relay.asked(SOUND_OF), 60)
        number = re.search(SOUND_OF, asked[-1])[1]
        return next(record for record in self.vendor.records() if record["id"] == number)

    def play(self):
        self.screen.keys("F4")
        self.record = self.what_is_heard()
        self.wav = self.vendor.recording(self.record)
        self.samples, self.rate = sound.read_wav(self.wav)
        for _ in range(TRIES):
            best = self.listen()
            if best[0] > ALIKE:
                break
            # A busy computer tore holes into it: a recording that has ended begins anew, one that goes on is stopped.
            self.screen.keys("F4")
        if best[0] <= ALIKE:
            raise Failed(f"what was heard is not the recording: the best likeness was {best[0]:.4f}")
        return f"{LISTEN_SECONDS} s of sound are the recording's: likeness {best[0]:.4f}, from {best[1]:.2f} s on"

    def listen(self):
        """As long as it takes to hear enough, or a recording of this length; the best likeness of that."""
        from_here = len(sound.read_monitor(self.screen.monitored))
        best, seconds = (0.0, 0.0), min(len(self.samples) / self.rate, 20) + 5
        recording = self.samples[: 60 * self.rate]

        def heard():
            nonlocal best
            played = sound.read_monitor(self.screen.monitored)[from_here:]
            if sound.heard_seconds(played) < LISTEN_SECONDS + 0.5:
                return False
            best = max(best, sound.likeness(played, recording, self.rate, LISTEN_SECONDS))
            return best[0] > ALIKE

        try:
            self.wait("the recording's sound", heard, seconds)
        except Failed:
            if self.app.poll() is not None:
                raise
        return best

    def copy_the_note(self):
        self.screen.keys("ctrl+shift+c")
        text = self.wait("the note on the clipboard", lambda: len(self.screen.clipboard()) > 40, 20) and self.screen.clipboard()
        notes = " ".join(" ".join((note.get("content") or "").split()) for note in self.notes())
        words = [line.strip() for line in text.splitlines() if len(line.strip()) > 25]
        known = [line for line in words if " ".join(line.split()) in notes]
        if not known:
            raise Failed("what is on the clipboard is not this record's note")
        return "the note is on the clipboard, and other programs get it"

    def notes(self):
        return self.vendor.detail(self.record).get("ownedPatientNotes") or []

    def export(self):
        path = self.screen.out / "exported.wav"
        path.unlink(missing_ok=True)
        for _ in range(TRIES):
            self.answer_dialog(path)
            try:
                self.wait("the exported recording", path.exists, 20)
                break
            except Failed:
                # On a busy computer a key comes twice or not at all; the dialog then says what it dislikes.
                while dialog := self.screen.window(DIALOG) or self.screen.window("Invalid.*"):
                    self.screen.to_front(dialog)
                    self.screen.keys("Escape")
                self.screen.to_front(self.window)
        if not path.exists():
            raise Failed("the recording was not exported")
        wanted, got = (hashlib.sha256(data).hexdigest() for data in (self.wav, path.read_bytes()))
        if wanted != got:
            raise Failed(f"the exported file is not the vendor's: SHA-256 {got}, should be {wanted}")
        return f"the exported recording is the vendor's, byte for byte ({len(self.wav)} bytes)"

    def answer_dialog(self, path):
        self.screen.keys("ctrl+e")
        dialog = self.wait("the save dialog", lambda: self.screen.window(DIALOG), 30)
        self.screen.to_front(dialog)
        self.settle(dialog, "save-dialog")
        self.screen.put_on_clipboard(self.wine.inside(path))
        for key in ("alt+n", "Home", "shift+End", "Delete", "ctrl+v", "Return"):
            self.screen.keys(key)

    def look_at_about(self):
        self.screen.to_front(self.window)
        self.settle(self.window, "heard")
        self.screen.keys("ctrl+k")
        # Whatever opens over the window dims all of it.
        self.settle(self.window, "palette", self.pictures["heard"], 0.5)
        self.screen.type("About")
        self.settle(self.window, "found", self.pictures["palette"], 0.02)
        self.screen.keys("Return")
        self.settle(self.window, "about", self.pictures["found"], 0.02)
        self.screen.keys("Escape")
        return "About opens by the palette"

    def be_raised_by_a_second_start(self):
        self.answer(["xdotool", "windowminimize", self.window])
        wait_for("the window to be put away", lambda: not self.screen.window(TITLE), 20)
        code = self.wine.run(self.program, "--server", self.relay.url, seconds=60).returncode
        self.wait("the window to come back", lambda: self.screen.window(TITLE), 20)
        if code:
            raise Failed(f"the second start ended with {code}")
        return "a second start shows the window of the first and ends"

    def answer(self, command):
        return self.screen.answer(command)

    def be_replaced_while_open(self):
        """The installer asks the window to close, waits, and puts the new program in its place."""
        before = self.wine.path(self.program).stat().st_ino
        code = self.setup().returncode
        words = self.ended("an upgrade closes the open desk by asking, replaces the program and keeps the data")
        if code or self.wine.path(self.program).stat().st_ino == before:
            raise Failed(f"the upgrade ended with {code}, or the program is the old file")
        return words

    def come_back_without_a_key(self):
        self.relay.forget()
        self.start()
        rows = self.wait("the list, with no key typed", self.listed, 60)
        self.wait("the vendor to be asked with the key", lambda: self.relay.with_key, 30)
        self.settle(self.window, "came-back", self.pictures["sign-in"])
        if "vault-key" not in self.wine.registry(SECRETS) and "Consult Desk" not in self.wine.registry(SECRETS):
            raise Failed("the key store has no entry of the desk")
        return f"the next start shows {rows} rows; the key was found in the Credential Manager"

    def follow_a_link(self):
        """As the registry says that the system starts the program; it is Wine's browser that does not."""
        link = f"consultdesk://consultation/{self.record['id']}"
        done = self.wine.run(self.program, link, seconds=60)
        self.settle(self.window, "link", self.pictures["came-back"])
        if done.returncode:
            raise Failed(f"the link ended with {done.returncode}")
        return "a link of consultdesk: is opened by the desk that runs"

    def leave_no_key_in_a_file(self):
        needles = leaks.key_needles(self.vendor.key)
        found, read = [], 0
        for path in leaks.files_under(str(self.data), str(self.wine.path(self.program).parent)):
            found += leaks.find(path.read_bytes(), needles, None, str(path))
            read += 1
        for name in ("user.reg", "system.reg"):
            found += leaks.find((self.wine.home / name).read_bytes(), needles, None, name)
        if found or read < 5:
            raise Failed("; ".join(found) or f"only {read} files were there to be read")
        return f"no key in {read} files and the registry"

    def go_and_leave_the_data(self):
        before = sorted(path.name for path in self.data.glob("data/*"))
        self.uninstall()
        left = [what for what, there in self.parts(self.wine.menu / "Consult Desk.lnk").items() if there]
        after = sorted(path.name for path in self.data.glob("data/*"))
        if left or before != after or "vault.sealed" not in after:
            raise Failed(f"left behind: {left}; data before {before} and after {after}")
        return f"removed without a trace of the program; its {len(after)} files and folders of data stay"

    def come_back_after_a_removal(self):
        code = self.setup("/DESKTOP").returncode
        if code or not (self.wine.desktop / "Consult Desk.lnk").exists():
            raise Failed(f"installing anew ended with {code}, or there is no shortcut on the desktop")
        self.start()
        rows = self.wait("the list, with no key typed", self.listed, 60)
        return f"installed anew, it goes on where it was: {rows} rows, no key asked for"

    def go_with_everything(self):
        self.uninstall("/REMOVEDATA")
        wait_for("the data to go", lambda: not self.data.exists(), 30)
        if (self.wine.desktop / "Consult Desk.lnk").exists():
            raise Failed("the shortcut is still on the desktop")
        if "vault-key" in self.wine.registry(SECRETS):
            raise Failed("the key store still has the desk's entry")
        return "removed with its data: no folder, no shortcut, no entry in the key store"

    def be_rolled_out(self):
        program = "C:\\Program Files\\Consult Desk\\consult-desk.exe"
        package = self.wine.inside(self.packages.msi)
        code = self.wine.run("msiexec", "/i", package, "/qn").returncode
        if code or not self.has(program) or "%1" not in self.wine.registry(SCHEME.replace("HKCU", "HKLM"), ""):
            raise Failed(f"the MSI's installation ended with {code}, or something is missing")
        version = self.wine.run(program, "--version").stdout.strip()
        code = self.wine.run("msiexec", "/x", package, "/qn").returncode
        if code or self.has(program) or not version.startswith("consult-desk "):
            raise Failed(f"the MSI's removal ended with {code}, or the program is still there; it said {version!r}")
        return f"the MSI installs for everybody, {version} answers, and it is removed again"

    # ------------------------------------------------------------------------------------------------------- pictures

    def settle(self, window, name, unlike=None, by=0.03):
        """Waits until the window shows something else than before, by that part of its pixels, and two looks at it
        agree; keeps the picture."""
        last = None

        def calm():
            nonlocal last
            before, last = last, self.screen.picture(window)
            if last is None or colours(last) <= 12 or difference(before, last) > 0.001:
                return False
            return unlike is None or difference(last, unlike) > by

        wait_for(f"another picture that stands still ({name})", calm, 30)
        self.pictures[name] = last
        self.screen.keep(last, name)
        return last

    def explain(self):
        """What a reader needs to see why."""
        self.screen.keep(self.screen.picture("root"), "failed")
        print("-- the desk's last words:\n" + "\n".join(self.log().splitlines()[-15:]), flush=True)
        print("-- asked of the vendor:\n" + "\n".join(self.relay.asked("")[-10:]), flush=True)

    def leave(self):
        if self.app and self.app.poll() is None:
            self.app.terminate()
            self.app.wait(10)


class Packages:
    def __init__(self, folder):
        found = {ending: sorted(Path(folder).glob(f"*{ending}")) for ending in ("-setup.exe", ".msi")}
        if not all(found.values()):
            raise Failed(f"{folder} holds no packages; make them with packaging/windows/build.sh")
        self.installer, self.msi = (found[ending][-1].resolve() for ending in ("-setup.exe", ".msi"))


def take(morning, steps):
    for step in steps:
        began = time.monotonic()
        proved = step()
        morning.proved.append(proved)
        print(f"ok  {proved} ({time.monotonic() - began:.1f} s)", flush=True)
