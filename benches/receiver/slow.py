"""Holds slow connections open: half a request each, then a byte now and then; one that is closed is opened again.

Arguments: host, port, how many. Runs until it is ended.
"""

import select
import socket
import sys
import time

HALF = b"POST /0123456789abcdef0123456789abcdef HTTP/1.1\r\nHost: localhost\r\nX-Slow: "


def opened(address):
    connection = socket.create_connection(address, timeout=5)
    connection.sendall(HALF)
    connection.setblocking(False)
    return connection


def main():
    host, port, wanted = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    held, closed, told = [], 0, 0.0
    while True:
        while len(held) < wanted:
            try:
                held.append(opened((host, port)))
            except OSError:
                time.sleep(0.05)
        readable, _, _ = select.select(held, [], [], 0.5)
        for connection in readable:
            connection.close()
            held.remove(connection)
            closed += 1
        for connection in list(held):
            try:
                connection.send(b"x")
            except OSError:
                held.remove(connection)
                connection.close()
                closed += 1
        if time.monotonic() - told > 5:
            told = time.monotonic()
            print(len(held), "held,", closed, "were closed", file=sys.stderr, flush=True)


main()
