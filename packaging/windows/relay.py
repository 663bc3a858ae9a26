"""Stands between the desk and the pretended vendor, hands everything on and writes down what was asked for."""

import re
import socket
import threading
from urllib.parse import urlsplit

ASKED = re.compile(rb"(?:^|\r\n\r\n)(GET|POST|PUT|DELETE) (\S+) HTTP/1\.1\r\n")


class Relay:
    def __init__(self, url, key):
        self.there = urlsplit(url)
        self.needle = f"Bearer {key}".encode()
        self.lock = threading.Lock()
        self.lines, self.with_key = [], 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def asked(self, pattern):
        """The questions so far that look like this."""
        with self.lock:
            return [line for line in self.lines if re.search(pattern, line)]

    def forget(self):
        with self.lock:
            self.lines, self.with_key = [], 0

    def close(self):
        self.server.close()

    def _serve(self):
        while True:
            try:
                near, _ = self.server.accept()
                far = socket.create_connection((self.there.hostname, self.there.port), 10)
            except OSError:
                return
            far.settimeout(None)
            for pair, looks in (((near, far), True), ((far, near), False)):
                threading.Thread(target=self._pass_on, args=(*pair, looks), daemon=True).start()

    def _pass_on(self, source, target, looks):
        try:
            while data := source.recv(65536):
                if looks:
                    self._write_down(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            # One of the two went away: so does the other.
            source.close()
            target.close()

    def _write_down(self, data):
        """A question begins with a packet or behind another question without a body; those of a desk are short."""
        with self.lock:
            self.lines += [f"{method.decode()} {path.decode()}" for method, path in ASKED.findall(data)]
            self.with_key += data.count(self.needle)
