"""An SMTP server that takes every mail and keeps none: aiosmtpd's own."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class SMTPSink:
    """Listens on a free port of this machine, for as long as the ``with`` block lasts."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.url = ""
        """Its port."""

    def __enter__(self) -> Self:
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self.url = str(listening.result())
        return self

    async def _listen(self) -> int:
        server = await self._loop.create_server(
            lambda: SMTP(Sink(), hostname="localhost", loop=self._loop), "127.0.0.1", 0
        )
        port: int = server.sockets[0].getsockname()[1]
        return port

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
