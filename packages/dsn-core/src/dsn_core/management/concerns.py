"""What somebody should look at, told from how things stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from dsn_core.states import HeldBy, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from dsn_core.management.standing import Standing


class Warned(TypedDict):
    """One thing that is not as it should be."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How things stand, and for how many seconds something may be due."""

    at: Standing
    max_age: float


def _late(look: Look) -> Iterator[str]:
    due, events = look.at["due"]["oldest_seconds"], look.at["events"]["oldest_due_seconds"]
    if due > look.max_age:
        yield f"A delivery has been due for {due:.0f} s. Does a worker run?"
    if events > look.max_age:
        yield f"An event has been due for {events:.0f} s. Does a worker run?"


def _lost(look: Look) -> Iterator[str]:
    if look.at["lost"]:
        yield f"{look.at['lost']} deliveries were lost by a worker and rescued by no other."


def _held_accounts(look: Look) -> Iterator[str]:
    for account in look.at["accounts"]:
        if account["held_since"] is not None:
            name = f"{account['messenger']}:{account['account']}"
            yield f"The account {name} is held since {account['held_since']}: {account['reason']}"


def _unusable_accounts(look: Look) -> Iterator[str]:
    gone = {one["messenger"] for one in look.at["gone"]}
    for account in look.at["accounts"]:
        if not account["usable"] and account["messenger"] not in gone:
            name = f"{account['messenger']}:{account['account']}"
            yield f"The account {name} cannot be used: {' '.join(account['problems'])}"


def _gone_plugins(look: Look) -> Iterator[str]:
    for gone in look.at["gone"]:
        where = ", ".join(map(repr, gone["backends"])) or "settings"
        yield f"No installed plugin brings the messenger {gone['messenger']!r} of {where}."


def _held(look: Look) -> Iterator[str]:
    labels = dict(HeldBy.choices)
    for code, count in look.at["held"].items():
        # A backend is switched off by somebody who knows, and accounts speak for themselves.
        if code not in (HeldBy.BACKEND, HeldBy.ACCOUNT):
            yield f"{count} deliveries are held: {labels.get(code, code)}."


def _in_doubt(look: Look) -> Iterator[str]:
    count = look.at["states"][State.UNKNOWN]["count"]
    if count:
        yield f"{count} deliveries are in doubt, and wait for somebody to decide."


def _waiting_events(look: Look) -> Iterator[str]:
    for waiting in look.at["events"]["waiting"]:
        if waiting["reason"]:
            causes = "; ".join(waiting["reason"].splitlines())
            yield f"{waiting['count']} events cannot be fanned out: {causes}"


CONCERNS: Mapping[str, Callable[[Look], Iterator[str]]] = {
    "late": _late,
    "lost": _lost,
    "held_account": _held_accounts,
    "unusable_account": _unusable_accounts,
    "gone_plugin": _gone_plugins,
    "held": _held,
    "in_doubt": _in_doubt,
    "waiting_events": _waiting_events,
}
"""By the code under which a monitor knows it."""


def concerns(at: Standing, *, max_age: float, ignored: Collection[str] = ()) -> list[Warned]:
    """All that is not as it should be, but for the codes that are ``ignored``."""
    look = Look(at=at, max_age=max_age)
    return [
        Warned(code=code, message=message)
        for code, find in CONCERNS.items()
        if code not in ignored
        for message in find(look)
    ]
