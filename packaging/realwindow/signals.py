"""What was heard, measured: which place of the recording it is, how high, how long, and whether anything clicked.
Sounds are rows of samples at the card's rate on the scale of 16 bits. Knows nothing of windows and programs.

    python3 signals.py      proves the measures on sounds with known faults"""

import numpy

from sound import CARD_RATE

AUDIBLE = 1.0
"""Half a step of 16 bits is silence; what is handed out between two sounds is exactly nothing."""


def at_card_rate(samples, rate):
    """The one smooth curve through the samples that holds nothing above half their rate."""
    if rate == CARD_RATE:
        return samples.astype(float)
    wanted = round(len(samples) * CARD_RATE / rate)
    spectrum = numpy.fft.rfft(samples)
    bins = min(len(spectrum), wanted // 2 + 1)
    return numpy.fft.irfft(spectrum[:bins], wanted) * (wanted / len(samples))


def sounding(heard):
    """From the first to the last sample that is not silence, and where that begins."""
    loud = numpy.flatnonzero(numpy.abs(heard) > AUDIBLE)
    return (heard[loud[0] : loud[-1] + 1], int(loud[0])) if len(loud) else (heard[:0], 0)


def holes(heard, shortest=0.004):
    """Stretches of exact silence inside a sound, first and behind the last sample of each: sound that was missing when
    the card asked for it. The noise of a room is never exactly nothing for so long."""
    quiet = numpy.concatenate([[False], heard == 0.0, [False]])
    edges = numpy.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2)
    return edges[edges[:, 1] - edges[:, 0] >= shortest * CARD_RATE]


def pieces(heard, shortest=0.05):
    """What lies between the holes."""
    sound, _ = sounding(heard)
    ends = numpy.concatenate([[0], holes(sound).ravel(), [len(sound)]]).reshape(-1, 2)
    return [sound[first:behind] for first, behind in ends if behind - first > shortest * CARD_RATE]


def seconds_of(edges):
    return float((edges[:, 1] - edges[:, 0]).sum()) / CARD_RATE


def joined(heard):
    """The sound without silence at its ends and without its holes: nothing of a recording may be lost in a hole."""
    sound, _ = sounding(heard)
    keep = numpy.ones(len(sound), dtype=bool)
    for first, behind in holes(sound):
        keep[first:behind] = False
    return sound[keep]


def match(heard, reference, near=None, reach=3.0):
    """How alike (1 = the same shape) and at which second of the reference; `near` looks only around a second."""
    first = 0
    if near is not None:
        first = max(0, int((near - reach) * CARD_RATE))
        reference = reference[first : int((near + reach) * CARD_RATE) + len(heard)]
    if len(reference) < len(heard) or not len(heard):
        return 0.0, 0.0
    size = 1 << (len(reference) + len(heard) - 1).bit_length()
    product = numpy.fft.rfft(reference, size) * numpy.conj(numpy.fft.rfft(heard, size))
    shifts = numpy.fft.irfft(product, size)[: len(reference) - len(heard) + 1]
    # Each shift is judged by its own energy, or a loud passage would win over the right one.
    energy = numpy.concatenate([[0.0], numpy.cumsum(reference**2)])
    window = energy[len(heard) :] - energy[: len(shifts)]
    scores = shifts / numpy.sqrt(numpy.maximum(window, 1.0) * max((heard**2).sum(), 1.0))
    place = int(scores.argmax())
    return float(scores[place]), (first + place) / CARD_RATE


def began_at(heard, reference, near=None, seconds=1.0, skip=0.03):
    """How alike, and the recording's second at the first audible sample. The fade-in is left out of the comparison."""
    sound, skipped = joined(heard), int(skip * CARD_RATE)
    likeness, place = match(sound[skipped : skipped + int(seconds * CARD_RATE)], reference, near)
    return likeness, place - skip


def places(heard, reference, guesses, step=0.05, width=0.2, reach=2.0):
    """The recording's second for every `step` of what was heard, where it is surely known: (heard at, recorded at).
    It is looked for where the sound before leads to, and around the guesses: looking everywhere takes too long."""
    found, size = [], int(width * CARD_RATE)
    for start in range(0, len(heard) - size, int(step * CARD_RATE)):
        part, at = heard[start : start + size], start / CARD_RATE
        if numpy.abs(part).max() < 300:
            continue
        near = [(found[-1][1] + at - found[-1][0], 0.1)] if found else []
        for guess, around in near + [(guess + at, reach) for guess in guesses]:
            likeness, place = match(part, reference, max(guess, 0.0), around)
            if likeness > 0.97:
                found.append((at, place))
                break
    return found


def pitch(heard):
    """The strongest frequency (Hz), finer than the spectrum's lines by the parabola through three of them."""
    spectrum = numpy.log(numpy.abs(numpy.fft.rfft(heard * numpy.hanning(len(heard)))) + 1e-9)
    top = int(spectrum[1:-1].argmax()) + 1
    before, peak, after = spectrum[top - 1 : top + 2]
    return (top + 0.5 * (before - after) / (before - 2 * peak + after)) * CARD_RATE / len(heard)


def bursts(heard, lowest, highest, window=0.004):
    """How strong the sound is between two frequencies, for every `window` of time. Where a recording has nothing to say,
    a click has: a step or a splice reaches over all frequencies. Time after time is judged, as one click would
    drown in the average. Beginning and end of a stretch are steps too, made by cutting it out, so they are faded."""
    fade = numpy.minimum(1.0, numpy.arange(len(heard)) / (0.005 * CARD_RATE))
    spectrum = numpy.fft.rfft(heard * fade * fade[::-1])
    hz = numpy.fft.rfftfreq(len(heard), 1.0 / CARD_RATE)
    spectrum[(hz < lowest) | (hz > highest)] = 0.0
    band, size = numpy.fft.irfft(spectrum, len(heard)), int(window * CARD_RATE)
    rows = band[: len(band) // size * size].reshape(-1, size)[3:-3]
    return numpy.sqrt((rows**2).mean(axis=1)) if len(rows) else numpy.zeros(1)


def steepest(heard):
    """The largest leap from one sample to the next."""
    return float(numpy.abs(numpy.diff(heard)).max()) if len(heard) > 1 else 0.0


# ------------------------------------------------------------------------------------------------------------ self test


def self_test():
    random = numpy.random.default_rng(1)
    source = at_card_rate(numpy.convolve(random.normal(0, 4_000, 16_000 * 6), numpy.ones(5) / 5, "same"), 16_000)
    played = numpy.concatenate([numpy.zeros(9_000), source[96_000:192_000] * 0.8, numpy.zeros(5_000)])
    likeness, place = began_at(played, source)
    check(likeness > 0.999 and abs(place - 2.0) < 0.001, f"a place is found: {likeness} {place}")
    likeness, place = began_at(played, source, near=2.5)
    check(likeness > 0.999 and abs(place - 2.0) < 0.001, f"a place is found nearby: {likeness} {place}")
    check(began_at(random.normal(0, 3_000, 96_000), source)[0] < 0.5, "noise is not the recording")
    leap = numpy.concatenate([source[:60_000], source[180_000:240_000]])
    known = places(leap, source, [0.5, 2.0])
    check(abs(known[0][1]) < 0.01 and abs(known[-1][1] - known[-1][0] - 2.5) < 0.01, "a leap is followed")
    for hz in (435.0, 440.0, 444.6):
        found = pitch(numpy.sin(2 * numpy.pi * hz * numpy.arange(CARD_RATE) / CARD_RATE) + random.normal(0, 0.05, CARD_RATE))
        check(abs(found - hz) < 0.2, f"a pitch is measured: {found} for {hz}")
    torn = source.copy()
    torn[30_000:31_000] = 0.0
    check(abs(seconds_of(holes(torn)) - 1_000 / CARD_RATE) < 1e-6 and not len(holes(source)), "a hole is seen")
    torn = numpy.insert(source, 30_000, numpy.zeros(1_000))
    check(len(joined(torn)) == len(source) and began_at(torn, source)[0] > 0.999, "what is around a hole is joined")
    clicks_test(random)


def clicks_test(random):
    """A voice that was cut and joined, repeated, stepped or spiked must stand out; a louder one must not."""
    from recordings import HIGHEST_HZ, voice

    whole = at_card_rate(voice(4, 16_000, 11) * 32_768, 16_000)
    usual = bursts(whole, HIGHEST_HZ * 1.35, 7_500).max()
    faults = {
        "a piece of 5 ms left out": lambda at: numpy.concatenate([whole[:at], whole[at + 240 :]]),
        "a piece of 10 ms twice": lambda at: numpy.concatenate([whole[: at + 480], whole[at:]]),
        "a step": lambda at: whole + 600.0 * (numpy.arange(len(whole)) > at),
        "a spike": lambda at: whole + 3_000.0 * (numpy.arange(len(whole)) == at),
    }
    loud = numpy.flatnonzero(numpy.abs(whole) > 1_500)
    for name, spoil in faults.items():
        seen = [bursts(spoil(int(at)), HIGHEST_HZ * 1.35, 7_500).max() for at in random.choice(loud, 8)]
        check(numpy.median(seen) > 4 * usual, f"{name} is seen: {numpy.median(seen):.1f} beside {usual:.1f}")
    check(bursts(whole * 1.2, HIGHEST_HZ * 1.35, 7_500).max() < 1.3 * usual, "loudness alone is no click")


def check(is_so, what):
    if not is_so:
        raise AssertionError(f"the measures do not hold: {what}")


if __name__ == "__main__":
    self_test()
    print("the measures hold")
