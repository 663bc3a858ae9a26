#!/usr/bin/python3
"""Checks `clinic.json` and prints its statistics; exit code 1 if a rule fails.

Rules: the shape, unique ids, references that exist, notes that fit the state,
`Speaker: words` lines, recordings and times that fit their transcripts. It
does not judge the medicine; it lists SOAP numbers the transcript never says.

Run:  python3 assets/demo/check_clinic.py      (standard library only)
"""

import collections
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEYS = set("id daysAgo time minutes room vet patient type name state transcript soap recording".split())
TYPES = set(
    "CombinedClinicConv ClinicConversation DictationAudio AudioButtonRecording NxMIC "
    "NxHubBatch ButtonRecording PhoneCallAudio".split()
)
NOTES = {"ready": (1, 1), "writing_note": (1, 0), "transcribing": (0, 0), "no_soap": (1, 0), "no_audio": (1, 1)}
WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()


def numbers(text):
    text = re.sub(r"(\d),(\d{3})", r"\1\2", text.lower())
    return {n.rstrip(".") for n in re.findall(r"\d+(?:\.\d+)?", text)}


def unsaid(row):
    """SOAP numbers that are neither said as digits nor as a word."""
    said = row["transcript"].lower()
    digits = numbers(said)
    missing = []
    for n in sorted(numbers(" ".join(row["soap"].values()))):
        word = WORDS[int(n)] if n.isdigit() and int(n) < len(WORDS) else None
        if n not in digits and not (word and re.search(rf"\b{word}\b", said)):
            missing.append(n)
    return missing


def check_row(row, known, problems):
    def need(good, what):
        if not good:
            problems.append(f"{row['id']}: {what}")

    need(set(row) == KEYS, "keys")
    need(row["room"] in known["rooms"], "room")
    need(row["vet"] in known["vets"], "vet")
    need(row["patient"] is None or row["patient"] in known["patients"], "patient")
    need(row["type"] in TYPES, "type")
    need(re.fullmatch(r"(0[89]|1[0-7]):[0-5]\d", row["time"]), "working hours")
    need((bool(row["transcript"]), bool(row["soap"])) == tuple(map(bool, NOTES[row["state"]])), "notes of state")
    for line in (row["transcript"] or "").split("\n"):
        need(not line or re.match(r"[^:]{2,20}: \S", line), f"line {line[:40]!r}")
        need(not re.search(r"[{}\[\]|]", line), f"left-over mark in {line[:40]!r}")
    if row["soap"]:
        need(list(row["soap"]) == ["Subjective", "Objective", "Assessment", "Plan"], "soap parts")
    if row["recording"]:
        check_recording(row, need)


def check_recording(row, need):
    need((HERE / "audio" / row["recording"]).exists(), "recording file")
    times = json.loads((HERE / "audio" / f"{row['id']}.timings.json").read_text(encoding="utf-8"))
    lines = row["transcript"].split("\n")
    need([t["line"] for t in times] == list(range(1, len(lines) + 1)), "times per line")
    need(all(lines[t["line"] - 1].startswith(t["speaker"] + ": ") for t in times), "speakers")
    need(all(a["start"] < a["end"] for a in times), "times forward")
    need(row["minutes"] == max(1, round((times[-1]["end"] + 1.5) / 60)), "minutes")


def statistics(rows):
    lengths = sorted(len(r["transcript"].split()) for r in rows if r["transcript"])
    print("consultations", len(rows), "words total", sum(lengths), "min/median/max", lengths[0], lengths[len(lengths) // 2], lengths[-1])
    print("over 500:", sum(n > 500 for n in lengths), "over 1200:", sum(n > 1200 for n in lengths), "over 2000:", sum(n > 2000 for n in lengths))
    for key in ("state", "type", "room", "vet", "daysAgo"):
        print(key, dict(collections.Counter(r[key] for r in rows)))
    print("day 0:", [r["time"] for r in rows if r["daysAgo"] == 0])
    print("recordings:", {r["id"]: r["minutes"] for r in rows if r["recording"]})


def repeats(row):
    lines = [line.split(": ", 1)[1] for line in (row["transcript"] or "").split("\n") if ": " in line]
    return [t for t, n in collections.Counter(t for t in lines if len(t.split()) > 6).items() if n > 1]


def main():
    clinic = json.loads((HERE / "clinic.json").read_text(encoding="utf-8"))
    rows, problems = clinic["consultations"], []
    known = {
        "rooms": {r["serial"] for r in clinic["rooms"]},
        "vets": {v["id"] for v in clinic["vets"]},
        "patients": {p["id"] for p in clinic["patients"]},
    }
    ids = [r["id"] for r in rows] + [c["id"] for c in clinic["conversations"]]
    if len(ids) != len(set(ids)):
        problems.append("ids repeat")
    said = total = 0
    for row in rows:
        check_row(row, known, problems)
        problems += [f"{row['id']}: said twice {t!r}" for t in repeats(row)]
        if row["soap"]:
            missing, every = unsaid(row), len(numbers(" ".join(row["soap"].values())))
            said, total = said + every - len(missing), total + every
            if missing:
                print(f"  {row['id']}: SOAP numbers not said as digits: {', '.join(missing)}")
    statistics(rows)
    used = {r["patient"] for r in rows}
    print("patients", len(known["patients"]), "without a consultation", sorted(known["patients"] - used))
    print(f"SOAP numbers said in the transcript: {said} of {total}")
    print("problems:", problems or "none")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
