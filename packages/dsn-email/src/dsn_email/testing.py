"""A real SMTP server for tests, on a free port of this machine, that does as it is told.

It needs aiosmtpd: ``pip install 'dsn-email[testing]'``.

Example::

    with SMTPServer() as server:
        server.answer("RCPT", "550 5.1.1 No such user", about="gone@example.org")
        server.answer("END", DROP, times=1)
        …                                        # send to server.host, server.port
        assert server.mail[0].message["Subject"] == "Paid"
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

from dsn_email.orders import DROP, HANG, Deed, Mail, Script

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine, Mapping
    from types import TracebackType
    from typing import Self

__all__ = ["DROP", "HANG", "Deed", "Mail", "SMTPServer"]

PATIENCE = 10.0
"""Seconds that the server may take to start or stop."""

T = TypeVar("T")


class SMTPServer(Script):
    """An SMTP server in a thread of its own, for as long as the ``with`` block lasts."""

    def __init__(
        self,
        *,
        users: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        needs_starttls: bool = False,
        tls_from_start: bool = False,
        port: int = 0,
    ) -> None:
        """``users`` are user names and passwords: where there are any, one must log in.

        ``tls`` offers STARTTLS, ``needs_starttls`` insists on it; ``tls_from_start`` is the way of
        port 465. ``port`` is where it listens; 0 is any that is free.
        """
        super().__init__(
            users=users, tls=tls, needs_starttls=needs_starttls, tls_from_start=tls_from_start
        )
        self.host = "127.0.0.1"
        self.port = port

    @property
    def options(self) -> dict[str, object]:
        """The keyword arguments that Django's SMTP backend needs to come here."""
        return {"host": self.host, "port": self.port}

    def stop(self) -> None:
        """Refuse connections from now on, and break off those that there are."""
        if self._loop.is_closed():
            return
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def hang_up(self) -> None:
        """Break off every connection, now."""
        self._run(self._break_off())

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _listen(self) -> None:
        from dsn_email.scripted_smtp import ScriptedSMTP

        self._server = await self._loop.create_server(
            lambda: ScriptedSMTP(self, self._loop),
            self.host,
            self.port,
            ssl=self.tls if self.tls_from_start else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _break_off(self) -> None:
        for line in list(self.lines):
            line.abort()

    async def _stop(self) -> None:
        self._server.close()
        await self._break_off()
        await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)
