"""How soon a recording sounds: Consult Desk beside a running mpv and a fresh ffplay, at the same address, in one run.

    sh benches/hearing.sh [--runs N] [--bench COMMAND] [--sim PROGRAM] [--only PART…]

What counts as the moment of sound, from the order on:
  ours "ready"  the first sample of the right place comes out of the player for a card that asks at any time;
                a tenth of a second of sound stands behind it. This is what mpv calls playback-restart.
  ours "card"   the same for a card that takes 10 ms of sound every 10 ms, the fading of the former place included.
  mpv           the event playback-restart: the first sound is decoded and the (null) device is started.
  ffplay        a new process each time, as it has no way to be told: the first sample that is not silence arrives at
                its sound card (SDL's, which writes to a file). Without an address there is nothing to seek with.

Prints Markdown."""

import argparse
import array
import json
import os
import random
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import wave
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "hearing"))
from players import LIMIT, Children, Mpv, Ours, ffplay  # noqa: E402

RATE, MINUTE = 16_000, 16_000 * 60
FLOW, ROUND_TRIP_MS = 2_000_000, 40


# ------------------------------------------------------------------------------------------------------ recordings


def speech_of(shared, folder):
    """Four hours of speech where the makers' material lies beside the checkout, else of babble."""
    maker = shared / "data" / "make_long.sh"
    if maker.exists():
        subprocess.run(["bash", str(maker), str(folder), "4h"], check=True, stdout=subprocess.DEVNULL)
        with wave.open(str(folder / "long-4h.wav")) as file:
            return file.readframes(file.getnframes())
    noise = random.Random(4)
    minute = array.array("h", (int(noise.gauss(0, 3000) * (n // 2400 % 4 > 0)) for n in range(MINUTE)))
    # No two minutes are alike, or a place could not be told by its sound.
    whole = array.array("h")
    for n in range(240):
        turn = noise.randrange(MINUTE)
        whole += minute[turn:] + minute[:turn]
        whole[-MINUTE:-1:7] = array.array("h", [n * 20] * len(whole[-MINUTE:-1:7]))
    return whole.tobytes()


def write(path, sound):
    path.parent.mkdir(parents=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)


class Recording:
    def __init__(self, name, place, path, sound):
        self.name, self.place, self.path = name, place, path
        self.samples = array.array("h")
        self.samples.frombytes(sound)
        self.bytes = path.stat().st_size
        self.seconds = len(self.samples) // RATE

    def loud_place(self, first_s, last_s, chance):
        """Milliseconds at which there is sound at once, so that the moment it comes can be told."""
        while True:
            ms = chance.randrange(first_s * 1000, last_s * 1000)
            at = ms * RATE // 1000
            # Voices, not hissing: eight samples together are loud.
            if all(abs(sum(self.samples[n : n + 8])) > 2_400 for n in range(at, at + 64, 16)):
                return ms


def make_recordings(shared, folder):
    sound = speech_of(shared, folder)
    recordings = []
    for name, minutes, title in (("25 min", 25, "a-short"), ("4 h", 240, "b-long")):
        path = folder / "data" / title / "recording.wav"
        part = sound[: minutes * MINUTE * 2]
        write(path, part)
        (path.parent / "transcript.txt").write_text("Vet: Hello.\n")
        recordings.append(Recording(name, len(recordings), path, part))
    return recordings


class Vendor:
    def __init__(self, children, program, folder, *arguments):
        command = [program, "--port", "0", "--data", str(folder / "data"), *arguments]
        process = children.start(command, stdout=subprocess.PIPE, text=True)
        said = re.match(r"listening (http://\S+) key=(\S+) org=(\S+)", process.stdout.readline())
        self.server, self.key, organization = said.groups()
        rows = json.loads(self.get(f"/api/organizations/{organization}/labels?limit=100").read())
        self.ids = [row["id"] for row in sorted(rows, key=lambda row: row["name"])]
        for identity in self.ids:
            # The simulator reads a file when it is first asked for.
            self.get(f"/api/labels/{identity}/audio", {"Range": "bytes=0-9"}).read()

    def get(self, path, headers=()):
        headers = {"Authorization": f"Bearer {self.key}", **dict(headers)}
        return urllib.request.urlopen(urllib.request.Request(self.server + path, headers=headers), timeout=LIMIT)

    def address(self, recording):
        return f"{self.server}/api/labels/{self.ids[recording.place]}/audio"


# ------------------------------------------------------------------------------------------------------ the measuring


class Figures:
    def __init__(self):
        self.all = {}
        self.beside = []
        self.missed = 0

    def ours(self, row, answer, how):
        if answer["ms"] is None:
            print(f"{row}: not found among what was heard: {answer}", file=sys.stderr)
            self.missed += 1
            return
        self.beside.append(abs(answer["beside_ms"]))
        self.add(row, f"ours {how}", answer["ms"])

    def add(self, row, who, ms):
        self.all.setdefault(row, {}).setdefault(who, []).append(ms)


def slow_link(figures, parts, recording, run):
    """One round: play, hear two places that have arrived and two that have not; first we, then they."""
    ours, mpv, vendor, children, folder = parts
    chance = random.Random(run * 7 + recording.place)
    near = [recording.loud_place(8, 50, chance) for _ in range(2)]
    end = recording.seconds - 60
    far = [recording.loud_place(end // 3 * n + 200, end // 3 * (n + 1), chance) for n in (1, 2)]
    rows = [f"{recording.name}, slow link: {what}" for what in ("play", "seek, arrived", "seek, not arrived")]
    for how in ("ready", "card"):
        ours.desk(vendor, recording)
        figures.ours(rows[0], ours.play(recording, how), how)
        time.sleep(1)
        for row, places in ((rows[1], near), (rows[2], far)):
            for place in places:
                time.sleep(0.15)
                figures.ours(row, ours.seek(place, recording, how), how)
        ours.ask("close")
    mpv.key(vendor.key)
    figures.add(rows[0], "mpv", mpv.play(vendor.address(recording)))
    time.sleep(1)
    for row, places in ((rows[1], near), (rows[2], far)):
        for place in places:
            time.sleep(0.15)
            figures.add(row, "mpv", mpv.seek(place))
    mpv.stop()
    figures.add(rows[0], "ffplay", ffplay(children, folder, vendor.address(recording), vendor.key))
    figures.add(rows[2], "ffplay", ffplay(children, folder, vendor.address(recording), vendor.key, far[0]))


def on_disk(figures, parts, recording, run):
    """The recording is on this computer, for everybody; the desk stays open."""
    ours, mpv, _, children, folder = parts
    chance = random.Random(run * 11 + recording.place)
    places = [recording.loud_place(5, recording.seconds - 60, chance) for _ in range(2)]
    rows = [f"{recording.name}, on disk: {what}" for what in ("play", "seek")]
    for how in ("ready", "card"):
        figures.ours(rows[0], ours.play(recording, how), how)
        for place in places:
            time.sleep(0.15)
            figures.ours(rows[1], ours.seek(place, recording, how), how)
        ours.ask("stop")
    figures.add(rows[0], "mpv", mpv.play(recording.path))
    for place in places:
        time.sleep(0.15)
        figures.add(rows[1], "mpv", mpv.seek(place))
    mpv.stop()
    figures.add(rows[0], "ffplay", ffplay(children, folder, recording.path, None))
    figures.add(rows[1], "ffplay", ffplay(children, folder, recording.path, None, places[0]))


def shape(values):
    if not values:
        return "–"
    ninth = sorted(values)[max(0, round(len(values) * 0.9) - 1)]
    return f"{statistics.median(values):.1f} / {ninth:.1f}"


def table(figures):
    print("\nMilliseconds, median / 90th percentile\n")
    print("| | n | ours, ready | ours, card | mpv, running | ffplay, started | ready : mpv | card : mpv |")
    print("|---|---|---|---|---|---|---|---|")
    for row, by in figures.all.items():
        cells = [by.get(who, []) for who in ("ours ready", "ours card", "mpv", "ffplay")]
        middle = [statistics.median(cell) if cell else float("nan") for cell in cells]
        ratios = [f"{middle[n] / middle[2]:.2f}" for n in (0, 1)]
        counts = "/".join(str(len(cell)) for cell in cells)
        print(f"| {row} | {counts} | {' | '.join(map(shape, cells))} | {' | '.join(ratios)} |")
    print(f"\nPlaces checked against the file: {len(figures.beside)}, at most {max(figures.beside):.2f} ms beside; {figures.missed} not found.")


def whole_download(figures, ours, vendor, recordings):
    """What it takes to fetch everything first, measured for the short one and reckoned for the long one."""
    ours.desk(vendor, recordings[0])
    took = ours.ask("download")["seconds"]
    ours.ask("close")
    print(f"\nDownloading first, {FLOW / 1e6:.0f} MB/s: {recordings[0].name} measured {took:.1f} s (n=1)")
    for recording in recordings:
        reckoned = recording.bytes / FLOW
        row = figures.all[f"{recording.name}, slow link: play"]
        ready, card = (statistics.median(row[f"ours {how}"]) / 1000 for how in ("ready", "card"))
        print(
            f"- {recording.name}: {recording.bytes:,} bytes take at least {reckoned:.1f} s; playing begins "
            f"{reckoned / ready:.0f} times sooner (card: {reckoned / card:.0f} times)"
        )


def hour(command, recordings, speed, pace):
    folder = recordings[1].path.parent
    path = folder.parent.parent / "hour.wav"
    path.unlink(missing_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(recordings[1].samples[: 60 * MINUTE].tobytes())
    done = subprocess.run([*shlex.split(command), "hour", str(path), str(speed), str(pace)], check=True, capture_output=True, text=True)
    print(f"\nAn hour of speech at {speed} times its speed, into a card {pace} times too fast: {done.stdout.strip().splitlines()[-1]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=16)
    parser.add_argument("--bench", default="cargo bench --quiet --bench hearing --")
    parser.add_argument("--sim", default="target/release/nxvet-sim")
    parser.add_argument("--only", nargs="+", choices=["slow", "disk", "hour"], default=["slow", "disk", "hour"])
    parser.add_argument("--make", type=Path, help="only make the recordings, in this folder")
    parser.add_argument("--speed", type=float, default=3)
    parser.add_argument("--pace", type=int, default=1, help="how much too fast the card of the hour takes its sound")
    options = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    shared = Path(os.environ.get("CONSULT_DESK_SHARED", root.parent / "shared"))
    if options.make:
        make_recordings(shared, options.make)
        return
    children, figures = Children(), Figures()
    with tempfile.TemporaryDirectory(prefix="consult-desk-hearing-") as name:
        folder = Path(name)
        try:
            recordings = make_recordings(shared, folder)
            slow = Vendor(children, options.sim, folder, "--audio-rate", str(FLOW), "--latency-ms", str(ROUND_TRIP_MS))
            ours, mpv = Ours(children, options.bench), Mpv(children, folder)
            if "slow" in options.only:
                for run in range(options.runs):
                    for recording in recordings:
                        slow_link(figures, (ours, mpv, slow, children, folder), recording, run)
                    print(f"round {run + 1} of {options.runs}", file=sys.stderr)
            if "disk" in options.only:
                fast = Vendor(children, options.sim, folder)
                for recording in recordings:
                    ours.desk(fast, recording)
                    ours.ask("download")
                    for run in range(options.runs):
                        on_disk(figures, (ours, mpv, fast, children, folder), recording, run)
                    ours.ask("close")
            if figures.all:
                table(figures)
            if "slow" in options.only:
                whole_download(figures, ours, slow, recordings)
            if "hour" in options.only:
                hour(options.bench, recordings, options.speed, options.pace)
        finally:
            children.end_all()


main()
