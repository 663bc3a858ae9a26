"""The installer's own windows, gone through as a person does, by keys: install, ask about the data, think better of it."""

from waiting import Failed, wait_for

SETUP = "Consult Desk Setup"
UNINSTALL = "Consult Desk Uninstall"


class Installer:
    def __init__(self, morning):
        self.morning, self.screen, self.wine = morning, morning.screen, morning.wine

    def steps(self):
        return (self.go_through_the_wizard, self.be_asked_about_the_data)

    def page(self, title, name):
        window = wait_for(f"the window of {name}", lambda: self.screen.window(title), 60)
        self.screen.to_front(window)
        self.morning.settle(window, name)

    def go_through_the_wizard(self):
        setup = self.wine.spawn(self.wine.inside(self.morning.packages.installer), log="setup.log")
        self.page(SETUP, "installer-welcome")
        self.screen.keys("alt+n")
        self.page(SETUP, "installer-options")
        self.screen.keys("alt+i")
        wait_for("the program in its place", lambda: self.morning.has(self.morning.program), 60)
        wait_for("its entry in the list", lambda: self.morning.parts(self.wine.menu / "Consult Desk.lnk")["links"], 30)
        self.page(SETUP, "installer-ready")
        # The tick says that the desk is to be opened; not now.
        self.screen.keys("alt+o", "alt+f")
        wait_for("the installer to end", lambda: setup.poll() is not None, 60)
        if setup.returncode:
            raise Failed(f"the installer ended with {setup.returncode}")
        if self.screen.window("Consult Desk"):
            raise Failed("the desk was opened all the same")
        return "the wizard: three pages, by keys alone"

    def be_asked_about_the_data(self):
        folder = self.morning.program.rpartition("\\")[0]
        self.wine.spawn(f"{folder}\\uninstall.exe", log="uninstall.log")
        self.page(UNINSTALL, "uninstaller")
        self.screen.keys("Escape")
        wait_for("the uninstaller to go", lambda: not self.screen.window(UNINSTALL), 30)
        if not self.morning.has(self.morning.program):
            raise Failed("the program was removed although the question was put away")
        self.morning.uninstall()
        return "the uninstaller asks about the data, and Escape leaves everything"
