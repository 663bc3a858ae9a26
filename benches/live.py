"""From what happens in the clinic to the pixels that show it: `conversation_created` to the tile, `new_label` to the row.

    sh benches/live.sh
    LIVE_EVENTS=100 sh benches/live.sh --programs target/release

A real window under Xvfb, set up by its own assistant, listens on this computer. The clock starts before the pretended
NxVET is told that a recorder starts or a record is there, and stops when the pixels change: the frame of that room's
tile takes the colour of a running recorder; the place of the newest row shows something else. That it is the right row
is read from the tree afterwards. The desk looks for news by itself once an hour at most. Prints Markdown rows."""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packaging" / "realwindow"))
from desktop import Desktop, Failed  # noqa: E402
from listening import Listener  # noqa: E402
from passes import ROOM, read_options  # noqa: E402
from vendor import Vendor, patient_name  # noqa: E402
from Xlib import X, display  # noqa: E402

EVENTS = int(os.environ.get("LIVE_EVENTS", "40"))
POLL = 0.001
LIMIT = 10
STILL = 0.6
"""Seconds without a change before the next event."""
BETWEEN = 1.2
"""The pretended NxVET dates records a second apart; more of them would lie in the future."""


class Eye:
    """Looks at a piece of the screen."""

    def __init__(self):
        self.root = display.Display().screen().root

    def at(self, x, y, width, height):
        return self.root.get_image(x, y, width, height, X.ZPixmap, 0xFFFFFF).data

    def until(self, box, good):
        """When the piece looked right, on this computer's clock."""
        deadline = time.monotonic() + LIMIT
        while not good(self.at(*box)):
            if time.monotonic() > deadline:
                raise Failed(f"nothing changed within {LIMIT} s")
            time.sleep(POLL)
        return time.monotonic()

    def rest(self, box):
        """Waits until the piece stands still; answers how it looks."""
        seen, since = self.at(*box), time.monotonic()
        deadline = since + LIMIT
        while time.monotonic() - since < STILL:
            time.sleep(0.02)
            now = self.at(*box)
            if now != seen:
                seen, since = now, time.monotonic()
            if time.monotonic() > deadline:
                raise Failed("it never stands still")
        return seen


class Bench(Listener):
    def set_up_all(self):
        self.prepare()
        for step in (self.sign_in, self.listen, self.set_up):
            print(f"-- {step()}", flush=True)
        self.press("Done")
        self.gone("the assistant", "Live updates work.")
        self.eye = Eye()

    def tiles(self, events):
        """Milliseconds from a recorder's start to the frame of its tile; rooms take turns."""
        self.go("Rooms")
        rooms = [room["name"].removesuffix("NxHUB").strip() for room in self.vendor.state()["rooms"]]
        # The middle of the frame's upper edge, where nothing else is drawn.
        edges = []
        for room in rooms:
            x, y, width, _ = self.tile(room).box
            edges.append((x + width // 2, y + 1, 1, 1))
        self.point_away()
        running, taken = None, []
        for event in range(events):
            room = event % len(rooms)
            quiet = self.eye.rest(edges[room])
            began = time.monotonic()
            visit = self.vendor.command("rooms/start", room=room)["conversationId"]
            wanted = running
            shown = self.eye.until(edges[room], lambda now: now == wanted if wanted else now != quiet)  # noqa: B023
            taken.append((shown - began) * 1000)
            if not running:
                self.tile(rooms[room], "recording since")
                running = self.eye.at(*edges[room])
            self.vendor.command("rooms/end", id=visit)
            self.eye.until(edges[room], lambda now: now == quiet)  # noqa: B023
        return taken

    def rows_shown(self, events):
        """Milliseconds from a record's making to something new where its row stands: the place of the one before,
        which it pushes down. A row is looked up by its name each time."""
        self.go("Consults")
        self.wait("the list", self.rows)
        self.point_away()
        box, taken, began = None, [], 0.0
        for event in range(events + 1):
            time.sleep(max(0.0, began + BETWEEN - time.monotonic()))
            before = self.eye.rest(box) if box else None
            began = time.monotonic()
            record = self.vendor.command("records/add", pending=True)["ids"][0]
            if event:
                shown = self.eye.until(box, lambda now: now != before)  # noqa: B023
                taken.append((shown - began) * 1000)
            name = patient_name(self.vendor.detail({"id": record}))
            self.row_of(name, "Transcribing")
            rows = [row for row in self.rows() if name in row.name and "Transcribing" in row.name]
            x, y, width, height = min(rows, key=lambda row: row.box[1]).box
            if box and (x + 4, y + 4) != box[:2]:
                raise Failed(f"{name} is not where the change was seen")
            box = (x + 4, y + 4, width - 8, height - 8)
        return taken

    def point_away(self):
        """So that nothing is drawn as if it were pointed at."""
        self.desktop.answer(["xdotool", "mousemove", "5", "890"])


def row(what, taken):
    ordered = sorted(taken)
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))]  # noqa: E731
    print(
        f"| {what} | {len(ordered)} | {statistics.median(ordered):.0f} | {at(0.99):.0f} | {ordered[0]:.0f} | {ordered[-1]:.0f} |",
        flush=True,
    )


def main():
    options = read_options()
    desktop = Desktop(options.out)
    arguments = "--personality production --records 40 --seed 5 --control".split()
    bench = None
    try:
        desktop.start(ROOM)
        vendor = Vendor(desktop, str(options.programs / "nxvet-sim"), arguments)
        program = str(options.programs / "consult-desk")
        bench = Bench(desktop, vendor, program, Path(os.environ["HOME"]) / "desk-live", "live")
        bench.set_up_all()
        rows, tiles = bench.rows_shown(EVENTS), bench.tiles(EVENTS)
        print("\n| from | events | p50 ms | p99 ms | least | most |\n|---|---|---|---|---|---|")
        row("`conversation_created` to the tile", tiles)
        row("`new_label` to the row", rows)
        return 0
    except Failed as error:
        print(f"FAILED  {error}", flush=True)
        if bench:
            bench.explain()
        return 1
    finally:
        if bench:
            bench.leave()
        desktop.stop()


if __name__ == "__main__":
    sys.exit(main())
