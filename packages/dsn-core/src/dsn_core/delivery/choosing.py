"""Claiming where accounts are paced: of each only what has a slot, which is reserved with it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from dsn_core.delivery.pacing import Pace
from dsn_core.delivery.queues import fronts, lock_fronts
from dsn_core.delivery.slots import locked, reserve
from dsn_core.models import AddressSlot, Delivery
from dsn_core.models.alias import alias, connection
from dsn_core.records.clock import from_now
from dsn_core.records.contending import contend
from dsn_core.records.transitions import deliveries
from dsn_core.states import PACED, State

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

    from dsn_core.delivery.queues import Lane, Waiting
    from dsn_core.delivery.slots import Account, Outlook
    from dsn_core.plugins.rates import Rate

Place = tuple[str, str, str]
"""A messenger's key, an account's name, and an address."""
LONGEST_PLAN = dt.timedelta(days=1)
"""No time is given further ahead: whatever the rate was then, by then it is asked for anew."""


def claim_with_slots(
    seen: Outlook, lease: uuid.UUID, limit: int, lanes: Sequence[int], seconds: float
) -> list[Delivery]:
    """Lease at most ``limit`` of what is due and may go now, in the order of lanes and of time.

    Two queries where nothing may go, and a number that no row adds to where something does.
    """
    waiting = fronts(seen, lanes, limit)
    if not waiting:
        return []
    paced = {one.way.account for one in waiting if one.way.limits.any_at_all}
    backends, used = {one.way.backend for one in waiting}, {one.lane for one in waiting}
    some = replace(seen, ways=tuple(way for way in seen.ways if way.backend in backends))

    room = Counter((one.way.backend, one.lane) for one in waiting if not one.way.limits.any_at_all)

    def claim(
        among: Outlook, among_lanes: Sequence[int], room: Mapping[Lane, int] | None
    ) -> list[Delivery]:
        with transaction.atomic(using=alias()):
            turn = Turn(locked(among, paced), limit)
            turn.take(lock_fronts(turn.seen, among_lanes, limit, room))
            turn.write()
            return _lease(turn.taken, lease, seconds)

    taken = contend(lambda: claim(some, sorted(used), room))
    if room and not taken:
        # Somebody else has taken all of that meanwhile; there may be more behind it.
        taken = contend(lambda: claim(seen, lanes, None))
    return taken


def _lease(taken: Sequence[int], lease: uuid.UUID, seconds: float) -> list[Delivery]:
    if not taken:
        return []
    deliveries().filter(pk__in=taken, state=State.QUEUED).update(
        state=State.SENDING,
        lease=lease,
        lease_until=from_now(seconds),
        attempts=F("attempts") + 1,
    )
    found = deliveries().filter(pk__in=taken, lease=lease).in_bulk()
    return [found[pk] for pk in taken if pk in found]


class Turn:
    """One claim: who is taken, who is put off, and which slots that uses."""

    def __init__(self, seen: Outlook, limit: int) -> None:
        self.seen = seen
        self.taken: list[int] = []
        self._limit = limit
        self._used: Counter[Account] = Counter()
        self._addresses: dict[Place, AddressSlot] = {}
        self._changed: set[Place] = set()
        self._put_off: list[Delivery] = []

    def take(self, waiting: Sequence[Waiting]) -> None:
        """Take those that may go, in order, and put off the surplus for one address."""
        self._addresses = _known(waiting)
        for one in waiting:
            if len(self.taken) >= self._limit:
                return
            if self._used[one.way.account] < one.way.free(self.seen.now, self._limit):
                self._consider(one)

    def _consider(self, one: Waiting) -> None:
        rate = one.way.limits.of(one.address) if one.way.limits.counts_addresses else None
        if rate is not None and not self._is_free(one, rate):
            if not one.is_planned:
                self._put_off_for_others(one, rate)
            return
        self._used[one.way.account] += 1
        self.taken.append(one.pk)

    def _is_free(self, one: Waiting, rate: Rate) -> bool:
        """Has its address a slot now? Then it is used."""
        pace, now, place = Pace.of(rate), self.seen.now, _place(one)
        known = self._addresses.get(place)
        before = None if known is None else known.next_slot
        if not pace.free(before, now):
            return False
        next_slot = pace.after(before, now)
        self._change(place, next_slot, max(next_slot, _end_of_plan(known, pace) or next_slot), pace)
        return True

    def _put_off_for_others(self, one: Waiting, rate: Rate) -> None:
        """Give it a time of its own after all that wait for its address, once and for all."""
        place, pace = _place(one), Pace.of(rate)
        slot = self._addresses[place]
        end = min(_end_of_plan(slot, pace) or slot.next_slot, self.seen.now + LONGEST_PLAN)
        at = max(slot.next_slot, end)
        self._change(place, slot.next_slot, at + pace.interval, pace)
        words = f"No more than {rate} to one address."
        self._put_off.append(Delivery(pk=one.pk, next_at=at, code=PACED, reason=words))

    def _change(
        self, place: Place, next_slot: dt.datetime, end_of_plan: dt.datetime, pace: Pace
    ) -> None:
        messenger, account, address = place
        self._changed.add(place)
        self._addresses[place] = AddressSlot(
            messenger=messenger,
            account=account,
            address=address,
            next_slot=next_slot,
            planned_until=end_of_plan + pace.reach,
        )

    def write(self) -> None:
        """Reserve the slots that are used, and put off who is."""
        paces = {way.account: (way.pace, way.next_slot) for way in self.seen.ways}
        for account, count in self._used.items():
            pace, next_slot = paces[account]
            if pace is not None:
                reserve(account, pace.after(next_slot, self.seen.now, count))
        if self._changed:
            self._write_addresses()
        if self._put_off:
            queued = deliveries().filter(state=State.QUEUED)
            queued.bulk_update(self._put_off, ["next_at", "code", "reason"])

    def _write_addresses(self) -> None:
        unique = ["messenger", "account", "address"]
        with_target = connection().features.supports_update_conflicts_with_target
        AddressSlot.objects.using(alias()).bulk_create(
            [self._addresses[place] for place in sorted(self._changed)],
            update_conflicts=True,
            unique_fields=unique if with_target else None,
            update_fields=["next_slot", "planned_until"],
        )


def _end_of_plan(slot: AddressSlot | None, pace: Pace) -> dt.datetime | None:
    """Up to when the times of an address have been given to those that wait for it."""
    return None if slot is None else slot.planned_until - pace.reach


def _place(one: Waiting) -> Place:
    return (*one.way.account, one.address)


def _known(waiting: Iterable[Waiting]) -> dict[Place, AddressSlot]:
    """What is stored of their addresses."""
    places = {_place(one) for one in waiting if one.way.limits.counts_addresses}
    if not places:
        return {}
    messengers, accounts, addresses = (set(part) for part in zip(*places, strict=True))
    stored = AddressSlot.objects.using(alias()).filter(
        messenger__in=messengers, account__in=accounts, address__in=addresses
    )
    return {(slot.messenger, slot.account, slot.address): slot for slot in stored}
