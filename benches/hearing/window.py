"""What the real window costs while a long recording plays: visible, minimised, paused; and whether its sound has gaps.

    sh benches/hearing.sh --window   (HEARING_SECONDS=N for other than 60)

The recording plays from disk into a sound server with a null card. Prints Markdown rows."""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "packaging" / "realwindow"))
from desktop import Desktop, wait_for  # noqa: E402
from vendor import Vendor  # noqa: E402

SECONDS = int(os.environ.get("HEARING_SECONDS", "60"))
TICKS = os.sysconf("SC_CLK_TCK")


def status(pid, name):
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1000


def cpu_by_thread(pid):
    """CPU seconds of each thread, added up by name."""
    used = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            head, fields = (task / "stat").read_text().rsplit(")", 1)
            name = head.split("(", 1)[1]
            used[name] = used.get(name, 0) + sum(map(int, fields.split()[11:13])) / TICKS
        except OSError:
            pass
    return used


class Watch:
    def __init__(self, desktop, pid):
        self.desktop, self.pid = desktop, pid

    def underflows(self):
        """What the sound server says about starving streams."""
        text = (self.desktop.out / "pulseaudio.log").read_text(errors="replace")
        return len(re.findall(r"[Uu]nderrun|[Uu]nderflow", text))

    def row(self, what, seconds):
        before, memory = cpu_by_thread(self.pid), status(self.pid, "VmRSS")
        began = time.monotonic()
        time.sleep(seconds)
        took, after = time.monotonic() - began, cpu_by_thread(self.pid)
        used = {name: after[name] - before.get(name, 0) for name in after}
        share = {name: 100 * seconds / took for name, seconds in used.items()}
        most = sorted(share.items(), key=lambda pair: -pair[1])[:4]
        words = ", ".join(f"{name} {value:.1f}" for name, value in most if value >= 0.05)
        now = status(self.pid, "VmRSS")
        print(f"| {what} | {sum(share.values()):.2f} | {words} | {now - memory:+.1f} | {now:.0f} |", flush=True)


def sign_in(desktop, command, vendor):
    """The first start: signs in, and remembers where the first row is."""
    app = desktop.spawn(command, "first.log")
    is_field = lambda p: p.is_seen and p.name == "API key" and ("text" in p.role or p.role == "entry")  # noqa: E731
    field = wait_for("the key field", lambda: desktop.find(app.pid, is_field), 60)
    desktop.window(app.pid)
    desktop.click(field)
    wait_for("the cursor", lambda: desktop.find(app.pid, lambda p: p.name == "API key" and "focused" in p.states))
    desktop.type(vendor.key)
    desktop.keys("Return")
    is_row = lambda p: p.is_seen and p.role == "list item" and ", " in p.name  # noqa: E731
    row = wait_for("a row", lambda: desktop.find(app.pid, is_row), 60)
    desktop.click(row)
    save = wait_for("the recording", lambda: desktop.find(app.pid, lambda p: p.name == "Play"), 60)
    desktop.click(save)
    wait_for("the whole recording", lambda: stored(desktop), 120)
    desktop.keys("alt+F4")
    app.wait(10)
    return row


def stored(desktop):
    """Whether a recording lies whole in the profile."""
    found = list((desktop.out / "home").rglob("*.wav"))
    return found and not list((desktop.out / "home").rglob("*.part"))


def sounds(desktop):
    return "RUNNING" in desktop.answer(["pactl", "list", "short", "sinks"]) and desktop.answer(
        ["pactl", "list", "short", "sink-inputs"]
    )


def silence_the_reader(desktop):
    """As most people run it, without a screen reader."""
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        call = ["gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus"]
        desktop.answer([*call, "--method", "org.freedesktop.DBus.Properties.Set", "org.a11y.Status", name, "<false>"])


def plain_sound(desktop):
    """The desktop writes all samples to a file; here the card is the sound server's alone, with its usual buffers."""
    runtime = Path(desktop.env["XDG_RUNTIME_DIR"])
    alsa = runtime / "plain.conf"
    alsa.write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    desktop.env["ALSA_CONFIG_PATH"] = str(alsa)
    desktop.env.pop("PULSE_LATENCY_MSEC", None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=Path)
    parser.add_argument("--data")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    desktop = Desktop(options.out)
    try:
        desktop.start("1280x800")
        plain_sound(desktop)
        desktop.env["CONSULT_DESK_HOME"] = str(options.out / "home")
        vendor = Vendor(desktop, str(options.programs / "nxvet-sim"), ["--data", options.data])
        ours = [str(options.programs / "consult-desk"), "--server", vendor.url]
        row = sign_in(desktop, ours, vendor)
        silence_the_reader(desktop)
        app = desktop.spawn(ours, "second.log")
        window = wait_for("the window", lambda: desktop.window(app.pid))
        time.sleep(4)
        watch = Watch(desktop, app.pid)
        print("\n| the window | CPU, % of one core | of which by thread | RSS change, MB | RSS, MB |\n|---|---|---|---|---|")
        watch.row("open, nothing plays", SECONDS / 4)
        desktop.click(row)
        time.sleep(2)
        desktop.keys("F4")
        wait_for("sound", lambda: sounds(desktop))
        time.sleep(5)
        desktop.shot("playing")
        before = watch.underflows()
        watch.row("visible, playing", SECONDS)
        subprocess.run(["xdotool", "windowminimize", window], env=desktop.env, check=True)
        time.sleep(2)
        watch.row("minimised, playing", SECONDS)
        still = bool(sounds(desktop))
        subprocess.run(["xdotool", "windowactivate", "--sync", window], env=desktop.env, check=True)
        time.sleep(2)
        desktop.shot("back")
        watch.row("visible again, playing", SECONDS / 2)
        desktop.keys("F4")
        time.sleep(2)
        watch.row("visible, paused", SECONDS / 4)
        print(f"\nStill sounding while minimised: {still}. Words of the sound server about gaps: {watch.underflows() - before}.")
        desktop.keys("alt+F4")
        app.wait(10)
        log = sorted((options.out / "home" / "logs").glob("*"), key=lambda path: path.stat().st_mtime)[-1].read_text()
        print("Log: " + "; ".join(line for line in log.splitlines() if "closing" in line or "underrun" in line)[-300:])
    finally:
        desktop.stop()


main()
