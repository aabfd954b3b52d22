"""A real HTTP server for tests, on a free port of this machine, that does as it is told.

Subclass it, and let ``answer`` speak a service's protocol and refuse what the service refuses.

Example::

    class AcmeServer(HTTPServer):
        def answer(self, call: Call) -> Answer:
            if call.headers.get("authorization") != "Bearer right":
                return Answer(status=401, json={"error": "unauthorized"})
            return Answer(status=201, json={"id": str(len(self.calls))})

    with AcmeServer() as server:
        server.script(Answer(status=429, headers={"Retry-After": "3"}), times=1)
        …                                        # send to server.url
        assert server.calls[-1].json == {"text": "Hi"}
        server.script(DRIP)
        …                                        # send: how long does it wait?
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from types import TracebackType

PATIENCE = 60.0
"""Seconds after which a server that was told to hang or to drip has had enough."""
PAUSE = 0.05
"""Seconds between two letters of an answer that drips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came in. Header names are in lower case; ``at`` is monotonic seconds."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def form(self) -> dict[str, str]:
        """The body's form fields, the last value of each."""
        fields = parse_qs(self.body.decode(), keep_blank_values=True)
        return {name: values[-1] for name, values in fields.items()}

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever was sent
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server says: ``json``, or else ``body`` as it is."""

    status: int = 200
    json: object = None
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> tuple[bytes, str]:
        """The bytes and their type."""
        if self.json is not None:
            return json.dumps(self.json).encode(), "application/json"
        return self.body.encode(), "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a server does instead of answering; ``head``: how it begins to, and drips."""

    name: str
    head: bytes = b""


HANG = Deed("hang")
"""Take the request and keep silent."""
DROP = Deed("drop")
"""Take the request and break the connection."""
DRIP = Deed("drip", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
"""Answer, but write the body letter by letter and without end, each letter in time."""
DRIP_HEAD = Deed("drip head", b"HTTP/1.1 200 OK\r\nX-Letters: ")
"""The same with a header."""

Reply = Answer | Deed


@dataclass(slots=True)
class _Order:
    reply: Reply
    times: int | None
    when: Callable[[Call], bool]


def always(call: Call) -> bool:
    """Whatever is asked."""
    return True


class HTTPServer:
    """An HTTP server in threads of its own, for as long as the ``with`` block lasts."""

    def __init__(self, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """``port`` 0 is any free one; with ``tls`` it speaks HTTPS.

        ``calls`` holds every request, ``raised`` what ``answer`` raised instead of answering;
        ``left`` is set once a client has hung up on a drip.
        """
        self.calls: list[Call] = []
        self.raised: list[Exception] = []
        self.left = threading.Event()
        self.lock = threading.RLock()
        self._orders: list[_Order] = []
        self._stopping = threading.Event()
        self._tls = tls
        self._server = _Server(("127.0.0.1", port), self)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    @property
    def host(self) -> str:
        """Its address: loopback."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port``, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def answer(self, call: Call) -> Reply:
        """What the service would say. Called under the server's lock, one call at a time."""
        return Answer()

    def script(
        self, reply: Reply, *, times: int | None = 1, when: Callable[[Call], bool] = always
    ) -> None:
        """Say ``reply`` instead, so many times (None: always), to calls for which ``when`` holds.

        What was said first comes first.
        """
        with self.lock:
            self._orders.append(_Order(reply, times, when))

    def reply_to(self, call: Call) -> Reply:
        """Note the call, and say what was ordered or what the service would say."""
        with self.lock:
            self.calls.append(call)
            for order in self._orders:
                if order.when(call):
                    if order.times is not None:
                        order.times -= 1
                        if order.times <= 0:
                            self._orders.remove(order)
                    return order.reply
            try:
                return self.answer(call)
            except Exception as error:
                self.raised.append(error)
                raise

    def keep_silent(self, seconds: float = PATIENCE) -> bool:
        """Wait so long, or until the server stops; say whether it does."""
        return self._stopping.wait(seconds)

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse connections from now on, and let those that hang go."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: HTTPServer) -> None:
        super().__init__(address, _Handler)
        self.owner = owner

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news; a fault in ``answer`` is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as it came


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one packet: two would wait for the client's delayed ACK
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        reply = self.server.owner.reply_to(self._call())
        if isinstance(reply, Deed):
            self._do(reply)
            return
        content, kind = reply.content()
        self.send_response(reply.status)
        headers = {"Content-Type": kind, **reply.headers, "Content-Length": len(content)}
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815
    do_CONNECT = handle_any  # noqa: N815  what a proxy is asked

    def _do(self, deed: Deed) -> None:
        self.close_connection = True
        if deed is HANG:
            self.server.owner.keep_silent()
        elif deed.head:
            self._drip(deed.head)

    def _drip(self, head: bytes) -> None:
        try:
            self.connection.sendall(head)
            for _ in range(round(PATIENCE / PAUSE)):
                if self.server.owner.keep_silent(PAUSE):
                    return
                self.connection.sendall(b"x")
        except OSError:
            self.server.owner.left.set()

    def _call(self) -> Call:
        split = urlsplit(self.path)
        query = parse_qs(split.query, keep_blank_values=True)
        return Call(
            method=self.command,
            path=split.path,
            query={name: tuple(values) for name, values in query.items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            at=time.monotonic(),
        )

    def log_message(self, format: str, *args: object) -> None:
        """Tests say themselves what came in."""
