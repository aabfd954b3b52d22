"""May a claimed delivery go out now? If not, what it waits for, or why it is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.models import Event, Subscription, Trigger
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog
from dsn_core.records.addresses import inactive_among, why_not
from dsn_core.records.holding import held_accounts
from dsn_core.records.transitions import Change
from dsn_core.states import HeldBy, State

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from dsn_core.models import Backend, Delivery


class Circumstances:
    """All that a batch's verdicts depend on, read in a number of queries that no row adds to."""

    def __init__(self, rows: Sequence[Delivery], now: dt.datetime) -> None:
        self.now = now
        self.events: Mapping[int, Event] = Event.objects.using(alias()).in_bulk(
            {row.event_id for row in rows}
        )
        self._enabled = _enabled_triggers(self.events)
        self._subscriptions = _subscriptions(rows)
        self._inactive = inactive_among(rows)
        self._held = held_accounts()

    def verdict(self, row: Delivery, backend: Backend) -> Change | None:
        """None where it may go."""
        return (
            self._expired(row)
            or self._switched_off(row)
            or self._backend_says(row, backend)
            or self._address_says(row)
        )

    def _expired(self, row: Delivery) -> Change | None:
        if row.expires_at is None or row.expires_at > self.now:
            return None
        return cancelled(row, "expired", f"It was worth sending until {row.expires_at:%F %T %Z}.")

    def _switched_off(self, row: Delivery) -> Change | None:
        triggers = self.events[row.event_id].trigger_ids
        if triggers and not self._enabled.intersection(triggers):
            return cancelled(row, "trigger_disabled", "Its trigger is switched off or gone.")
        if row.subscription_id is None:
            return None
        subscription = self._subscriptions.get(row.subscription_id)
        if subscription is None or not subscription.enabled:
            return cancelled(row, "subscription_disabled", "Its subscription is switched off.")
        if not subscription.trigger.enabled:
            return cancelled(row, "trigger_disabled", "Its trigger is switched off.")
        return None

    def _backend_says(self, row: Delivery, backend: Backend) -> Change | None:
        if backend.messenger != row.messenger:
            words = (
                f"Its backend now goes through {backend.messenger}; this was for {row.messenger}."
            )
            return cancelled(row, "backend_changed", words)
        if not backend.enabled:
            return held(row, HeldBy.BACKEND, f"The backend {backend.name!r} is switched off.")
        if backend.messenger not in catalog().offers["messenger"]:
            words = f"No installed plugin brings the messenger {backend.messenger!r}."
            return held(row, HeldBy.PLUGIN, words)
        state = self._held.get((backend.messenger, backend.account))
        return held(row, HeldBy.ACCOUNT, state.reason) if state else None

    def _address_says(self, row: Delivery) -> Change | None:
        for account in ("", row.account):
            address = self._inactive.get((row.messenger, account, row.address))
            if address is not None:
                code = why_not(address)
                return cancelled(row, code.value, address.reason or str(code.label))
        return None


def _enabled_triggers(events: Mapping[int, Event]) -> set[int]:
    named = {pk for event in events.values() for pk in event.trigger_ids}
    triggers = Trigger.objects.using(alias()).filter(pk__in=named, enabled=True)
    return set(triggers.values_list("pk", flat=True)) if named else set()


def _subscriptions(rows: Sequence[Delivery]) -> dict[int, Subscription]:
    named = {row.subscription_id for row in rows if row.subscription_id is not None}
    found = Subscription.objects.using(alias()).select_related("trigger")
    return found.in_bulk(named) if named else {}


def cancelled(row: Delivery, code: str, reason: str) -> Change:
    """It is given up."""
    return Change(
        delivery=row, state=State.CANCELLED, code=code, reason=reason, doubted=row.doubted
    )


def held(row: Delivery, cause: HeldBy, reason: str) -> Change:
    """It waits for ``cause``; this was no attempt."""
    return Change(
        delivery=row,
        state=State.HELD,
        code=cause.value,
        reason=reason,
        doubted=row.doubted,
        uncounted=True,
    )


def failed(row: Delivery, code: str, reason: str) -> Change:
    """It cannot be sent, however often it is tried."""
    return Change(delivery=row, state=State.FAILED, code=code, reason=reason, doubted=row.doubted)
