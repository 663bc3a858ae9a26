"""The players that `hearing.py` sets side by side: ours without a window, mpv over its socket, ffplay anew each time.

What counts as the moment of sound is told there."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time

LIMIT = 60


class Children:
    """Everything that was started, ended in the end."""

    def __init__(self):
        self.all = []

    def start(self, command, **how):
        process = subprocess.Popen(command, **how)
        self.all.append(process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.all.remove(process)

    def end_all(self):
        for process in list(reversed(self.all)):
            self.end(process)


class Ours:
    def __init__(self, children, command):
        pipe = subprocess.PIPE
        self.process = children.start([*shlex.split(command), "serve"], stdin=pipe, stdout=pipe, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the bench ended at {words[0]}")
        return json.loads(line)

    def desk(self, vendor, recording):
        self.ask("desk", vendor.server, vendor.key)
        self.ask("open", vendor.ids[recording.place])

    def play(self, recording, how):
        return self.ask("play", recording.path, how)

    def seek(self, ms, recording, how):
        return self.ask("seek", ms, recording.path, how)


class Mpv:
    """One process for the whole run, told what to do over its socket."""

    def __init__(self, children, folder):
        path = folder / "mpv"
        options = ["--no-config", "--no-video", "--idle", "--ao=null", "--really-quiet", "--load-scripts=no", "--ytdl=no"]
        children.start(["mpv", *options, f"--input-ipc-server={path}"])
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + LIMIT
        while self.socket.connect_ex(str(path)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.rest = b""
        self.socket.settimeout(LIMIT)

    def tell(self, *words):
        self.socket.sendall(json.dumps({"command": words}).encode() + b"\n")

    def lines(self):
        while True:
            while b"\n" not in self.rest:
                self.rest += self.socket.recv(65536)
            line, self.rest = self.rest.split(b"\n", 1)
            yield json.loads(line)

    def until(self, event):
        for line in self.lines():
            if line.get("event") == event:
                return
            if line.get("event") == "end-file" and line.get("reason") == "error":
                sys.exit(f"mpv: {line}")

    def forget(self):
        """What it said so far is old."""
        self.tell("get_property", "idle-active")
        for line in self.lines():
            if "data" in line:
                return

    def key(self, key):
        self.tell("set_property", "http-header-fields", [f"Authorization: Bearer {key}"])

    def timed(self, *words):
        self.forget()
        began = time.perf_counter()
        self.tell(*words)
        self.until("playback-restart")
        return (time.perf_counter() - began) * 1000

    def play(self, what):
        return self.timed("loadfile", str(what))

    def seek(self, ms):
        return self.timed("seek", ms / 1000, "absolute+exact")

    def stop(self):
        self.tell("stop")
        time.sleep(0.2)


def ffplay(children, folder, what, key, at_ms=0):
    """Milliseconds from starting the program to its first sound; fewer than none when nothing came."""
    sound = folder / "ffplay.raw"
    sound.unlink(missing_ok=True)
    env = os.environ | {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(sound)}
    command = ["ffplay", "-nodisp", "-vn", "-loglevel", "quiet", "-nostats"]
    if key:
        command += ["-headers", f"Authorization: Bearer {key}\r\n"]
    if at_ms:
        command += ["-ss", str(at_ms / 1000)]
    began = time.perf_counter()
    process = children.start([*command, str(what)], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, took = 0, None
    while took is None and time.perf_counter() - began < LIMIT and process.poll() is None:
        time.sleep(0.001)
        if sound.exists() and sound.stat().st_size > seen:
            with sound.open("rb") as file:
                file.seek(seen)
                new = file.read()
            seen += len(new)
            if new.strip(b"\0"):
                took = (time.perf_counter() - began) * 1000
    children.end(process)
    return took
