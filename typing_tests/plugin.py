"""The code of a plugin's author. All of it must type-check, in mypy's and pyright's strictest mode.

What stands at the end of each function says of which type its value must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Literal, assert_type

from dsn_core import (
    Accepted,
    Action,
    Audience,
    Candidate,
    Envelope,
    Fields,
    Forged,
    Gate,
    InvalidAddress,
    Linked,
    Message,
    MessageTemplate,
    Messenger,
    Moved,
    Occurrence,
    OptedIn,
    OptedOut,
    Overflow,
    Pass,
    Postpone,
    Problem,
    Receipt,
    RecipientSource,
    Refusal,
    Refused,
    Scope,
    Suppress,
    Text,
    To,
    Verb,
    Webhook,
    hookimpl,
    option,
)


class Tone(Enum):
    SOFT = "soft"
    LOUD = "loud"


class Account(Fields):
    token: str = option(label="Bot token", secret=True)
    url: str = "https://pager.example"
    extra: Mapping[str, object] = option(default_factory=dict[str, object])


class Options(Fields):
    silent: bool = option(default=False, label="Without a sound", help="At night, too.")
    mode: Literal["HTML", "text"] = "HTML"
    tone: Tone = Tone.SOFT
    retries: int | None = None
    limit: Decimal = Decimal("1.5")
    tags: tuple[str, ...] = ()
    lane: str = option(default="slow", choices=[("slow", "Slow"), ("fast", "Fast")])


class Pager(Messenger[Account, Options]):
    """Says everything that a messenger can say."""

    key = "pager"
    label = "Pager"
    channel = "push"
    description: ClassVar[Text] = "Beeps."
    user_field = "profile.pager"
    audience = Audience.RECIPIENT
    supports_html = True
    max_length = 240
    overflow = Overflow.SPLIT
    rate = "30/second"

    def send(self, envelope: Envelope) -> Accepted | Refused:
        assert_type(self.account, Account)
        assert_type(self.account.token, str)
        assert_type(self.account.extra, Mapping[str, object])
        assert_type(self.options.silent, bool)
        assert_type(self.options.retries, int | None)
        assert_type(self.options.limit, Decimal)
        assert_type(self.options.tags, tuple[str, ...])
        if envelope.doubted:
            return Refused(
                refusal=Refusal.IN_DOUBT, code="?", reason="No answer", scope=Scope.ADDRESS
            )
        return Accepted(provider_id=self.account.token, detail={"mode": self.options.mode})

    def send_many(self, envelopes: Sequence[Envelope]) -> Iterator[Accepted | Refused]:
        for envelope in envelopes:
            yield self.send(envelope)

    def normalize_address(self, raw: str) -> str:
        if not raw.isdigit():
            raise InvalidAddress(f"{raw!r} is no pager number")
        return raw

    def receive(self, webhook: Webhook) -> Iterable[Receipt | OptedOut | OptedIn | Moved | Linked]:
        if not webhook.headers.get("x-signature"):
            raise Forged("The X-Signature header is missing")
        yield Receipt(provider_id="1", delivered=True)
        yield OptedOut(address="1")
        yield OptedIn(address="1")
        yield Moved(address="1", moved_to="2")
        yield Linked(token="t", address="1")

    def check(self) -> Iterable[Problem]:
        if not self.account.token:
            yield Problem(message="The token is empty", hint="Copy it from the pager's back.")


class Narrow(Messenger):
    """Needs neither an account nor options, and says only that it accepts."""

    key = "narrow"
    label = "Narrow"
    channel = "console"

    def send(self, envelope: Envelope) -> Accepted:
        assert_type(self.account, Fields)
        return Accepted(provider_id="")


class OnlyAccount(Messenger[Account]):
    key = "only_account"
    label = "Only an account"
    channel = "push"

    def send(self, envelope: Envelope) -> Accepted | Refused:
        assert_type(self.account, Account)
        assert_type(self.options, Fields)
        return Accepted(provider_id="")


class OrderPaid(MessageTemplate):
    key = "shop.order_paid"
    label = "Order paid"
    text = "Thank you, {{ user.first_name }}."
    actions = (Action(label="Your order", url="/orders/{{ order.number }}/"),)
    requires = ("order",)

    def get_context(self, context: dict[str, object]) -> dict[str, object]:
        return {**context, "year": 2026}


class Watchers(RecipientSource):
    key = "shop.watchers"
    label = "Watchers"

    def recipients(self, occurrence: Occurrence) -> Iterable[object]:
        yield To(address="+4915112345678", messenger="sms")


class QuietHours(Gate):
    key = "shop.quiet_hours"

    def screen(self, candidates: Sequence[Candidate]) -> Iterable[Pass | Suppress | Postpone]:
        for candidate in candidates:
            late = candidate.occurrence.at.hour > 21
            yield Postpone(until=candidate.occurrence.at, reason="Late") if late else Pass()


@hookimpl
def dsn_messengers() -> Iterable[type[Messenger]]:
    return [Pager, Narrow, OnlyAccount]


@hookimpl
def dsn_message_templates() -> Iterable[type[MessageTemplate]]:
    return [OrderPaid]


@hookimpl
def dsn_verbs() -> Iterable[Verb]:
    yield Verb(key="shop.order_paid", provides={"order": "shop.Order", "amount": Decimal})


@hookimpl
def dsn_recipient_sources() -> Iterable[type[RecipientSource]]:
    return [Watchers]


@hookimpl
def dsn_gates() -> Iterable[type[Gate]]:
    return [QuietHours]


def any_messenger(messenger: Messenger) -> Fields:
    """A bare ``Messenger`` means any of them."""
    assert_type(messenger.account, Fields)
    return messenger.options


def of_bases(messenger: Messenger[Fields, Fields]) -> Fields:
    """Both type variables are covariant."""
    return messenger.account


def use_them() -> None:
    pager = Pager(account=Account(token="t"), options=Options(silent=True))
    any_messenger(pager)
    of_bases(pager)
    assert_type(pager.account.token, str)
    with pager as entered:
        assert_type(entered, Pager)
    envelope = Envelope(key="k", address="1", message=Message(text="Hi"))
    for outcome in pager.send_many([envelope]):
        assert_type(outcome, Accepted | Refused)
