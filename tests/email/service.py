"""An e-mail service with an HTTP API, on a free port of this machine."""

from __future__ import annotations

import json
import socketserver
import threading
from http import HTTPStatus

DROP = "drop"
HANG = "hang"


class Service:
    """It gives each request the same answer, which `answer` sets, in one write."""

    def __init__(self):
        self.requests = []
        self.connections = 0
        self._answer: bytes | str = b""
        self._over = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def answer(self, body, status=200, **headers):
        """Answer with `body`: JSON, a text, or a deed (DROP, HANG)."""
        if body in (DROP, HANG):
            self._answer = body
            return
        text = body if isinstance(body, str) else json.dumps(body)
        lines = {"Content-Type": "application/json", "Content-Length": len(text.encode())}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        reason = HTTPStatus(status).phrase
        self._answer = f"HTTP/1.1 {status} {reason}\r\n{head}\r\n{text}".encode()

    def __enter__(self):
        service = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                service.connections += 1
                while service.serve(self.rfile, self.wfile):
                    pass

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, reader, writer):
        """One request and its answer. False: the connection is over."""
        first = reader.readline().decode()
        if not first:
            return False
        headers = {}
        while line := reader.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        body = reader.read(int(headers.get("content-length", 0)))
        self.requests.append((first.split()[1], headers, json.loads(body)))
        if self._answer == HANG:
            self._over.wait(5)
        if self._answer in (DROP, HANG):
            return False
        writer.write(self._answer)
        return True
