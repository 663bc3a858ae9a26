"""An afternoon of listening, in the real window, against the pretended vendor. See `run.sh`.

The recordings are made on the spot, so every sample of what should be heard is known; what is heard comes from the
sound card's file and from the sound server's monitor, and what the player says from the tree of a screen reader.

ONLY="Arriving WithoutRanges" in the environment leaves the other parts out."""

import os
import sys
import tempfile
from functools import partial
from pathlib import Path

import recordings
import signals
from desktop import Desktop, Failed
from hearing_arriving import Arriving, WithoutRanges
from hearing_keeping import Clips, Devices
from hearing_playing import Playing, Speeds
from passes import read_options, run_passes
from vendor import Vendor


class Afternoon(Playing, Speeds, Clips, Devices):
    """Everything is on a server that answers at once."""

    def steps(self):
        for name in ("room", "stereo", "deep"):
            yield named(f"play_{name}", lambda name=name: self.play_from_the_start(name))
            yield named(f"seek_{name}", lambda: self.seek())
        yield self.tap
        yield self.pitch_at_every_speed
        for name in ("short", "real"):
            if name in self.recordings:
                yield named(f"faster_{name}", lambda name=name: self.length_and_clicks(name))
        yield self.export_clip_by_mouse
        yield self.export_clip_by_keys
        yield named("plug_pulled", lambda: self.lose("plug", self.desktop.card.pull_out, self.desktop.card.plug_in))
        yield named(
            "server_lost",
            lambda: self.lose("sound server", self.desktop.card.lose_server, self.desktop.card.bring_server_back),
        )
        yield self.quit


def named(name, step):
    step.__name__ = name
    return step


def one_pass(desktop, options, kind, arguments, made):
    title = kind.__name__.lower()
    vendor = Vendor(desktop, str(options.programs / "nxvet-sim"), ["--personality", "production", *arguments])
    home = Path(os.environ["HOME"]) / f"desk-{title}"
    listener = kind(desktop, vendor, str(options.programs / "consult-desk"), home, title, made)
    try:
        listener.take([listener.sign_in])
        failed = listener.take_all(listener.steps())
        if failed:
            listener.explain()
        return len(listener.passed), failed
    except (Failed, OSError) as error:
        print(f"FAILED  {title}: {error}", flush=True)
        listener.explain()
        return len(listener.passed), 1
    finally:
        listener.leave()
        vendor.stop()


def main():
    options = read_options()
    only = os.environ.get("ONLY", "").split()
    signals.self_test()
    desktop = Desktop(options.out)
    with tempfile.TemporaryDirectory() as folder:
        made = recordings.make(Path(folder), options.data.parent / "speech")
        if "real" not in made:
            print(f"no {options.data.parent}/speech: real speech is left out")
        served = ["--data", folder]
        parts = (
            (Afternoon, served),
            (Arriving, [*served, "--audio-rate", str(Arriving.RATE)]),
            (WithoutRanges, [*served, "--audio-rate", str(WithoutRanges.RATE), "--no-range"]),
        )
        wanted = [each for each in parts if not only or each[0].__name__ in only]
        return run_passes("hearing", desktop, [partial(one_pass, desktop, options, *each, made) for each in wanted])


if __name__ == "__main__":
    sys.exit(main())
