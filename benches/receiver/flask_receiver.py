"""What the vendor's sample becomes when somebody writes it down: Flask, the sample's check, one table in SQLite.

    RECEIVER_DATABASE=FILE RECEIVER_SECRET=SECRET python3 flask_receiver.py PORT

An event is stored and committed before it is answered, and known by its id."""

import hashlib
import hmac
import os
import sqlite3
import sys
from contextlib import closing

from flask import Flask, request

DATABASE, SECRET = os.environ["RECEIVER_DATABASE"], os.environ["RECEIVER_SECRET"]
app = Flask(__name__)


def connect():
    return closing(sqlite3.connect(DATABASE, timeout=30))


with connect() as made, made:
    made.execute("CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, type TEXT, body BLOB)")


def verify_webhook(request, secret):
    signature = request.headers.get("X-NerveX-Signature")
    raw_body = request.get_data()
    expected = "sha256=" + hmac.new(secret.encode("utf-8"), raw_body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature, expected):
        raise ValueError("Invalid signature")
    return True


@app.route("/webhooks/nxvet", methods=["POST"])
def handle_webhook():
    try:
        verify_webhook(request, SECRET)
        event = request.get_json()
        with connect() as database, database:
            row = (event["id"], event["type"], request.get_data())
            database.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?)", row)
        return "OK", 200
    except ValueError:
        return "Invalid signature", 401


if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(port=int(sys.argv[1]), threaded=True)
