#!/usr/bin/python3
"""Speaks the consultations of `clinic.json` that name a recording.

Every transcript line is spoken by its speaker's own voice (Festival's and
Flite's CMU Arctic voices), laid on one timeline with seeded pauses and a few
overlaps, given faint room reflections and quiet filtered noise, and stored as
16 kHz mono Opus. The true start and end of each line go to
`audio/<id>.timings.json`. Run `make_clinic.py` again afterwards: it takes
`minutes` from these times.

Run:  /usr/bin/python3 assets/demo/make_audio.py [ID…]
Needs: flite festival festvox-us-slt-hts sox opus-tools python3-numpy
"""

import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
OUT = HERE / "audio"
RATE = 16000
SEED = 20260220
NOISE_DBFS = -55.0

# engine, voice, stretch, pitch in cents, gain in dB
ROTH = ("festival", "voice_cmu_us_slt_arctic_hts", 1.06, 0, 0.0)
SMITH = ("flite", "rms", 1.05, -40, 0.0)
OKAFOR = ("festival", "voice_cmu_us_slt_arctic_hts", 1.12, -190, 0.0)
KIM = ("flite", "slt", 1.06, 150, -1.0)
MAN = ("flite", "awb", 1.08, 0, -1.5)
WOMAN = ("flite", "slt", 1.04, 90, -1.5)
VOICES = {"Dr. Roth": ROTH, "Dr. Smith": SMITH, "Dr. Okafor": OKAFOR, "Nurse Kim": KIM, "Staff": KIM}
OWNERS = {"c01": MAN, "c04": MAN, "c09": WOMAN, "c22": MAN, "c29": MAN, "c43": MAN}
TELEPHONE = {("c22", "Owner")}

# The voices' American dictionaries guess these wrong; the words stay the same.
RESPELL = {
    "centimetres": "centimeters", "centimetre": "centimeter", "millimetres": "millimeters",
    "millimetre": "millimeter", "metres": "meters", "litre": "leeter", "tumour": "tumor",
    "colour": "color", "behaviour": "behavior", "lipoma": "lie poma",
    "leptospirosis": "lepto spy rosis", "meloxicam": "mel oxy cam",
    "amlodipine": "am low da peen", "creatinine": "cree attinin", "diarrhoea": "dia rhea",
    "amoxicillin": "a moxi sillin",
}


def spoken(text):
    """The line as the synthesiser needs it spelt."""
    text = re.sub(r"[A-Za-z']+", lambda m: RESPELL.get(m.group(0), m.group(0)), text)
    return text.replace("Dr.", "Doctor").replace("…", ".")


def run(command, **keywords):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **keywords)


def say(text, voice, folder):
    """One utterance at 16 kHz, trimmed to the speech itself, peak-levelled."""
    engine, name, stretch, cents, gain = voice
    raw, wav = folder / "raw.wav", folder / "out.wav"
    if engine == "flite":
        run(["flite", "-voice", name, "--setf", f"duration_stretch={stretch}", "-t", spoken(text), "-o", str(raw)])
    else:
        speak = ["text2wave", "-eval", f"({name})", "-eval", f"(Parameter.set 'Duration_Stretch {stretch})"]
        run(speak + ["-o", str(raw)], input=spoken(text).encode())
    trim = ["silence", "1", "0.01", "-50d", "reverse", "silence", "1", "0.01", "-50d", "reverse"]
    effects = ["highpass", "70", "pitch", str(cents), "rate", "-v", str(RATE)] + trim
    run(["sox", "-D", "-R", str(raw), "-b", "16", "-c", "1", str(wav)] + effects)
    data = subprocess.run(["sox", str(wav), "-t", "f32", "-"], check=True, capture_output=True).stdout
    samples = np.frombuffer(data, dtype=np.float32).astype(np.float64)
    level = np.sqrt(np.mean(samples**2)) or 1.0
    return samples / level * 10 ** ((-23.0 + gain) / 20)


def telephone(samples):
    """The far end of a phone line: 300 to 3,400 Hz."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum *= 1 / (1 + (300 / np.maximum(hertz, 1)) ** 6) / (1 + (hertz / 3400) ** 10)
    return np.fft.irfft(spectrum, len(samples)) * 1.3


def gap_before(rng, speaker, previous):
    """Seconds of silence before a turn; below zero the turns overlap."""
    if previous is None:
        return 1.2
    if speaker == previous:
        return rng.uniform(0.6, 1.1)
    dice = rng.random()
    if dice < 0.15:
        return -rng.uniform(0.15, 0.40)
    if dice > 0.90:
        return rng.uniform(1.4, 2.6)
    return rng.uniform(0.22, 0.75)


def room(samples, noise):
    """Two early reflections, then noise shaped like a quiet room's."""
    wet = samples.copy()
    for seconds, decibel in ((0.011, -17), (0.023, -21), (0.041, -26)):
        shift = int(seconds * RATE)
        wet[shift:] += samples[:-shift] * 10 ** (decibel / 20)
    spectrum = np.fft.rfft(noise.standard_normal(len(wet)))
    hertz = np.maximum(np.fft.rfftfreq(len(wet), 1 / RATE), 1)
    spectrum *= 1 / np.sqrt(hertz) / (1 + (60 / hertz) ** 4) / (1 + (hertz / 2500) ** 4)
    hiss = np.fft.irfft(spectrum, len(wet))
    hiss *= 10 ** (NOISE_DBFS / 20) / np.sqrt(np.mean(hiss**2))
    mixed = wet + hiss
    return mixed * min(1.0, 0.85 / np.max(np.abs(mixed)))


def record(row, folder):
    rng = random.Random(f"{SEED}-audio-{row['id']}")
    parts, timings, clock, previous = [], [], 0.0, None
    for number, line in enumerate(row["transcript"].split("\n"), 1):
        speaker, text = line.split(": ", 1)
        voice = OWNERS[row["id"]] if speaker == "Owner" else VOICES[speaker]
        samples = say(text, voice, folder)
        if (row["id"], speaker) in TELEPHONE:
            samples = telephone(samples)
        start = max(0.0, clock + gap_before(rng, speaker, previous))
        clock, previous = start + len(samples) / RATE, speaker
        parts.append((int(start * RATE), samples))
        timings.append({"line": number, "speaker": speaker, "start": round(start, 2), "end": round(clock, 2)})
    track = np.zeros(int((clock + 1.5) * RATE))
    for at, samples in parts:
        track[at : at + len(samples)] += samples
    mixed = room(track, np.random.default_rng(SEED + int(row["id"][1:])))
    store(row["id"], mixed, timings, folder)


def store(name, mixed, timings, folder):
    raw, wav, opus = folder / "mix.f32", folder / "mix.wav", OUT / f"{name}.opus"
    raw.write_bytes(mixed.astype(np.float32).tobytes())
    run(["sox", "-D", "-t", "f32", "-r", str(RATE), "-c", "1", str(raw), "-b", "16", str(wav)])
    # 4008=1103 keeps what lies above 5 kHz, which the encoder would leave out at so few bits.
    small = ["--speech", "--bitrate", "8", "--set-ctl-int", "4008=1103", "--framesize", "60", "--comp", "10"]
    bare = ["--padding", "0", "--discard-comments"]
    run(["opusenc", "--quiet", "--serial", "1", *small, *bare, str(wav), str(opus)])
    text = ",\n".join(" " + json.dumps(turn) for turn in timings)
    (OUT / f"{name}.timings.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
    overlaps = sum(b["start"] < a["end"] for a, b in zip(timings, timings[1:]))
    print(f"{name}: {len(mixed) / RATE:.1f} s, {len(timings)} turns, {overlaps} overlaps, {opus.stat().st_size} bytes")


def main():
    OUT.mkdir(exist_ok=True)
    clinic = json.loads((HERE / "clinic.json").read_text(encoding="utf-8"))
    wanted = set(sys.argv[1:])
    for row in clinic["consultations"]:
        if row["recording"] and (not wanted or row["id"] in wanted):
            with tempfile.TemporaryDirectory() as folder:
                record(row, Path(folder))


if __name__ == "__main__":
    main()
