"""How python-telegram-bot asks: with short timeouts, and with the whole answer of a refusal.

Its own exceptions keep neither the HTTP status nor, for some answers, Telegram's words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

POOL = 16
"""Connections of one bot; ``Telegram.concurrency`` of them are busy at most, and polling's."""
CONNECT, READ, WRITE, WAIT = 5.0, 10.0, 10.0, 10.0
"""Seconds for a connection, an answer, a request, and a free place in the pool."""
LARGEST = 2**52
"""What is larger is none of Telegram's numbers: neither a chat, nor seconds to wait."""


class Answered(TelegramError):
    """Telegram, or what stands before it, has said no.

    ``spoken``: in Telegram's own form, so that ``description`` is Telegram's word.
    """

    def __init__(
        self, status: int, description: str, parameters: Mapping[str, object], *, spoken: bool
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters
        self.spoken = spoken

    def number(self, name: str) -> int | None:
        """A number that Telegram gave beside its words."""
        value = self.parameters.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return value if 0 < abs(value) < LARGEST else None


class ProxyUnusable(TelegramError):
    """The environment names a proxy through which nothing can be asked."""


class Request(HTTPXRequest):
    """One pool of connections; what is no success is raised as it came."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(
            connection_pool_size=POOL,
            connect_timeout=CONNECT,
            read_timeout=READ,
            write_timeout=WRITE,
            pool_timeout=WAIT,
            # Making a context takes 20 ms, so that all bots share one.
            httpx_kwargs={"verify": tls},
        )

    async def do_request(self, *args: object, **kwargs: object) -> tuple[int, bytes]:
        """Ask once. Raises ``Answered`` where the status is none of success."""
        status, content = await super().do_request(*args, **kwargs)  # type: ignore[arg-type]
        if not 200 <= status < 300:
            raise _answered(status, content)
        return status, content


class QuietBot(Bot):
    """A bot whose ``repr`` does not show its token."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<QuietBot>"


def make_bot(api_url: str, token: str, tls: ssl.SSLContext) -> Bot:
    """A bot that sends; it asks nothing yet. Raises ``TelegramError`` where it never could."""
    try:
        request = Request(tls)
    except (httpx.InvalidURL, RuntimeError, ValueError):
        # Not "from error": it may quote the proxy's password.
        raise ProxyUnusable(
            "the proxy that the environment names (HTTPS_PROXY, ALL_PROXY) cannot be used; one of "
            "SOCKS needs python-telegram-bot[socks]"
        ) from None
    return QuietBot(token, base_url=f"{api_url}/bot", request=request, get_updates_request=request)


def _answered(status: int, content: bytes) -> Answered:
    try:
        said: object = json.loads(content)
    except ValueError:
        said = None
    if not isinstance(said, dict) or "description" not in said:
        words = content.decode("utf-8", "replace")
        return Answered(status, f"HTTP {status}: {words}", {}, spoken=False)
    parameters = said.get("parameters")
    return Answered(
        status,
        str(said["description"]),
        parameters if isinstance(parameters, dict) else {},
        spoken=True,
    )
