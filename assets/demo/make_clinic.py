#!/usr/bin/python3
"""Composes the sample clinic (`clinic.json`) from hand-written parts.

`source/cases-*.txt` holds each consultation's medical core and its SOAP note,
`source/banks.txt` the passages every consulting room hears: greetings, small
talk, history questions, examination narration, owners' questions, money,
goodbyes. A passage names its species and its topic; a case names the topics
that would contradict it. The seed is fixed, so the same sources give the same
file. A case with a recording is spoken exactly as written: nothing is added.

Run:  python3 assets/demo/make_clinic.py      (standard library only)
It does not make the recordings: `make_audio.py` does, from the JSON.
"""

import json
import random
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "source"
SEED = 20260220
# What is said once the plan is settled, just before the goodbye.
SUMMING_UP = {"ask-write", "ask-recap", "cost"}
PHASES = ["history", "exam", "plan"]

ROOMS = {
    "1": ("NXH-A1B2C3", "Room 1 NxHUB", "hub_00112233", 2, "0.8.13"),
    "2": ("NXH-D4E5F6", "Room 2 NxHUB", "hub_00112234", 1, "0.8.13"),
    "3": ("NXH-7G8H9J", "Room 3 NxHUB", "hub_00112235", 4, "0.8.13"),
    "S": ("NXH-K2L3M4", "Surgery NxHUB", "hub_00112240", 47, "0.8.11"),
}
LOGINS = [
    ("Front desk iPad", "ios"),
    ("Dr. Smith's phone", "android"),
    ("Practice office browser", "web"),
]
VETS = {"v1": ("Dr. Ana", "Roth"), "v2": ("Dr. Daniel", "Smith"), "v3": ("Dr. Ifeoma", "Okafor")}
PATIENTS = [
    ("p01", "Bella", "Dog", "Golden Retriever", "Female"),
    ("p02", "Bella", "Dog", "Labrador", "Female"),
    ("p03", "Max", "Dog", "German Shepherd", "Male"),
    ("p04", "Max", "Cat", "Domestic Shorthair", "Male"),
    ("p05", "小花", "Dog", "Shiba Inu", "Female"),
    ("p06", "Søren", "Dog", "Whippet", "Male"),
    ("p07", "Зайка", "Rabbit", "Netherland Dwarf", "Female"),
    ("p08", "O'Malley", "Cat", "Maine Coon", "Male"),
    ("p09", "Żuk", "Dog", "Wire-haired Dachshund", "Male"),
    ("p10", "Biscuit", "Pony", "Welsh Section A", "Male"),
    ("p11", "Comet", "Horse", "Irish Sport Horse", "Female"),
    ("p12", "Kiko", "Parrot", "African Grey", "Male"),
    ("p13", "Sheldon", "Tortoise", "Hermann's Tortoise", "Male"),
    ("p14", "Pixel", "Ferret", "Sable Ferret", "Female"),
    ("p15", "Peanut", "Guinea pig", "Abyssinian", "Male"),
    ("p16", "Daisy", "Dog", "Cocker Spaniel", "Female"),
    ("p17", "Ralph", "Dog", "French Bulldog", "Male"),
    ("p18", "Luna", "Cat", "British Shorthair", "Female"),
    ("p19", "Tabitha", "Cat", "Domestic Shorthair", "Female"),
    ("p20", "Oscar", "Dog", "Miniature Schnauzer", "Male"),
    ("p21", "Nell", "Dog", "Border Collie", "Female"),
    ("p22", "Éclair", "Rabbit", "French Lop", "Male"),
    ("p23", "Teddy", "Dog", "Cockapoo", "Male"),
    ("p24", "Şeker", "Cat", "Turkish Van", "Female"),
    ("p25", "Mabel", "Dog", "Jack Russell Terrier", "Female"),
]
CONVERSATIONS = [
    ("conv-7f3a10c2", "2", 0, "13:05"),
    ("conv-2b91e4d0", "S", 1, "12:35"),
    ("conv-c40d7786", "3", 4, "16:40"),
    ("conv-91aa5e3f", "1", 9, "10:25"),
]
PRONOUNS = {
    "Female": {"he": "she", "him": "her", "his": "her", "boy": "girl", "himself": "herself"},
    "Male": {"he": "he", "him": "him", "his": "his", "boy": "boy", "himself": "himself"},
}
BRIDGE = ["Okay, so.", "Right.", "Okay.", "So.", "Alright.", "Good. Okay."]
BACKCHANNEL = ["Okay.", "Mm-hm.", "Right.", "Yeah.", "Right, okay.", "Mm.", "Got it.", "Sure."]


def words(text):
    return len(text.split())


def read_banks():
    """Passages as (phase, species, topic, [(speaker, text)])."""
    passages = []
    for line in (SOURCE / "banks.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            phase, species, topic = [part.strip() for part in line[2:].split("|")]
            passages.append((phase, species.split(), topic, []))
        elif ":" in line and passages:
            speaker, text = line.split(":", 1)
            passages[-1][3].append((speaker.strip(), text.strip()))
    return passages


def read_cases():
    cases = []
    for path in sorted(SOURCE.glob("cases-*.txt")):
        for block in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            cases.append(read_case(block))
    return sorted(cases, key=lambda case: case["id"])


def read_case(block):
    head, *parts = re.split(r"^--- ", block, flags=re.M)
    first, *rest = head.strip().splitlines()
    case = {"id": first.strip(), "skip": "", "want": "", "speakers": "", "words": "0"}
    for line in rest:
        key, value = line.split(" ", 1)
        case[key] = value.strip()
    case["blocks"] = {}
    for part in parts:
        title, *lines = part.strip().splitlines()
        case["blocks"][title.strip()] = [line for line in lines if line.strip()]
    return case


class Composer:
    """One consultation's dialogue; remembers which passages it has used."""

    def __init__(self, case, patient, passages, uses):
        self.case, self.uses = case, uses
        self.rng = random.Random(f"{SEED}-{case['id']}")
        self.patient = patient
        self.skip, self.want = set(case["skip"].split()), set(case["want"].split())
        species = patient[2].lower().replace(" ", "") if patient else "none"
        self.pool = [p for p in passages if self.fits(p, species)]
        self.target = int(case["words"])
        self.length, self.topics = 0, []
        self.names = {"V": "Dr. " + VETS[case["vet"]][1], "O": "Owner", "N": "Nurse Kim", "S": "Staff"}
        for pair in case["speakers"].split(","):
            if "=" in pair:
                key, name = pair.split("=")
                self.names[key.strip()] = name.strip()

    def fits(self, passage, species):
        phase, kinds, topic, _ = passage
        sort = self.case["type"]
        if topic.startswith("opt-") and topic not in self.want:
            return False
        if "-" + species in kinds or topic in self.skip:
            return False
        if "phone" in kinds:
            return sort == "PhoneCallAudio"
        if sort == "PhoneCallAudio":
            return False
        return "*" in kinds or species in kinds

    def pick(self, phase):
        """The least used passage of a phase; its topic is then closed."""
        fitting = [p for p in self.pool if p[0] == phase]
        if not fitting:
            return []
        self.rng.shuffle(fitting)
        chosen = min(fitting, key=lambda p: self.uses.get(id(p), 0))
        self.uses[id(chosen)] = self.uses.get(id(chosen), 0) + 1
        self.pool = [p for p in self.pool if p[2] != chosen[2]]
        self.topics.append(chosen[2])
        lines = [(speaker, self.fill(text)) for speaker, text in chosen[3]]
        self.length += sum(words(text) for _, text in lines)
        return lines

    def fill(self, text):
        text = re.sub(r"\[([^\]]*\|[^\]]*)\]", lambda m: self.rng.choice(m.group(1).split("|")), text)
        if self.patient:
            table = dict(PRONOUNS[self.patient[4]])
            table.update({key.capitalize(): value.capitalize() for key, value in table.items()})
            table["n"] = self.patient[1]
            text = re.sub(r"\{(\w+)\}", lambda m: table.get(m.group(1), m.group(0)), text)
        return re.sub(r"\s+", " ", text).strip()

    def core(self, title):
        """A written block as segments, cut where it allows a passage in."""
        segments = [[]]
        for line in self.case["blocks"].get(title, []):
            if line.strip() == "+":
                segments.append([])
            else:
                speaker, text = line.split(":", 1)
                segments[-1].append((speaker.strip(), self.fill(text)))
        self.length += sum(words(t) for segment in segments for _, t in segment)
        return segments

    def compose(self):
        blocks = {phase: self.core(phase) for phase in PHASES}
        if not self.target:
            return [line for phase in PHASES for seg in blocks[phase] for line in seg]
        opening = self.pick("greeting") + self.pick("chat")
        ending = self.pick("closing")
        extras = {phase: [] for phase in PHASES}
        order = ["history", "plan", "exam", "plan", "history", "exam", "cost", "aside"]
        step = 0
        while self.length < self.target and step < 80:
            kind = order[step % len(order)]
            step += 1
            home = {"cost": "plan", "aside": "exam"}.get(kind, kind)
            if kind in ("cost", "aside") and step > len(order) * (2 if kind == "aside" else 1):
                continue
            lines = self.pick(kind)
            if lines and self.topics[-1] in SUMMING_UP:
                ending = self.attach(lines, ending)
            elif lines:
                extras[home].append(lines)
        out = opening
        for phase in PHASES:
            for piece in self.weave(blocks[phase], extras[phase], first=phase == "exam"):
                out = self.attach(out, piece)
        return self.murmur(self.attach(out, ending))

    def attach(self, out, piece):
        """Joins two passages; where one speaker would run on, a small word between."""
        if not out or not piece or out[-1][0] != piece[0][0]:
            return out + piece
        speaker, text = piece[0]
        if speaker == "V":
            if re.match(r"(Right|Okay|So|Now|And|Let me|Lovely|Alright)\b", text):
                return out + piece
            return out + [(speaker, self.rng.choice(BRIDGE) + " " + text)] + piece[1:]
        return out + [("V", self.rng.choice(["Mm-hm.", "Okay.", "Sure, okay.", "Right."]))] + piece

    def weave(self, segments, extras, first):
        """The block's pieces in order: passages at its cuts, the rest after it."""
        out, queue = [], list(extras)
        if first and queue and len(queue) > len(segments):
            out.append(queue.pop(0))
        for index, segment in enumerate(segments):
            out.append(segment)
            left = len(segments) - index - 1
            share = len(queue) if left < 2 else min(len(queue), max(1, len(queue) // left))
            for _ in range(share):
                out.append(queue.pop(0))
        return out

    def murmur(self, lines):
        """Breaks long explanations with the listener's small noises."""
        out, previous = [], ""
        for speaker, text in lines:
            sentences = re.split(r"(?<=[.?!]) (?=[A-Z])", text)
            if speaker == "V" and words(text) > 42 and len(sentences) > 2 and self.rng.random() < 0.5:
                cut = len(sentences) // 2
                noise = self.rng.choice([b for b in BACKCHANNEL if b != previous])
                previous = noise
                out += [(speaker, " ".join(sentences[:cut])), ("O", noise)]
                out.append((speaker, " ".join(sentences[cut:])))
            else:
                out.append((speaker, text))
        return self.join(out)

    @staticmethod
    def join(lines):
        """Two turns in a row by one speaker become one turn."""
        out = []
        for speaker, text in lines:
            if out and out[-1][0] == speaker:
                out[-1] = (speaker, out[-1][1] + " " + text)
            else:
                out.append((speaker, text))
        return out

    def transcript(self):
        return "\n".join(f"{self.names[s]}: {t}" for s, t in self.compose())


def soap_of(case, composer):
    names = {"S": "Subjective", "O": "Objective", "A": "Assessment", "P": "Plan"}
    soap = {}
    for line in case["blocks"].get("soap", []):
        key, text = line.split(":", 1)
        soap[names[key.strip()]] = composer.fill(text).replace("\\n", "\n")
    return soap or None


def consultation(case, passages, uses):
    patient = next((p for p in PATIENTS if p[0] == case["pat"]), None)
    composer = Composer(case, patient, passages, uses)
    transcript, soap, state = composer.transcript(), soap_of(case, composer), case["state"]
    if "-v" in sys.argv:
        print(case["id"], words(transcript), *composer.topics, file=sys.stderr)
    later = {"transcript": transcript, "soap": soap}
    if state in ("writing_note", "no_soap"):
        soap = None
    if state == "transcribing":
        transcript = soap = None
    recording = case["id"] + ".opus" if case.get("audio") else None
    day, time, minutes = case["when"].split()
    row = {
        "id": case["id"], "daysAgo": int(day), "time": time, "minutes": int(minutes),
        "room": ROOMS[case["room"]][0], "vet": case["vet"], "patient": patient and patient[0],
        "type": case["type"], "name": case["name"], "state": state,
        "transcript": transcript, "soap": soap, "recording": recording,
    }
    timings = HERE / "audio" / f"{case['id']}.timings.json"
    if recording and timings.exists():
        last = max(turn["end"] for turn in json.loads(timings.read_text(encoding="utf-8")))
        row["minutes"] = max(1, round((last + 1.5) / 60))
    return row, later


def build():
    passages, uses, rows, later = read_banks(), {}, [], {}
    for case in read_cases():
        row, pending = consultation(case, passages, uses)
        rows.append(row)
        if row["state"] in ("writing_note", "transcribing"):
            later[row["id"]] = pending
    clinic = {
        "clinic": {"name": "Harbour Vets (sample)", "timeZone": "Europe/London"},
        "rooms": [
            dict(zip(["serial", "name", "deviceId", "lastReportMinutesAgo", "firmware"], room))
            for room in ROOMS.values()
        ],
        "logins": [{"name": name, "kind": kind} for name, kind in LOGINS],
        "vets": [{"id": k, "firstName": f, "lastName": l} for k, (f, l) in VETS.items()],
        "patients": [dict(zip(["id", "name", "species", "breed", "sex"], p)) for p in PATIENTS],
        "consultations": rows,
        "conversations": [
            {"id": i, "room": ROOMS[r][0], "daysAgo": d, "time": t} for i, r, d, t in CONVERSATIONS
        ],
    }
    return clinic, later


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    clinic, later = build()
    write(HERE / "clinic.json", clinic)
    write(HERE / "later.json", later)
    print(len(clinic["consultations"]), "consultations written", file=sys.stderr)
