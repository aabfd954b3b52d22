"""Writes outcomes to the database, and what follows from them for others."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from dsn_core.conf import config
from dsn_core.contract.outcome import Scope
from dsn_core.delivery.announcing import announce
from dsn_core.delivery.finishing import finish
from dsn_core.delivery.settling import settle
from dsn_core.delivery.slots import counts_addresses, make_address_wait
from dsn_core.models import Attempt
from dsn_core.models.alias import alias
from dsn_core.records.addresses import bury, move_address
from dsn_core.records.contending import persist
from dsn_core.records.holding import (
    hold_account,
    make_account_wait,
    postpone,
    through_account,
)
from dsn_core.records.transitions import Change, renew
from dsn_core.states import HeldBy, State

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from dsn_core.delivery.claiming import Claim
    from dsn_core.delivery.sending import Report
    from dsn_core.delivery.settling import Settled
    from dsn_core.delivery.tallying import Tallying


class Recorder:
    """Keeps the rows of one claim, and knows until when.

    Once ``is_over()`` a database that is away is not waited for.
    """

    def __init__(self, claim: Claim, tallying: Tallying, *, is_over: Callable[[], bool]) -> None:
        self._claim = claim
        self._tallying = tallying
        self._is_over = is_over
        self._ends = claim.ends
        self._renewed = time.monotonic()
        self._held: dict[tuple[str, str], str] = {}
        self._until: dict[tuple[str, ...], dt.datetime] = {}

    @property
    def tick(self) -> float:
        """How often the lease is to be looked after, in seconds."""
        return config().lease_seconds / 4

    def is_late(self) -> bool:
        """Has the lease ended? What is not sent yet may be somebody else's by now."""
        return time.monotonic() >= self._ends

    def _is_lost(self) -> bool:
        return self.is_late() or self._is_over()

    def renew(self) -> None:
        """Keep the lease, where a quarter of it has passed."""
        now = time.monotonic()
        if now - self._renewed < self.tick:
            return
        seconds = config().lease_seconds
        kept = persist(lambda: renew(self._claim.lease, seconds), is_lost=self._is_lost)
        self._renewed, self._ends = now, now + seconds if kept else now

    def record(self, reports: Sequence[Report]) -> None:
        """Write what became of some parcels; on disk when this returns."""
        settled = [self._with_others(settle(report, self._claim.clock)) for report in reports]
        for one in settled:
            if one.wait_until is not None:
                # First, so that nobody takes what goes back before that is known.
                self._make_wait(one, one.wait_until)
        mine = self.apply([one.change for one in settled], [one for one in settled if one.outcome])
        for one in settled:
            if one.change.delivery.pk in mine:
                self._tell_others(one)

    def apply(self, changes: Sequence[Change], tried: Sequence[Settled] = ()) -> set[int]:
        """Write ``changes`` and the attempts of ``tried``; returns the ids that were still ours."""
        if not changes:
            return set()
        now = self._claim.clock.now()
        mine = persist(lambda: self._write(changes, tried, now), is_lost=self._is_lost)
        done = [change for change in changes if change.delivery.pk in mine]
        self._tallying.add(done)
        announce(done, now)
        return mine

    def _write(
        self, changes: Sequence[Change], tried: Sequence[Settled], now: dt.datetime
    ) -> set[int]:
        if not tried:
            return finish(self._claim.lease, changes, now)
        with transaction.atomic(using=alias()):
            mine = finish(self._claim.lease, changes, now)
            rows = [_attempt(one, now) for one in tried if one.change.delivery.pk in mine]
            Attempt.objects.using(alias()).bulk_create(rows)
        return mine

    def _with_others(self, settled: Settled) -> Settled:
        """What was not tried waits for the same as whoever made it wait."""
        key = settled.parcel.route.account_key
        address = (*key, settled.parcel.delivery.address)
        if settled.is_account_unusable:
            self._held[key] = settled.change.reason
        elif settled.wait_until is not None and settled.scope is Scope.ADDRESS:
            self._until[address] = settled.wait_until
        change = settled.change
        if change.state is not State.QUEUED or settled.outcome:
            return settled
        if key in self._held:
            cause, reason = HeldBy.ACCOUNT.value, self._held[key]
            held = replace(change, state=State.HELD, code=cause, reason=reason)
            return replace(settled, change=held)
        # Who waits for an account keeps its place; the account's row says until when.
        return replace(settled, change=replace(change, next_at=self._until.get(address)))

    def _make_wait(self, settled: Settled, until: dt.datetime) -> None:
        account, address = settled.parcel.route.account_key, settled.parcel.delivery.address
        reason = settled.change.reason

        def write() -> None:
            if settled.scope is Scope.ACCOUNT:
                make_account_wait(*account, until, reason)
            elif counts_addresses(account):
                make_address_wait(account, address, until)
            else:
                postpone(through_account(*account).filter(address=address), until)

        persist(write, is_lost=self._is_lost)

    def _tell_others(self, settled: Settled) -> None:
        row, change = settled.change.delivery, settled.change
        messenger, account = settled.parcel.route.account_key
        if settled.is_account_unusable:
            hold_account(messenger, account, change.reason)
        if settled.is_address_dead:
            bury(
                messenger,
                account,
                row.address,
                change.reason,
                opted_out=settled.has_opted_out,
                user_pk=row.user_pk,
            )
        if change.address is not None:
            move_address(messenger, account, settled.parcel.envelope.address, change.address)


def _attempt(settled: Settled, now: dt.datetime) -> Attempt:
    change = settled.change
    return Attempt(
        delivery_id=change.delivery.pk,
        at=now,
        outcome=settled.outcome,
        code=change.code,
        reason=change.reason,
        duration=settled.duration,
    )
