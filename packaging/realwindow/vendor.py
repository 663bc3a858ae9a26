"""The pretended vendor of one run, and a second reading of what it serves: plain HTTP, nothing of the product."""

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from waiting import Failed

TYPES = (
    "CombinedClinicConv ClinicConversation DictationAudio AudioButtonRecording NxMIC NxHubBatch ButtonRecording PhoneCallAudio"
).split()


class Vendor:
    def __init__(self, desktop, program, arguments):
        process = desktop.spawn([program, "--port", "0", *arguments], "vendor.log", stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        said = re.match(r"listening (http://\S+) key=(\S+) org=(\S+)", line)
        if not said:
            raise Failed(f"the simulator said {line!r} instead of where it listens; see vendor.log")
        self.url, self.key, self.organization = said.groups()
        self.said = dict(word.split("=", 1) for word in line.split() if "=" in word)
        self.process = process

    def get(self, path, query=()):
        address = f"{self.url}/api{path}"
        if query:
            address += "?" + urllib.parse.urlencode(query)
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.key}"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return answer.read()

    def command(self, name, **words):
        """To the simulator itself, which obeys when it was started with `--control`."""
        return self._ask(urllib.request.Request(f"{self.url}/__sim/{name}", data=json.dumps(words).encode(), method="POST"))

    def state(self):
        return self._ask(urllib.request.Request(f"{self.url}/__sim/state"))

    def _ask(self, request):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.loads(answer.read())

    def records(self):
        """Every record of the list, newest first."""
        found = {}
        while True:
            query = [("types", name) for name in TYPES] + [("limit", 100), ("offset", len(found))]
            rows = json.loads(self.get(f"/organizations/{self.organization}/labels", query))
            new = {row["id"]: row for row in rows if row["id"] not in found}
            if not new:
                return list(found.values())
            found |= new

    def detail(self, record):
        return json.loads(self.get(f"/labels/{record['id']}"))

    def recording(self, record):
        """The recording's bytes, or nothing when there is none."""
        try:
            return self.get(f"/labels/{record['id']}/audio")
        except urllib.error.HTTPError as error:
            error.close()
            return None

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def patient_name(record):
    return (record.get("patient") or {}).get("name") or ""


def room_name(record):
    """As a person says it: every room's device carries the maker's name."""
    return (record.get("friendlyName") or "").removesuffix("NxHUB").strip()


def transcript_of(detail):
    for note in detail.get("ownedPatientNotes") or []:
        if note.get("type") == "Transcript":
            return note.get("content") or ""
    return ""
