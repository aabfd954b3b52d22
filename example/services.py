"""The services that the shop speaks to, played by local servers that speak their protocols.

What each has received is a ``Received``; its ``id`` is what the service calls it, and what DSN
keeps as the delivery's ``provider_id``.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_email.testing import SMTPServer
from dsn_sms.testing import TwilioServer
from dsn_telegram.testing import TelegramServer
from dsn_twitter.testing import XServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as it arrived: at whom, under which id, in which words."""

    messenger: str
    id: str
    to: str
    words: str

    @property
    def headline(self) -> str:
        """Its first line."""
        return self.words.partition("\n")[0]


class Services:
    """All of them, for as long as the ``with`` block lasts."""

    def __init__(self) -> None:
        self.mail = SMTPServer()
        self.telegram = TelegramServer()
        self.sms = TwilioServer()
        self.x = XServer()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for server in (self.mail, self.telegram, self.sms, self.x):
            self._stack.enter_context(server)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def environment(self) -> dict[str, str]:
        """What the shop's settings read."""
        sender = {"from_number": "+15005550006", "region": "DE"}
        accounts = {
            "telegram": self.telegram.account,
            "sms": {**self.sms.credentials, **sender},
            "x_post": self.x.account,
        }
        return {"SHOP_SMTP_PORT": str(self.mail.port), "SHOP_SERVICES": json.dumps(accounts)}

    def received(self) -> list[Received]:
        """All that has arrived at any of them; the inbox is the shop's own."""
        return [*self._letters(), *self._chat(), *self._texts(), *self._posts()]

    def _letters(self) -> Iterator[Received]:
        for mail in self.mail.mail:
            message = mail.message
            body = message.get_body(("plain",))
            words = [str(message["Subject"]), "" if body is None else body.get_content()]
            for to in mail.recipients:
                key = str(message["Message-ID"]).strip("<>")
                yield Received(messenger="email", id=key, to=to, words="\n".join(words))

    def _chat(self) -> Iterator[Received]:
        for sent in self.telegram.messages:
            to = str(sent.chat_id)
            yield Received(
                messenger="telegram", id=f"{to}:{sent.message_id}", to=to, words=sent.text
            )

    def _texts(self) -> Iterator[Received]:
        for sent in self.sms.messages:
            yield Received(messenger="sms", id=sent.sid, to=sent.to, words=sent.body)

    def _posts(self) -> Iterator[Received]:
        for post in self.x.posts:
            yield Received(messenger="x_post", id=post.id, to="everybody", words=post.text)
