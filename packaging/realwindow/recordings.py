"""A folder of recordings for `nxvet-sim --data`, made on the spot: voices that nobody has, a tone, and sound of kinds
that room devices do not make. No two stretches of a voice are alike, so what is heard tells its place.

Real speech is added where there is some; a recording of hours is made when pictures of one are wanted."""

import json
import struct
from pathlib import Path

import numpy

TONE_HZ = 440.0
HIGHEST_HZ = 3_700.0
"""Of the voices."""
LONG_RATE = 8_000
LONG_SECONDS = 4 * 3_600
TRANSCRIPT = """Dr. Sample: Good morning. How has she been since the last visit?
Owner: Better, she eats again, but she still coughs at night.
Dr. Sample: Then let us listen to her chest first.
"""
NOTE = "Cough at night, eats well. Chest clear. Continue as before, look again in two weeks.\n"


class Recording:
    """Samples between -1 and 1, a column a channel, as they stand in the file."""

    def __init__(self, name, samples, rate, bits):
        self.name, self.rate, self.bits = name, rate, bits
        full = 1 << (bits - 1)
        self.numbers = numpy.clip(numpy.round(samples * full), -full, full - 1).astype(numpy.int32)
        if self.numbers.ndim == 1:
            self.numbers = self.numbers[:, None]
        self.row = ""

    @property
    def seconds(self):
        return len(self.numbers) / self.rate

    def left(self):
        """The first channel on the scale of 16 bits, as the sound card's file is read."""
        return self.channel(0)

    def channel(self, place):
        return self.numbers[:, place] * (32_768.0 / (1 << (self.bits - 1)))

    def wav(self):
        width = self.bits // 8
        data = self.numbers.astype("<i4").tobytes()
        if width == 2:
            data = self.numbers.astype("<i2").tobytes()
        elif width == 3:
            data = numpy.frombuffer(data, dtype=numpy.uint8).reshape(-1, 4)[:, :3].tobytes()
        return header(self.numbers.shape[1], self.rate, self.bits, len(data)) + data


def header(channels, rate, bits, length):
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * block, block, bits)
    start = b"RIFF" + struct.pack("<I", 36 + length) + b"WAVEfmt " + struct.pack("<I", len(form))
    return start + form + b"data" + struct.pack("<I", length)


def voice(seconds, rate, seed):
    """Syllables of a pulsed throat behind three resonances, hisses and pauses, over the faint noise of a room."""
    random = numpy.random.default_rng(seed)
    sound = random.normal(0.0, 0.0008, int(seconds * rate))
    at, pitch = 0.05, random.uniform(100, 180)
    while at < seconds - 0.4:
        length = random.uniform(0.12, 0.32)
        pitch = float(numpy.clip(pitch * random.uniform(0.9, 1.11), 85, 260))
        part = syllable(length, rate, pitch, random)
        start = int(at * rate)
        sound[start : start + len(part)] += part
        at += length * random.uniform(0.75, 1.0) + (random.uniform(0.25, 0.7) if random.random() < 0.12 else 0.0)
    # Like a telephone: what sounds above this is not of the voice; see `signals.bursts`.
    return shape(sound, rate, lambda hz: 1.0 / (1.0 + (hz / HIGHEST_HZ) ** 60))


def syllable(length, rate, pitch, random):
    count = int(length * rate)
    slide = pitch * (1.0 + random.uniform(-0.2, 0.2) * numpy.linspace(0.0, 1.0, count))
    turns = numpy.cumsum(slide / rate)
    pulses = numpy.diff(numpy.floor(turns), prepend=0.0) * random.uniform(0.8, 1.2, count)
    peaks = random.uniform(270, 850), random.uniform(900, 2_200), random.uniform(2_300, 3_200)

    def mouth(hz):
        rings = sum(1.0 / (1.0 + ((hz - peak) / (60 + peak / 20)) ** 2) for peak in peaks)
        return rings / (1.0 + (hz / 500.0) ** 1.5)

    throat = shape(pulses, rate, mouth)
    breath = shape(random.normal(0.0, 1.0, count), rate, lambda hz: ((hz > 2_000) & (hz < 3_600)).astype(float))
    mixed = throat / max(numpy.abs(throat).max(), 1e-9) + breath * random.choice([0.005, 0.005, 0.06])
    swell = numpy.sin(numpy.linspace(0.0, numpy.pi, count)) ** 0.5
    return mixed * swell * random.uniform(0.25, 0.55)


def shape(sound, rate, gain):
    spectrum = numpy.fft.rfft(sound)
    return numpy.fft.irfft(spectrum * gain(numpy.fft.rfftfreq(len(sound), 1.0 / rate)), len(sound))


def tone(seconds, rate):
    ramp = numpy.minimum(1.0, numpy.arange(int(seconds * rate)) / (0.02 * rate))
    wave_ = 0.4 * numpy.sin(2 * numpy.pi * TONE_HZ * numpy.arange(int(seconds * rate)) / rate)
    return wave_ * ramp * ramp[::-1]


def real_speech(folder, seconds=9):
    """The beginning of a real recording whose room is never silent, when there is one: silence tells no place."""
    for path in sorted(folder.glob("*.wav")):
        form, data = read_wav(path)
        rate, bits, channels = form
        samples = as_numbers(data, bits)[: seconds * rate]
        quiet = numpy.convolve(numpy.abs(samples) <= 1, numpy.ones(rate // 100), "valid").max() >= rate // 100
        if bits == 16 and channels == 1 and len(samples) == seconds * rate and not quiet:
            return Recording("real", samples / 32_768.0, rate, 16)
    return None


def read_wav(path):
    """Rate, bits and channels, and the bytes of the samples: the kinds that `wave` of Python knows, and what programs
    write for 24 bits."""
    data, at, form = Path(path).read_bytes(), 12, None
    while at + 8 <= len(data):
        name, length = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            _, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            form = (rate, bits, channels)
        elif name == b"data":
            return form, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise ValueError(f"{path} is no WAV file")


def as_numbers(data, bits):
    """Signed numbers of 16 or 24 bits."""
    if bits == 16:
        return numpy.frombuffer(data, dtype="<i2").astype(numpy.int32)
    wide = numpy.zeros((len(data) // 3, 4), dtype=numpy.uint8)
    wide[:, 1:] = numpy.frombuffer(data, dtype=numpy.uint8).reshape(-1, 3)
    return numpy.frombuffer(wide.tobytes(), dtype="<i4") >> 8


def make(folder, speech):
    """The recordings by name; their folders lie below `folder`."""
    stereo = numpy.column_stack([voice(30, 44_100, 2), voice(30, 44_100, 3)])
    made = [
        Recording("room", voice(60, 16_000, 1), 16_000, 16),
        Recording("stereo", stereo, 44_100, 16),
        Recording("deep", voice(30, 48_000, 4), 48_000, 24),
        Recording("tone", tone(30, 16_000), 16_000, 16),
        Recording("short", voice(9, 16_000, 5), 16_000, 16),
        real_speech(speech),
    ]
    return {recording.name: recording for recording in file_away(folder, [one for one in made if one])}


def file_away(folder, made):
    for place, recording in enumerate(made):
        recording.row = f"Sample patient c{place + 1:02}"
        below = folder / f"{place + 1:02}-{recording.name}"
        below.mkdir(parents=True)
        (below / "recording.wav").write_bytes(recording.wav())
        write_papers(below, f"{recording.name}, made for this run", recording.seconds)
    return made


def write_papers(below, title, seconds):
    (below / "transcript.txt").write_text(TRANSCRIPT)
    (below / "soap.txt").write_text(NOTE)
    (below / "meta.json").write_text(json.dumps({"title": title, "duration_s": seconds}))


def make_long(folder):
    """Four hours in 8 bits: a visit every half hour, a quiet room between; a stretch of voice is written over and over."""
    below = folder / "90-long"
    below.mkdir(parents=True)
    talk = numpy.round(voice(300, LONG_RATE, 6) * 127 + 128).astype(numpy.uint8).tobytes()
    quiet = numpy.random.default_rng(7).integers(127, 130, 60 * LONG_RATE, dtype=numpy.uint8).tobytes()
    with open(below / "recording.wav", "wb") as file:
        file.write(header(1, LONG_RATE, 8, LONG_SECONDS * LONG_RATE))
        for minute in range(LONG_SECONDS // 60):
            into, hour_half = minute % 30, minute // 30
            talks = into < 14 + hour_half or into in (22, 23)
            start = (minute * 37 % 5) * 60 * LONG_RATE
            file.write(talk[start : start + 60 * LONG_RATE] if talks else quiet)
    write_papers(below, "a recording of four hours", LONG_SECONDS)


if __name__ == "__main__":
    import sys

    target = Path(sys.argv[1])
    for found in make(target, target.parent / "speech").values():
        print(found.row, found.name, found.rate, found.numbers.shape, f"peak {numpy.abs(found.left()).max():.0f}")
