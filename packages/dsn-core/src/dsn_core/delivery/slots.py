"""Who may send now: the accounts' and addresses' next slots, which all workers share as rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from dsn_core.delivery.pacing import Pace
from dsn_core.models import AccountState, AddressSlot, Backend
from dsn_core.models.alias import alias
from dsn_core.plugins.rates import Limits, limits
from dsn_core.records.clock import from_now, moment
from dsn_core.records.contending import contend

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from dsn_core.plugins.rates import Rate

Account = tuple[str, str]
"""A messenger's key and an account's name."""
NO_LIMITS = Limits()
NO_TIME = dt.timedelta(0)
TOLERANCE = dt.timedelta(seconds=5)
"""How far this process's clock may be ahead of the database's before it is not believed.

A row that this process has just written is due, although by the database's clock it is not yet.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A backend, None for what has lost its own; its account, and when that may send."""

    backend: int | None
    account: Account
    limits: Limits = NO_LIMITS
    next_slot: dt.datetime | None = None

    @property
    def pace(self) -> Pace | None:
        """That of the whole account."""
        return None if self.limits.whole is None else Pace.of(self.limits.whole)

    def waits(self, now: dt.datetime) -> bool:
        """May nothing go this way now?"""
        return self.next_slot is not None and self.next_slot > now

    def free(self, now: dt.datetime, most: int) -> int:
        """How many may go now, but for what their addresses say; ``most`` where none counts."""
        if self.waits(now):
            return 0
        return most if self.pace is None else self.pace.free(self.next_slot, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All ways, at the moment ``now`` of the database."""

    ways: tuple[Way, ...]
    now: dt.datetime

    @property
    def is_restricted(self) -> bool:
        """Is there a way on which not everything may go at once?"""
        return bool(self.restricted())

    def restricted(self) -> tuple[Way, ...]:
        """Those ways."""
        return tuple(way for way in self.ways if way.limits.any_at_all or way.waits(self.now))

    @property
    def due(self) -> dt.datetime:
        """Whatever is to go by then is due."""
        return max(self.now, min(timezone.now(), self.now + TOLERANCE))


def outlook(known: Mapping[Account, Limits]) -> Outlook:
    """How things stand, in one query. What goes through a held account needs no slot to be held."""
    states = AccountState.objects.using(alias()).filter(
        messenger=OuterRef("messenger"), account=OuterRef("account")
    )
    backends = Backend.objects.using(alias()).values_list(
        "pk",
        "messenger",
        "account",
        Subquery(states.values("next_slot")[:1]),
        Subquery(states.values("held_since")[:1]),
        moment(),
    )
    ways = [Way(backend=None, account=("", ""))]
    now = timezone.now()
    for pk, messenger, name, next_slot, held_since, now in backends:  # noqa: B007
        account = (messenger, name)
        if held_since is None:
            bounds = known.get(account, NO_LIMITS)
            ways.append(Way(backend=pk, account=account, limits=bounds, next_slot=next_slot))
        else:
            ways.append(Way(backend=pk, account=account))
    return Outlook(ways=tuple(ways), now=now)


def counts_addresses(account: Account) -> bool:
    """Does this account keep to a limit for each address?"""
    return limits().get(account, NO_LIMITS).counts_addresses


def states_of(accounts: Iterable[Account]) -> QuerySet[AccountState]:
    """What is stored of these accounts."""
    wanted = Q(pk__in=())
    for messenger, account in accounts:
        wanted |= Q(messenger=messenger, account=account)
    return AccountState.objects.using(alias()).filter(wanted)


def locked(seen: Outlook, accounts: Collection[Account]) -> Outlook:
    """``seen`` anew with these accounts locked until the transaction ends, and no other paced one.

    Whoever locks an account reserves its slots, and those of its addresses.
    """
    rows = _lock(accounts)
    now = max((row.now for row in rows.values()), default=seen.now)
    ways = []
    for way in seen.ways:
        if not way.limits.any_at_all:
            ways.append(way)
        elif way.account in rows and not rows[way.account].is_held:
            ways.append(replace(way, next_slot=rows[way.account].next_slot))
    return Outlook(ways=tuple(ways), now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Locked:
    next_slot: dt.datetime | None
    is_held: bool
    reason: str
    now: dt.datetime

    @property
    def waits_as_told(self) -> bool:
        """Is it held, or does the service want it to wait? Our own pace keeps no reason."""
        waits = self.next_slot is not None and self.next_slot > self.now
        return self.is_held or (waits and bool(self.reason))


def _lock(accounts: Collection[Account]) -> dict[Account, _Locked]:
    found = _read_locked(accounts)
    missing = [account for account in accounts if account not in found]
    if missing:
        made = [AccountState(messenger=messenger, account=name) for messenger, name in missing]
        AccountState.objects.using(alias()).bulk_create(made, ignore_conflicts=True)
        found = _read_locked(accounts)
    return found


def _read_locked(accounts: Collection[Account]) -> dict[Account, _Locked]:
    if not accounts:
        return {}
    # In the order of their keys, so that two workers never wait for each other.
    rows = states_of(accounts).order_by("pk").select_for_update()
    columns = ("messenger", "account", "next_slot", "held_since", "reason", moment())
    return {
        (messenger, account): _Locked(
            next_slot=next_slot, is_held=held_since is not None, reason=reason, now=now
        )
        for messenger, account, next_slot, held_since, reason, now in rows.values_list(*columns)
    }


def reserve(account: Account, next_slot: dt.datetime) -> None:
    """Note when the next message may go through an account that is locked."""
    states_of([account]).update(next_slot=next_slot, reason="")


def reserve_anew(used: Mapping[Account, Sequence[str]], known: Mapping[Account, Limits]) -> None:
    """Count what is sent to these addresses of each account as if its slots began now."""
    with transaction.atomic(using=alias()):
        for account, row in _lock(used).items():
            addresses, bounds = used[account], known[account]
            pace = None if bounds.whole is None else Pace.of(bounds.whole)
            if pace is not None and not row.waits_as_told:
                reserve(account, pace.after(row.next_slot, row.now, len(addresses)))
            _reserve_addresses_anew(account, addresses, bounds, row.now)


def _reserve_addresses_anew(
    account: Account, addresses: Sequence[str], bounds: Limits, now: dt.datetime
) -> None:
    by_rate: defaultdict[Rate, list[str]] = defaultdict(list)
    for address in addresses:
        rate = bounds.of(address)
        if rate is not None:
            by_rate[rate].append(address)
    messenger, name = account
    slots = AddressSlot.objects.using(alias()).filter(messenger=messenger, account=name)
    for rate, several in by_rate.items():
        free = Value(now + Pace.of(rate).interval)
        slots.filter(address__in=several).update(
            next_slot=Greatest("next_slot", free), planned_until=Greatest("planned_until", free)
        )


def keep_to_rates() -> int:
    """Free accounts of the slots that a rate gave them which has been changed since.

    What the service said, with a reason, goes on counting. Returns how many were freed.
    """
    known = limits()
    waiting = AccountState.objects.using(alias()).filter(
        held_since=None, reason="", next_slot__gt=from_now()
    )
    freed = 0
    for state in waiting:
        rate = known.get((state.messenger, state.account), NO_LIMITS).whole
        pace = None if rate is None else Pace.of(rate)
        longest, wait = (pace.longest_wait, pace.interval) if pace else (NO_TIME, NO_TIME)
        late = waiting.filter(pk=state.pk, next_slot__gt=from_now(longest.total_seconds()))
        freed += contend(partial(late.update, next_slot=from_now(wait.total_seconds())))
    return freed


def make_address_wait(account: Account, address: str, until: dt.datetime) -> None:
    """Let nothing go to this address of a paced account before then."""
    messenger, name = account
    slots = AddressSlot.objects.using(alias())
    made = AddressSlot(
        messenger=messenger, account=name, address=address, next_slot=until, planned_until=until
    )
    with transaction.atomic(using=alias()):
        _lock([account])
        slots.bulk_create([made], ignore_conflicts=True)
        slots.filter(messenger=messenger, account=name, address=address).update(
            next_slot=Greatest("next_slot", Value(until)),
            planned_until=Greatest("planned_until", Value(until)),
        )


def forget_passed_slots() -> int:
    """Delete what says nothing any more of any address; returns how many."""
    passed = AddressSlot.objects.using(alias()).filter(planned_until__lt=from_now())
    return contend(passed.delete)[0]
