"""Runs a vendor's Python sample over requests: one JSON line in, one out.

    python3 check.py SAMPLE org|partner|nexhealth

The sample is read from a file and stays as it is. What it compares with is caught on the way: that is the signature
the vendor's own code would have sent.
"""

import base64
import hmac
import json
import sys
import time


class Headers(dict):
    """Names know no upper and lower case, as in every web framework."""

    def __init__(self, headers):
        super().__init__({name.lower(): value for name, value in headers.items()})

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def get(self, name, default=None):
        return super().get(name.lower(), default)


class Request:
    def __init__(self, line):
        self.headers = Headers(line["headers"])
        self.body = base64.b64decode(line["body"])


def main():
    path, kind = sys.argv[1:]
    sample = {}
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), sample)
    compare = hmac.compare_digest
    caught = []

    def catching(one, other):
        caught.append((one, other))
        return compare(one, other)

    hmac.compare_digest = catching
    for text in sys.stdin:
        line = json.loads(text)
        request = Request(line)
        time.time = lambda line=line: line["now"]
        caught.clear()
        made = None
        try:
            if kind == "org":
                is_valid = sample["verify_webhook"](request, line["secret"])
            elif kind == "partner":
                is_valid = sample["verify_webhook"](request.headers, request.body.decode(), line["secret"])
            else:
                payload = json.loads(request.body)
                made = sample["generate_signature"](payload, request.headers["timestamp"], line["secret"])
                is_valid = compare(made, request.headers["signature"])
        except Exception:  # A sample refuses by throwing as well as by saying no.
            is_valid = False
        if caught:
            made = caught[0][1 if kind == "org" else 0]
        print(json.dumps({"valid": bool(is_valid), "made": made}), flush=True)


main()
