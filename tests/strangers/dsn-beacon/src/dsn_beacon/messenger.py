"""The messenger."""

from __future__ import annotations

import http.client
import json
import re
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from dsn_beacon.accounts import Account, Options
from dsn_beacon.answers import outcome_of
from dsn_core import (
    Accepted,
    Audience,
    Envelope,
    InvalidAddress,
    Message,
    Messenger,
    Overflow,
    Problem,
    Refusal,
    Refused,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from dsn_core import Linked, Moved, OptedIn, OptedOut, Receipt, Webhook


class Beacon(Messenger[Account, Options]):
    """Lights one beacon for each recipient."""

    key = "beacon"
    label = "Beacon"
    channel = "push"
    description = "Lights a beacon on a hill."
    address_label = "Name of a hill"
    user_field = "username"
    audience = Audience.RECIPIENT
    supports_subject = True
    supports_actions = True
    max_length = 200
    overflow = Overflow.TRUNCATE
    idempotent = True
    concurrency = 2
    rate = "1000/second"
    rate_per_address = "100/second"

    connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        self.connection = self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.account.api_url)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.netloc, timeout=self.account.timeout)
        return http.client.HTTPConnection(parts.netloc, timeout=self.account.timeout)

    def send_many(self, envelopes: Sequence[Envelope]) -> Iterator[Accepted | Refused]:
        for envelope in envelopes:
            yield self.send(envelope)

    def send(self, envelope: Envelope) -> Accepted | Refused:
        connection = self.connection or self.connect()
        try:
            connection.request(
                "POST",
                "/v1/beacons",
                json.dumps(self.body(envelope)),
                {"Authorization": f"Bearer {self.account.token}"},
            )
            answer = connection.getresponse()
            headers = dict(answer.headers.items())
            return outcome_of(answer.status, headers, json.loads(answer.read()))
        except TimeoutError:
            return Refused(refusal=Refusal.IN_DOUBT, code="timeout", reason="No answer in time")

    def body(self, envelope: Envelope) -> Mapping[str, object]:
        message: Message = envelope.message
        return {
            "hill": envelope.address,
            "title": message.subject,
            "text": message.text,
            "buttons": [{"text": each.label, "href": each.url} for each in message.actions],
            "colour": self.options.colour,
            "fuel": self.options.fuel.value,
            "minutes": self.options.minutes,
            "key": envelope.key,
            "again": envelope.attempt > 1 or envelope.doubted,
            "report_to": envelope.callback_url,
            "language": envelope.language,
        }

    def normalize_address(self, raw: str) -> str:
        hill = raw.strip().lower()
        if not re.fullmatch(r"[a-z][a-z ]*", hill):
            raise InvalidAddress(f"{raw!r} is no name of a hill.")
        return hill

    def measure(self, text: str) -> int:
        return len(text.encode())

    def address_rate(self, address: str) -> str | None:
        return None if address.startswith("great ") else self.rate_per_address

    def remarks(self, message: Message) -> Iterable[str]:
        yield f"{self.measure(message.text)} bytes of {self.max_length}"

    def receive(self, webhook: Webhook) -> Iterable[Receipt | OptedOut | OptedIn | Moved | Linked]:
        from dsn_beacon.webhooks import read

        return read(webhook, self.account.signing_key)

    def poll(self) -> Iterable[Receipt | OptedOut | OptedIn | Moved | Linked]:
        return ()

    def link_url(self, token: str) -> str:
        return f"https://beacon.example/join?{token}"

    def check(self) -> Iterable[Problem]:
        if not self.account.token.startswith("bt-"):
            yield Problem(message="The token is malformed", hint="It begins with bt-.")
        if not self.account.signing_key:
            yield Problem(message="Nothing can be heard back", hint="Set one", serious=False)

    def probe(self) -> Iterable[Problem]:
        return []

    @classmethod
    def upgrade_options(cls, stored: Mapping[str, object]) -> Mapping[str, object]:
        """Until 1.2 it was spelt ``color``, and ``hours`` were told instead of ``minutes``."""
        options = dict(stored)
        if "color" in options:
            options["colour"] = options.pop("color")
        hours = options.pop("hours", None)
        if isinstance(hours, int):
            options["minutes"] = hours * 60
        return options
