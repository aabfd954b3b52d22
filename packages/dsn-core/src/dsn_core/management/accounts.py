"""How each account stands: whether it can be used, and until when or since when not."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.utils import timezone

from dsn_core.models import AccountState
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.health import account_problems
from dsn_core.plugins.rates import limits
from dsn_core.states import State

if TYPE_CHECKING:
    import datetime as dt
    from collections import Counter
    from collections.abc import Mapping

    from dsn_core.plugins.rates import Limits

Account = tuple[str, str]
"""A messenger's key and an account's name."""


class AccountStanding(TypedDict):
    """One account that settings, a backend or a state of its own names.

    ``usable``: nothing serious is wrong with its settings. ``waits_until``: when its service has
    told us to come back, or else its rate's next slot, where that is ahead; ``reason`` is the
    service's, or why the account is held.
    """

    messenger: str
    account: str
    usable: bool
    problems: list[str]
    held_since: str | None
    waits_until: str | None
    reason: str
    rate: str | None
    rate_per_address: str | None
    queued: int
    held: int
    in_doubt: int


def account_standings(counts: Mapping[Account, Counter[str]]) -> list[AccountStanding]:
    """All accounts, with what ``counts`` says that waits for them. One query."""
    problems, known = _problems(), limits()
    states = {
        (state.messenger, state.account): state
        for state in AccountState.objects.using(alias()).all()
    }
    return [
        _standing(
            account,
            problems.get(account),
            states.get(account) or AccountState(messenger=account[0], account=account[1]),
            known.get(account),
            counts.get(account, {}),
        )
        for account in sorted(problems.keys() | counts.keys() | _noteworthy(states))
    ]


def _noteworthy(states: Mapping[Account, AccountState]) -> set[Account]:
    return {account for account, state in states.items() if state.held_since is not None}


def _problems() -> dict[Account, list[str]]:
    """What is seriously wrong with the accounts of what is installed."""
    found = {}
    for key in catalog().offers["messenger"]:
        for name, problems in account_problems(catalog().messenger(key)).items():
            found[key, name] = [str(one.message) for one in problems if one.serious]
    return found


def _standing(
    account: Account,
    problems: list[str] | None,
    state: AccountState,
    bounds: Limits | None,
    counts: Mapping[str, int],
) -> AccountStanding:
    waits = state.next_slot is not None and state.next_slot > timezone.now()
    return AccountStanding(
        messenger=account[0],
        account=account[1],
        usable=problems == [],
        problems=["It is not installed, or not configured."] if problems is None else problems,
        held_since=_moment(state.held_since),
        waits_until=_moment(state.next_slot) if waits else None,
        reason=" ".join(state.reason.split()) if waits or state.held_since else "",
        rate=_text(bounds.whole if bounds else None),
        rate_per_address=_text(bounds.per_address if bounds else None),
        queued=counts.get(State.QUEUED.value, 0),
        held=counts.get(State.HELD.value, 0),
        in_doubt=counts.get(State.UNKNOWN.value, 0),
    )


def _moment(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _text(rate: object) -> str | None:
    return None if rate is None else str(rate)
