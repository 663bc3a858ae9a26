"""The person at the desk: starts the program, signs in, finds things in the window and waits for them.
What is done with it then stands in `scenario.py` and `hearing.py`."""

import time

from desktop import Failed, wait_for

FIELD_ROLES = {"entry", "password text", "text"}


class Person:
    """One program and one home; the steps of those who derive from it say what they proved or raise `Failed`."""

    def __init__(self, desktop, vendor, program, home, title):
        self.desktop, self.vendor, self.program, self.home, self.title = desktop, vendor, program, home, title
        self.app = None
        self.passed = []
        self.torn = 0
        self.log = f"app-{title}.log"

    def take(self, steps):
        """One after the other; the first that fails is the last."""
        for step in steps:
            began = time.monotonic()
            proved = step()
            self.passed.append(proved)
            print(f"ok  {self.title}: {proved} ({time.monotonic() - began:.1f} s)", flush=True)
            if self.app:
                self.desktop.shot(f"{self.title}-{step.__name__}")

    def take_all(self, steps):
        """For steps that do not build on each other: what fails is told, and the others are taken too, as long as the
        program lives. How many failed."""
        failed = 0
        for step in steps:
            try:
                self.take([step])
            except Failed as error:
                failed += 1
                print(f"FAILED  {self.title}, {step.__name__}: {error}", flush=True)
                if not self.app or self.app.poll() is not None:
                    break
                self.desktop.shot(f"{self.title}-{step.__name__}-failed")
        return failed

    # ------------------------------------------------------------------------------------------------ finding things

    def wait(self, what, found, seconds=20):
        """Waits, but not longer than the program lives."""

        def look():
            value = found()
            if not value and self.app.poll() is not None:
                raise Failed(f"the program ended ({self.app.returncode}) while this was waited for: {what}")
            return value

        return wait_for(what, look, seconds)

    def find(self, what, good, seconds=20):
        """Waits for a part of the window that can be seen."""
        return self.wait(what, lambda: self.desktop.find(self.app.pid, lambda part: part.is_seen and good(part)), seconds)

    def named(self, what, *starts, role=None, seconds=20):
        def good(part):
            return any(part.name.startswith(start) for start in starts) and (role is None or role in part.role)

        return self.find(what, good, seconds)

    def gone(self, what, *starts):
        def seen(part):
            return part.is_seen and part.name.startswith(starts)

        self.wait(f"an end of {what}", lambda: not self.desktop.find(self.app.pid, seen))

    def rows(self):
        """The rows of the list that can be seen, by their names."""
        return [part for part in self.desktop.find_all(self.app.pid, lambda part: part.is_seen and self.is_row(part))]

    def is_row(self, part):
        return part.role == "list item" and ", " in part.name

    # ------------------------------------------------------------------------------------------- coming and going

    def start(self, log):
        self.app = self.desktop.spawn([self.program, "--server", self.vendor.url], log, env=self.environment())
        self.wait("the window", lambda: self.desktop.window(self.app.pid), 60)

    def environment(self):
        return self.desktop.env | {"CONSULT_DESK_HOME": str(self.home)}

    def sign_in(self):
        self.start(self.log)
        field = self.find("the key field", self.is_key_field, 30)
        self.desktop.click(field)
        self.find("the cursor in the key field", lambda part: part.name == field.name and "focused" in part.states)
        self.desktop.type(self.vendor.key)
        self.desktop.keys("Return")
        self.wait("the sign-in screen to go", lambda: not self.key_field(), 30)
        return "the key is typed and taken"

    def key_field(self):
        return self.desktop.find(self.app.pid, self.is_key_field)

    def is_key_field(self, part):
        return part.is_seen and part.name == "API key" and part.role in FIELD_ROLES

    def go_on_with_sound(self):
        """On a starved computer the sound server may stand still until the program gives it up; then the person does
        what the words say. More than twice is no accident any more."""
        says = "The speakers or headphones went away"
        if self.torn < 2 and self.desktop.find(self.app.pid, lambda part: part.is_seen and part.name.startswith(says)):
            self.torn += 1
            self.desktop.click(self.find("the play button", lambda part: part.name == "Play"))
            self.find("the pause button", lambda part: part.name == "Pause")

    def pause(self):
        """Unless a short recording ended by itself."""
        button = self.find("the pause or play button", lambda part: part.name in ("Pause", "Play"))
        if button.name == "Pause":
            self.desktop.click(button)
        self.find("the play button again", lambda part: part.name == "Play")

    def quit(self):
        self.desktop.close_by_keys(self.app)
        if self.app.returncode != 0:
            raise Failed(f"the program ended with {self.app.returncode}")
        self.app = None
        return "the program ends when its window is closed"

    def leave(self):
        """However the steps ended."""
        if self.app and self.app.poll() is None:
            self.app.terminate()
            self.app.wait(10)

    def explain(self):
        """What a reader needs to see why: picture, tree, the program's last words."""
        if self.app and self.app.poll() is None:
            self.desktop.shot(f"{self.title}-failed")
            tree = self.desktop.dump(self.app.pid)
            (self.desktop.out / f"tree-{self.title}.txt").write_text(tree)
            print(f"-- what a screen reader would find:\n{tree}")
        log = self.desktop.out / self.log
        if log.exists():
            words = log.read_text(errors="replace").splitlines()[-20:]
            print("-- the program's last words:\n" + "\n".join(words), flush=True)
