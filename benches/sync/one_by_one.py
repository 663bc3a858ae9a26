"""The loop of the vendor's samples: pages of fifty by `requests.get`, then each record of them, one call after the other.

Prints records a second and milliseconds of processor time a record. Nothing is stored.
"""

import sys
import time

import requests


def main():
    base, key, organization, wanted = sys.argv[1:]
    wanted = int(wanted)
    headers = {"Authorization": f"Bearer {key}"}
    began, busy = time.perf_counter(), time.process_time()
    fetched, offset, limit = 0, 0, 50
    while fetched < wanted:
        page = requests.get(
            f"{base}/api/organizations/{organization}/labels",
            headers=headers,
            params={"types": "CombinedClinicConv", "limit": limit, "offset": offset},
        )
        for row in page.json()[: wanted - fetched]:
            record = requests.get(f"{base}/api/labels/{row['id']}", headers=headers).json()
            assert record["id"] == row["id"]
            fetched += 1
        offset += limit
        assert fetched >= wanted or offset < int(page.headers.get("X-Total-Count", 0)), "too few of them"
    took, worked = time.perf_counter() - began, time.process_time() - busy
    print(fetched / took, 1000 * worked / fetched)


main()
