"""A Windows of its own for one run: a copy of the prepared home of Wine, with a person whose name is not plain letters."""

import os
import shutil
import subprocess
from pathlib import Path

WINE = Path("/usr/lib/wine")
FOLDERS = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
PERSON = "Zoë Čapek"


class Wine:
    def __init__(self, screen, prepared, home):
        self.screen, self.home = screen, home
        shutil.copytree(prepared, home, symlinks=True)
        self.env = {
            **{name: value for name, value in screen.env.items() if name != "LD_LIBRARY_PATH"},
            "WINEPREFIX": str(home),
            "WINEARCH": "win64",
            "WINEDEBUG": os.environ.get("WINEDEBUG", "-all"),
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
        }
        self.local = f"C:\\users\\{PERSON}\\AppData\\Local"
        self.path(self.local).mkdir(parents=True)
        self.run("reg", "add", FOLDERS, "/v", "Local AppData", "/t", "REG_SZ", "/d", self.local, "/f")
        self.menu = next(self.path("C:\\users").glob("*/AppData/Roaming/Microsoft/Windows/Start Menu/Programs"))
        self.desktop = next(folder for folder in self.path("C:\\users").glob("*/Desktop") if "Public" not in str(folder))

    def path(self, windows):
        """Where a file of C: is for everybody else."""
        return self.home / "drive_c" / windows.removeprefix("C:\\").replace("\\", "/")

    def inside(self, path):
        """What a file of this computer is called there."""
        return "Z:" + str(path).replace("/", "\\")

    def run(self, *words, seconds=180):
        """Waits for the program's end; its exit code and words."""
        return subprocess.run(
            [str(WINE / "wine64"), *words], env=self.env, capture_output=True, text=True, errors="replace", timeout=seconds
        )

    def spawn(self, *words, log):
        return self.screen.spawn([str(WINE / "wine64"), *words], log, env=self.env)

    def registry(self, key, value=None):
        """What stands there, as text; nothing when there is no such key or value."""
        which = [] if value is None else (["/ve"] if value == "" else ["/v", value])
        done = self.run("reg", "query", key, *which)
        return done.stdout if done.returncode == 0 else ""

    def end(self):
        """Its server and whatever still runs, and nobody else's."""
        subprocess.run([str(WINE / "wineserver64"), "-k"], env=self.env, timeout=60)
        subprocess.run([str(WINE / "wineserver64"), "-w"], env=self.env, timeout=60)
