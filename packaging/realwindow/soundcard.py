"""A sound card that nobody hears: it keeps time and writes what it is given, as it is given; see `sound.read_card`.
What the sound server then plays is recorded from its monitor too; see `sound.read_monitor`. It can be pulled out."""

import signal
import threading
import time
from pathlib import Path

import numpy

from waiting import wait_for

SINK = "module-null-sink sink_name=card rate=48000 channels=2 format=s16le"


class SoundCard:
    def __init__(self, desktop):
        self.desktop = desktop
        self.runtime = Path(desktop.env["XDG_RUNTIME_DIR"])
        self.server = self.recorder = None
        self.recordings = 0

    def start(self):
        script = self.runtime / "sound.pa"
        script.write_text(
            f"load-module {SINK}\n"
            f"load-module module-native-protocol-unix socket={self.runtime}/sound auth-anonymous=1\n"
            "set-default-sink card\n"
        )
        alsa = self.runtime / "asound.conf"
        alsa.write_text(
            'pcm.!default { type plug slave.pcm "written" }\n'
            f'pcm.written {{ type file slave.pcm "server" file "{self.desktop.played}" format "raw" }}\n'
            "pcm.server { type pulse }\n"
            "ctl.!default { type pulse }\n"
        )
        # A long buffer and a high rank, if it may be had: a busy computer must not tear holes into what is compared.
        server, latency = f"unix:{self.runtime}/sound", "800"
        self.desktop.env |= {"PULSE_SERVER": server, "ALSA_CONFIG_PATH": str(alsa), "PULSE_LATENCY_MSEC": latency}
        self.start_server()
        self.record()

    def start_server(self):
        command = ["nice", "-n", "-10", "pulseaudio", "-n", "-F", str(self.runtime / "sound.pa"), "--exit-idle-time=-1"]
        command += ["--daemonize=no", "--system=no", "--use-pid-file=no"]
        self.server = self.desktop.spawn(command, "pulseaudio.log")
        wait_for("the sound server", lambda: "card" in self.ask("list", "short", "sinks"))

    def ask(self, *words):
        return self.desktop.answer(["pactl", *words])

    def record(self):
        """From now on, into a file of its own: the recorder does not outlive what it listens to."""
        self.recordings += 1
        path = self.desktop.monitored
        if self.recordings > 1:
            path = path.with_stem(f"{path.stem}-{self.recordings}")
        self.desktop.monitored = path
        record = "exec parec --latency-msec=200 -d card.monitor --format=s16le --rate=48000 --channels=2 --raw"
        self.recorder = self.desktop.spawn(["sh", "-c", f"{record} >'{path}'"], "parec.log")
        # What is played before the recording runs would be lost.
        wait_for("the monitor", lambda: path.exists() and path.stat().st_size > 20_000)

    # ------------------------------------------------------------------------------------------------- misfortunes

    def pull_out(self):
        """The plug of the headphones: the server stays, and has no card any more."""
        modules = [line.split("\t") for line in self.ask("list", "short", "modules").splitlines()]
        for number in [module[0] for module in modules if module[1] == "module-null-sink"]:
            self.ask("unload-module", number)
        self.stop_recorder()

    def plug_in(self):
        self.ask("load-module", *SINK.split())
        self.ask("set-default-sink", "card")
        self.record()

    def lose_server(self):
        self.server.send_signal(signal.SIGKILL)
        self.server.wait(10)
        self.stop_recorder()

    def bring_server_back(self):
        (self.runtime / "sound").unlink(missing_ok=True)
        self.start_server()
        self.record()

    def stop_recorder(self):
        if self.recorder.poll() is None:
            self.recorder.send_signal(signal.SIGTERM)
        self.recorder.wait(10)


class Tap(threading.Thread):
    """Follows a file of sound while it is written and begun anew, and keeps what came since it was last told to
    forget: two columns on the scale of 16 bits, and when each piece came."""

    def __init__(self, path, kind):
        super().__init__(daemon=True)
        self.path, self.kind = path, kind
        self.scale = 32_768.0 if kind == "<f4" else 1.0
        self.frame = 2 * numpy.dtype(kind).itemsize
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.read, self.pieces, self.moments = 0, [], []

    def run(self):
        while not self.ending.wait(0.02):
            self.look()

    def look(self):
        """Also tells a file that was begun anew by its being shorter than what was read of it."""
        path = self.path()
        size = path.stat().st_size if path.exists() else 0
        if size < self.read:
            self.read = 0
        wanted = (size - self.read) // self.frame * self.frame
        if not wanted:
            return
        with open(path, "rb") as file:
            file.seek(self.read)
            data = file.read(wanted)
        data = data[: len(data) // self.frame * self.frame]
        self.read += len(data)
        with self.lock:
            self.pieces.append(data)
            self.moments.append((time.monotonic(), len(data) // self.frame))

    def forget(self):
        with self.lock:
            self.pieces, self.moments = [], []

    def heard(self):
        with self.lock:
            data = b"".join(self.pieces)
        return numpy.frombuffer(data, dtype=self.kind).reshape(-1, 2).astype(float) * self.scale

    def left(self):
        return self.heard()[:, 0]

    def came_at(self, frame):
        """When a frame was written, by the clock; at most a moment late."""
        with self.lock:
            moments = list(self.moments)
        for moment, count in moments:
            frame -= count
            if frame < 0:
                return moment
        return None

    def end(self):
        self.ending.set()
        self.join(5)
