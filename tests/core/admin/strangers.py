"""Messengers, templates and sources of a plugin that only these tests install."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Literal

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Messenger, Problem
from dsn_core.contract.occurrence import Occurrence, RecipientSource
from dsn_core.contract.outcome import Accepted
from dsn_core.contract.template import MessageTemplate
from dsn_core.exceptions import InvalidAddress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dsn_core.contract.message import Envelope

HOSTILE = "<script>alert(1)</script>"


class Urgency(Enum):
    LOW = "low"
    VERY_HIGH = "very_high"


class Account(Fields):
    token: str = option(label="Token", secret=True)


class Options(Fields):
    title: str = option(default="Hello", label="Title", help=f"Shown {HOSTILE} on top.")
    retries: int = 3
    pause: float | None = None
    limit: Decimal = Decimal("1.50")
    silent: bool = False
    mode: Literal["HTML", "text"] = "HTML"
    urgency: Urgency | None = None
    color: str = option(default="r", choices=[("r", "Red"), ("g", "Green")])
    tags: tuple[str, ...] = ()


class Pager(Messenger[Account, Options]):
    key = "pager"
    label = "Pager"
    channel = "push"
    description = "Beeps."

    def send(self, envelope: Envelope) -> Accepted:
        return Accepted(provider_id="")

    def check(self) -> Iterable[Problem]:
        if self.account.token == "12345":
            yield Problem(message="The token is too short", hint="Copy all of it")
        if self.account.token == "old":
            yield Problem(message="The token is old", serious=False)

    def normalize_address(self, raw: str) -> str:
        if not raw.startswith("+"):
            raise InvalidAddress(f"{raw!r} does not begin with +")
        return raw.replace(" ", "")

    @classmethod
    def upgrade_options(cls, stored: Mapping[str, object]) -> Mapping[str, object]:
        upgraded = dict(stored)
        if "headline" in upgraded:
            upgraded["title"] = upgraded.pop("headline")
        return upgraded


class Evil(Messenger):
    """Its texts are hostile, and its check fails."""

    key = "evil"
    label = f"Evil {HOSTILE}"
    channel = "chat"
    description = f"Bad {HOSTILE}"

    def send(self, envelope: Envelope) -> Accepted:
        return Accepted(provider_id="")

    def check(self) -> Iterable[Problem]:
        raise RuntimeError("broken")

    def normalize_address(self, raw: str) -> str:
        raise SystemExit("s3cr3t")


class Demanding(MessageTemplate):
    key = "tests.demanding"
    label = "Demanding"
    text = "{{ amount }}"
    requires = ("amount",)


class NightShift(RecipientSource):
    key = "tests.night_shift"
    label = "Night shift"

    def recipients(self, occurrence: Occurrence) -> Iterable[object]:
        return ()
