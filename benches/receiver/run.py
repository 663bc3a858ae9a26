"""The receiver under load, beside a Flask one: events committed before their answer, a second.

    sh benches/receiver.sh [--program FILE] [--seconds N] [--rounds N] [--connections N] [--slow N] [--no-flask]

All get the same deliveries by the same program in turns: 20 kB, three of ten again, one of twenty forged, while slow
connections are held open. The peers are Flask with the vendor's check and SQLite as Python opens it: on Flask's own
server, on waitress, and on gunicorn with two workers of 16 threads; gunicorn without the slow connections, as it answers
nobody while they are held. After each run every event that was answered with 200 must be in the store, once. Prints one
line of JSON a run and a table."""

import argparse
import json
import os
import pathlib
import secrets
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from contextlib import closing
from functools import partial

HERE = pathlib.Path(__file__).resolve().parent
ORGANIZATION = "0190aaaa-1111-7000-8000-00000000c0de"
OURS = "consult-desk"


def family(process):
    """A process and all that it started."""
    found = [process]
    for member in found:
        with open(f"/proc/{member}/task/{member}/children", encoding="utf-8") as children:
            found += [int(child) for child in children.read().split()]
    return found


def memory(process):
    """Resident now, and the most there was of each, in MiB."""
    now = most = 0
    for member in family(process):
        with open(f"/proc/{member}/status", encoding="utf-8") as status:
            lines = dict(line.split(":", 1) for line in status)
        now += int(lines["VmRSS"].split()[0])
        most += int(lines["VmHWM"].split()[0])
    return now / 1024, most / 1024


def end(process):
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


def load(process, address, aim, options, slow=None):
    """Figures of one run, with the memory it grew by."""
    host, port = address
    path, secret = aim
    before, _ = memory(process.pid)
    slow = [sys.executable, HERE / "slow.py", host, str(port), str(options.slow if slow is None else slow)]
    held = subprocess.Popen(slow, stderr=subprocess.PIPE, text=True)
    held.stderr.readline()
    wrk = ["wrk", "-t2", f"-c{options.connections}", f"-d{options.seconds}s", "--timeout", "30s", "-s", HERE / "load.lua"]
    wrk += [f"http://{host}:{port}", "--", path, secret, ORGANIZATION, str(options.seconds)]
    try:
        output = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
    finally:
        after, peak = memory(process.pid)
        end(held)
        end(process)
    figures = json.loads(output.strip().splitlines()[-1])
    return figures | {"rss_before": round(before, 1), "rss_after": round(after, 1), "rss_grew": round(peak - before, 1)}


def ours(options, home):
    home = pathlib.Path(home)
    secret = "whsec_" + secrets.token_hex(24)
    (home / "hook").write_text(secret, encoding="utf-8")
    words = [options.program, "receive", "--secret-file", home / "desk-secret"]
    environment = {**os.environ, "CONSULT_DESK_HOME": str(home)}

    def say(*more):
        return subprocess.run([*words, *more], env=environment, capture_output=True, text=True, check=True).stdout

    added = say("add", "--scheme", "org", "--organization", ORGANIZATION)
    path = next(word for word in added.split() if word.startswith("/"))
    say("secret", "--route", "1", "--hook-secret", str(home / "hook"))
    process = subprocess.Popen([*words, "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True)
    host, port = process.stdout.readline().split("//")[1].strip().rsplit(":", 1)
    figures = load(process, (host, int(port)), (path, secret), options)
    known = say("list").strip().splitlines()[-1]
    return figures | {"store": int(known.split()[1])}


def python_with_flask():
    folder = pathlib.Path.home() / ".cache" / "consult-desk-bench-flask"
    python = folder / "bin" / "python3"
    if not python.exists() or subprocess.run([python, "-c", "import flask, gunicorn, waitress"], check=False).returncode != 0:
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "flask", "gunicorn", "waitress"], check=True)
    return python


def flask(server, options, home):
    """`server` is the command that serves it on a port."""
    slow = 0 if server is gunicorn else options.slow
    secret = "whsec_" + secrets.token_hex(24)
    database = pathlib.Path(home) / "events.db"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "RECEIVER_DATABASE": str(database), "RECEIVER_SECRET": secret}
    command = [python_with_flask(), *server(port)]
    process = subprocess.Popen(command, env=environment, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not answers(port):
        if time.monotonic() > deadline or process.poll() is not None:
            sys.exit("Flask does not start")
        time.sleep(0.1)
    figures = load(process, ("127.0.0.1", port), ("/webhooks/nxvet", secret), options, slow)
    with closing(sqlite3.connect(database)) as opened:
        return figures | {"store": opened.execute("SELECT count(*) FROM event").fetchone()[0]}


def answers(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def own_server(port):
    return ["-B", "flask_receiver.py", str(port)]


def waitress(port):
    return ["-B", "-m", "waitress", f"--listen=127.0.0.1:{port}", "--threads=16", "--connection-limit=1000", "flask_receiver:app"]


def gunicorn(port):
    return ["-B", "-m", "gunicorn", "-w", "2", "--threads", "16", "-b", f"127.0.0.1:{port}", "flask_receiver:app"]


def judge(figures):
    """What is in the store is what was honestly sent, once; what was put off or cut may be missing."""
    excused = figures["put_off"] + figures["other"] + figures["broken"]
    unanswered = figures["sent"] - sum(figures[name] for name in ("ok", "refused", "put_off", "other"))
    missing = figures["distinct"] - figures["store"]
    is_whole = 0 <= missing <= excused + max(unanswered, 0)
    return {"rate": round(figures["ok"] / figures["seconds"]), "unanswered": unanswered, "missing": missing, "whole": is_whole}


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="target/release/consult-desk")
    for name, usual in (("seconds", 20), ("rounds", 3), ("connections", 32), ("slow", 200)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--no-flask", action="store_true")
    options = parser.parse_args()
    options.program = str(pathlib.Path(options.program).resolve())
    return options


def table(rows):
    heads = "receiver", "committed before their 200, a second", "p50 ms", "p99 ms", "200", "401", "503", "cut"
    heads += "RSS grew, MiB", "in the store", "missing"
    print(f"\n| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for row in rows:
        cut = row["broken"] + row["other"]
        print(
            f"| {row['receiver']}, round {row['round']} | {row['rate']:,} | {row['p50_ms']:.1f} | {row['p99_ms']:.1f} | "
            f"{row['ok']:,} | {row['refused']:,} | {row['put_off']:,} | {cut:,} | {row['rss_grew']:.1f} | {row['store']:,} | {row['missing']:,} |"
        )


def main():
    options = read_options()
    runs = {OURS: partial(ours, options)}
    if not options.no_flask:
        runs["Flask"] = partial(flask, own_server, options)
        runs["Flask on waitress"] = partial(flask, waitress, options)
        runs["Flask on gunicorn, nothing slow"] = partial(flask, gunicorn, options)
    rows = []
    for turn in range(options.rounds):
        for name, run in runs.items():
            with tempfile.TemporaryDirectory() as home:
                figures = run(home)
            rows.append({"receiver": name, "round": turn + 1} | figures | judge(figures))
            print(json.dumps(rows[-1]), flush=True)
    table(rows)
    middle = {name: statistics.median(row["rate"] for row in rows if row["receiver"] == name) for name in runs}
    for name in list(runs)[1:]:
        print(f"\n{OURS} takes {middle[OURS] / max(middle[name], 0.001):.1f} times as many as {name}")
    if not all(row["whole"] for row in rows if row["receiver"] == OURS):
        sys.exit("\nNOT EVERYTHING that was answered with 200 is in the store once")


main()
