"""An end to an answer that drips in: the timeout of requests is for each silence, not for all.

The connections of a ``PunctualAdapter`` read through a ``Punctual`` socket, which counts the time.
"""

from __future__ import annotations

import io
import socket
import time
from typing import TYPE_CHECKING, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 2
"""How many times its timeout a whole answer may take."""


class Punctual:
    """A connected socket from which an answer must have come after ``PATIENCE`` timeouts."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._silence = inner.gettimeout()
        self.begin()

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def begin(self) -> None:
        """Count from now on: something is asked."""
        self._begun = time.monotonic()

    def settimeout(self, seconds: float | None) -> None:
        """How long each silence may be."""
        self._silence = seconds
        self._inner.settimeout(seconds)

    def makefile(self, *_mode: object, **_options: object) -> io.BufferedReader:
        """What http.client reads from, bytes alone."""
        reader = socket.SocketIO(cast("socket.socket", self), "r")
        # As the socket's own "makefile" counts who reads from it, to be closed after the last.
        self._inner._io_refs += 1  # type: ignore[attr-defined]
        return io.BufferedReader(reader)

    def recv_into(self, *args: object) -> int:
        """What there is. Raises ``TimeoutError`` where nothing comes, or all is too late."""
        if self._silence is not None:
            left = self._begun + PATIENCE * self._silence - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._inner.settimeout(min(self._silence, left))
        receive = cast("Callable[..., int]", self._inner.recv_into)
        return receive(*args)


class PunctualAdapter(HTTPAdapter):
    """Raises ``requests.RequestException`` also where an answer never ends."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        """Also of those that are made again after a copy."""
        super().init_poolmanager(*args, **options)  # type: ignore[arg-type]  # as it came
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: object, **options: object) -> object:
        """The same for what goes through a proxy."""
        manager = super().proxy_manager_for(*args, **options)  # type: ignore[arg-type]
        manager.pool_classes_by_scheme = POOLS
        return manager


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = _punctual(self.sock)

    def request(self, *args: object, **options: object) -> None:
        _begin(self.sock)
        super().request(*args, **options)  # type: ignore[arg-type]


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = _punctual(self.sock)

    def request(self, *args: object, **options: object) -> None:
        _begin(self.sock)
        super().request(*args, **options)  # type: ignore[arg-type]


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}


def _punctual(inner: object) -> socket.socket:
    return cast("socket.socket", Punctual(cast("socket.socket", inner)))


def _begin(sock: object) -> None:
    if isinstance(sock, Punctual):
        sock.begin()
