"""The receiver under load, beside a Flask one: events committed before their answer, a second.

    python3 benches/receiver/run.py PROGRAM [--seconds N] [--rounds N] [--connections N] [--slow N] [--no-flask]

PROGRAM is a release build of consult-desk. Needs wrk, and for Flask a way to PyPI (once; kept in ~/.cache). Both
receivers get the same deliveries by the same program in turns: 20 kB, three of ten again, one of twenty forged, while
slow connections are held open. Prints one line of JSON a run and a table.
"""

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

HERE = pathlib.Path(__file__).resolve().parent
ORGANIZATION = "0190aaaa-1111-7000-8000-00000000c0de"


def memory(process):
    with open(f"/proc/{process}/status", encoding="utf-8") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024


def end(process):
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


def load(address, path, secret, options):
    host, port = address
    slow = subprocess.Popen([sys.executable, HERE / "slow.py", host, str(port), str(options.slow)], stderr=subprocess.DEVNULL)
    time.sleep(1)
    wrk = ["wrk", "-t2", f"-c{options.connections}", f"-d{options.seconds}s", "--timeout", "30s", "-s", HERE / "load.lua"]
    wrk += [f"http://{host}:{port}", "--", path, secret, ORGANIZATION]
    try:
        output = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
    finally:
        end(slow)
    return json.loads(output.strip().splitlines()[-1])


def ours(program, home, options):
    """One run; figures with the memory it grew by and the events that are in its store."""
    home = pathlib.Path(home)
    secret = "whsec_" + secrets.token_hex(24)
    (home / "hook").write_text(secret, encoding="utf-8")
    words = [program, "receive", "--secret-file", home / "desk-secret"]
    environment = {**os.environ, "CONSULT_DESK_HOME": str(home)}

    def say(*more):
        return subprocess.run([*words, *more], env=environment, capture_output=True, text=True, check=True).stdout

    added = say("add", "--scheme", "org", "--organization", ORGANIZATION)
    path = next(word for word in added.split() if word.startswith("/"))
    say("secret", "--route", "1", "--hook-secret", str(home / "hook"))
    process = subprocess.Popen([*words, "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True)
    address = process.stdout.readline().split("//")[1].strip().rsplit(":", 1)
    before, _ = memory(process.pid)
    figures = load((address[0], int(address[1])), path, secret, options)
    after, peak = memory(process.pid)
    end(process)
    known = say("list").strip().splitlines()[-1]
    return figures | {"rss_before": before, "rss_after": after, "rss_peak": peak, "store": int(known.split()[1])}


def python_with_flask():
    folder = pathlib.Path.home() / ".cache" / "consult-desk-bench-flask"
    python = folder / "bin" / "python3"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "flask", "gunicorn"], check=True)
    return python


def flask(home, options, is_gunicorn):
    secret = "whsec_" + secrets.token_hex(24)
    database = str(pathlib.Path(home) / "events.db")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [str(port), database, secret]
    command = [python_with_flask(), HERE / "flask_receiver.py", *words]
    if is_gunicorn:
        start = "import sys; from gunicorn.app.wsgiapp import run; " \
            f"settings = sys.argv[1:]; sys.argv = ['gunicorn'] + settings; run()"
        code = f"import sys; sys.argv = ['', {port!r}, {database!r}, {secret!r}]; sys.path.insert(0, {str(HERE)!r}); " \
            "from flask_receiver import app"
        (pathlib.Path(home) / "served.py").write_text(code.replace(f"{port!r}", f"'{port}'", 1), encoding="utf-8")
        settings = ["-w", "2", "--threads", "16", "-b", f"127.0.0.1:{port}", "--chdir", home, "served:app"]
        command = [python_with_flask(), "-c", start, *settings]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
        if time.monotonic() > deadline or process.poll() is not None:
            sys.exit("Flask does not start")
        time.sleep(0.1)
    before, _ = memory(process.pid)
    figures = load(("127.0.0.1", port), "/webhooks/nxvet", secret, options)
    after, peak = memory(process.pid)
    end(process)
    stored = sqlite3.connect(database).execute("SELECT count(*) FROM event").fetchone()[0]
    return figures | {"rss_before": before, "rss_after": after, "rss_peak": peak, "store": stored}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--slow", type=int, default=200)
    parser.add_argument("--no-flask", action="store_true")
    options = parser.parse_args()
    options.program = str(pathlib.Path(options.program).resolve())
    runs = {"consult-desk": lambda home: ours(options.program, home, options)}
    if not options.no_flask:
        runs["flask"] = lambda home: flask(home, options, False)
        runs["flask-gunicorn"] = lambda home: flask(home, options, True)
    rates = {name: [] for name in runs}
    rows = []
    for turn in range(options.rounds):
        for name, run in runs.items():
            with tempfile.TemporaryDirectory() as home:
                figures = run(home)
            figures |= {"receiver": name, "round": turn + 1, "rate": figures["ok"] / figures["seconds"]}
            rates[name].append(figures["rate"])
            rows.append(figures)
            print(json.dumps(figures), flush=True)
    print("\n| receiver | answered 200 a second | p50 ms | p99 ms | 401 | 503 | broken | RSS grew MiB | in the store |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        grew = row["rss_peak"] - row["rss_before"]
        print(f"| {row['receiver']} {row['round']} | {row['rate']:.0f} | {row['p50_ms']:.1f} | {row['p99_ms']:.1f} | "
              f"{row['refused']} | {row['put_off']} | {row['broken'] + row['other']} | {grew:.1f} | {row['store']} |")
    ours_rate = statistics.median(rates["consult-desk"])
    for name in rates:
        if name != "consult-desk":
            print(f"\n{name}: {ours_rate / max(statistics.median(rates[name]), 0.001):.1f} times as many")


main()
