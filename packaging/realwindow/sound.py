"""Is this recording in what the sound card was given? Compares signals, not bytes: volume and lead-in may differ."""

import io
import wave

import numpy

CARD_RATE = 48_000


def read_wav(data):
    """The first channel of a 16-bit WAV, and its rate."""
    with wave.open(io.BytesIO(data)) as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{8 * file.getsampwidth()} bits a sample; this reads 16")
        samples = numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return samples[:: file.getnchannels()].astype(float), file.getframerate()


def read_card(path):
    """The left channel of what was played: two channels of 32-bit floats at 48 kHz, on the scale of 16 bits."""
    data = path.read_bytes() if path.exists() else b""
    samples = numpy.frombuffer(data[: len(data) // 8 * 8], dtype="<f4")[::2].astype(float)
    if len(samples) and not (numpy.isfinite(samples).all() and numpy.abs(samples).max() <= 4):
        raise ValueError("the sound card was not given floats; the file cannot be read")
    return samples * 32768


def read_monitor(path):
    """The left channel of what the sound server played: two channels of 16 bits at 48 kHz."""
    data = path.read_bytes() if path.exists() else b""
    return numpy.frombuffer(data[: len(data) // 4 * 4], dtype="<i2")[::2].astype(float)


def at_card_rate(samples, rate):
    """Straight lines between the samples, as the player draws them."""
    wanted = numpy.arange(int(len(samples) * CARD_RATE / rate)) * (rate / CARD_RATE)
    return numpy.interp(wanted, numpy.arange(len(samples)), samples)


def heard_seconds(played, quiet=30):
    """How much has sounded so far, from the first audible sample on."""
    loud = numpy.flatnonzero(numpy.abs(played) > quiet)
    return (len(played) - loud[0]) / CARD_RATE if len(loud) else 0.0


def likeness(played, recording, rate, seconds):
    """Normalised correlation (1 = the same shape) of `seconds` of what was played with the recording, at the best shift.

    A busy computer may tear a hole into the sound, so every half second another stretch is tried and the best counts.
    Returns the likeness, and where in the recording it was found, in seconds."""
    reference = at_card_rate(recording, rate)
    loud = numpy.flatnonzero(numpy.abs(played) > 30)
    length = int(seconds * CARD_RATE)
    best = (0.0, 0.0)
    for start in range(loud[0] if len(loud) else len(played), len(played) - length + 1, CARD_RATE // 2):
        best = max(best, likeness_of_stretch(played[start : start + length], reference))
        if best[0] > 0.999:
            break
    return best


def likeness_of_stretch(heard, reference):
    size = 1 << (len(reference) + len(heard) - 1).bit_length()
    product = numpy.fft.rfft(reference, size) * numpy.conj(numpy.fft.rfft(heard, size))
    shifts = numpy.fft.irfft(product, size)[: max(1, len(reference) - len(heard) + 1)]
    # Each shift is judged by its own energy, or a loud passage would win over the right one.
    energy = numpy.concatenate([[0.0], numpy.cumsum(reference**2)])
    window = energy[len(heard) : len(heard) + len(shifts)] - energy[: len(shifts)]
    scores = shifts / numpy.sqrt(numpy.maximum(window, 1.0) * max((heard**2).sum(), 1.0))
    place = int(scores.argmax())
    return float(scores[place]), place / CARD_RATE
