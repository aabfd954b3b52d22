"""Mistakes of a plugin's author. Each line that says ``E:`` must be an error, with that code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import (
    Accepted,
    Candidate,
    Envelope,
    Fields,
    Gate,
    Message,
    MessageTemplate,
    Messenger,
    Pass,
    Refusal,
    Refused,
    Suppress,
    Verb,
    hookimpl,
    option,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Account(Fields):
    token: str = option(label="Bot token", secret=True)


class Options(Fields):
    silent: bool = "no"  # E: [assignment]
    size: int = option(default="big")  # E: [assignment]


class Pager(Messenger[Account, Options]):
    key = "pager"
    label = "Pager"
    channel = 3  # E: [assignment]

    def send(self, envelope: Envelope) -> Accepted | Refused:
        number: int = self.account.token  # E: [assignment]
        self.account.token = "other"  # E: [misc]
        envelope.address = "other"  # E: [misc]
        print(self.account.tokn)  # E: [attr-defined]
        print(self.options.colour)  # E: [attr-defined]
        Accepted("1")  # E: [call-arg]
        Accepted()  # E: [call-arg]
        Accepted(provider_id="1", received=True)  # E: [call-arg]
        Accepted(provider_id=number)  # E: [arg-type]
        Refused(refusal="retry", code="", reason="")  # E: [arg-type]
        Refused(refusal=Refusal.LATER, code="", reason="")  # E: [attr-defined]
        return True  # E: [return-value]


class Boolean(Messenger):
    key = "boolean"
    label = "Boolean"
    channel = "push"

    def send(self, envelope: Envelope) -> bool:  # E: [override]
        return True


class Sendless(Messenger):
    key = "sendless"
    label = "Sendless"
    channel = "push"


class OfWrongTypes(Messenger[str, Options]):  # E: [type-var]
    def send(self, envelope: Envelope) -> Accepted | Refused:
        return Accepted(provider_id="")


class Paid(MessageTemplate):
    key = "shop.paid"
    label = "Paid"
    text = 3  # E: [assignment]
    actions = ("Your order = /orders/",)  # E: [assignment]

    def get_context(self, context: dict[str, object]) -> None:  # E: [override]
        return None


class Muted(Gate):
    key = "shop.muted"

    def screen(self, candidates: Sequence[Candidate]) -> Iterable[bool]:  # E: [override]
        return [True for _ in candidates]


@hookimpl
def dsn_messengers() -> Iterable[type[Messenger]]:
    return [Paid]  # E: [list-item]


def narrow(messenger: Messenger[Account, Options]) -> None:
    """Wants one particular kind."""


def use_them(any_messenger: Messenger) -> None:
    Pager(account=Account(), options=Options())  # E: [call-arg]
    Pager(account=Account("t"), options=Options())  # E: [call-arg]
    Pager(account=Options(), options=Options())  # E: [arg-type]
    Pager(Account(token="t"), Options())  # E: [call-arg]
    Sendless(account=Fields(), options=Fields())  # E: [abstract]
    Options(silent="no")  # E: [arg-type]
    Options(colour="red")  # E: [call-arg]
    Message("Paid", "Order 7 is paid.")  # E: [call-arg]
    Suppress()  # E: [call-arg]
    Pass(reason="Fine")  # E: [call-arg]
    Verb(key="shop.paid", provides={"order": 3})  # E: [dict-item]
    narrow(any_messenger)  # E: [arg-type]
