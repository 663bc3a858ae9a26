"""The vendor's sample as it stands in the quickstart: a page, then each record of it, one call after the other.

Prints records a second and milliseconds of processor time a record. Nothing is stored.
"""

import json
import sys
import time
import urllib.request


def get(url, key):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read()), answer.headers


def main():
    base, key, organization, wanted = sys.argv[1:]
    wanted = int(wanted)
    began, busy = time.perf_counter(), time.process_time()
    fetched, offset = 0, 0
    while fetched < wanted:
        query = f"types=CombinedClinicConv&types=ClinicConversation&limit=100&offset={offset}"
        rows, _ = get(f"{base}/api/organizations/{organization}/labels?{query}", key)
        for row in rows[: wanted - fetched]:
            record, _ = get(f"{base}/api/labels/{row['id']}", key)
            assert record["id"] == row["id"]
            fetched += 1
        offset += len(rows)
    took, worked = time.perf_counter() - began, time.process_time() - busy
    print(fetched / took, 1000 * worked / fetched)


main()
