"""An end to an answer that drips in: the timeout of requests is for each silence, not for all.

dsn-sms and dsn-twitter have this file alike, to the letter, as plugins share no code.
"""

from __future__ import annotations

import io
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING

from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    import socket

    from urllib3 import HTTPConnectionPool, PoolManager

PATIENCE = 2
"""How many times its timeout a whole answer may take."""


class PunctualAdapter(HTTPAdapter):
    """Raises ``requests.RequestException`` also where an answer never ends."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        """The connections that go straight there."""
        super().init_poolmanager(*args, **options)  # type: ignore[arg-type]  # as it came
        _be_punctual(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: object) -> PoolManager:
        """Those that go through ``proxy``, be it one of HTTP or of SOCKS."""
        if proxy not in self.proxy_manager:
            _be_punctual(super().proxy_manager_for(proxy, **options))
        manager: PoolManager = self.proxy_manager[proxy]
        return manager


class Reader(io.RawIOBase):
    """Reads what comes from ``sock``, of which all must be there after ``PATIENCE`` timeouts."""

    def __init__(self, inner: io.RawIOBase, sock: socket.socket, timeout: float) -> None:
        self._inner = inner
        self._sock = sock
        self._timeout = timeout
        self._end = time.monotonic() + PATIENCE * timeout

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]  # narrower
        """What there is. Raises ``TimeoutError`` where nothing comes, or all is too late."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(min(self._timeout, left))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        super().close()
        self._inner.close()


class PunctualResponse(HTTPResponse):
    """An answer whose time begins to count when its question has been written."""

    def __init__(self, sock: socket.socket, *args: object, **options: object) -> None:
        super().__init__(sock, *args, **options)  # type: ignore[arg-type]  # as it came
        timeout = sock.gettimeout()
        if timeout is not None:
            self.fp = io.BufferedReader(Reader(self.fp.detach(), sock, timeout))


def _be_punctual(manager: PoolManager) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {name: _punctual(pool) for name, pool in pools.items()}


def _punctual(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """``pool`` with connections of the same kind, whose answers come in time or not at all."""
    kind = pool.ConnectionCls
    connection = type(kind.__name__, (kind,), {"response_class": PunctualResponse})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})
