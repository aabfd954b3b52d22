"""Every change of a delivery's state. Each UPDATE is filtered by the states it may come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import F

from dsn_core.models import Delivery
from dsn_core.models.alias import alias
from dsn_core.records.clock import from_now
from dsn_core.records.contending import contend
from dsn_core.states import FINAL, HeldBy, State, sources

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one leased delivery.

    ``next_at`` is aware, for one that goes back; ``uncounted``: this was no attempt;
    ``address``: a new one, where it has moved.
    """

    delivery: Delivery
    state: State
    code: str = ""
    reason: str = ""
    provider_id: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    doubted: bool = False
    next_at: dt.datetime | None = None
    uncounted: bool = False
    address: str | None = None

    def columns(self, finished_at: dt.datetime) -> dict[str, object]:
        """The row's new values by column, but for the attempts."""
        row = self.delivery
        return {
            "state": self.state.value,
            "code": self.code,
            "reason": self.reason,
            "provider_id": self.provider_id,
            "detail": self.detail,
            "doubted": self.doubted,
            "address": row.address if self.address is None else self.address,
            "next_at": self.next_at or row.next_at,
            "finished_at": finished_at if self.state in FINAL else None,
            "lease": None,
            "lease_until": None,
        }


def deliveries() -> QuerySet[Delivery]:
    """All deliveries, where DSN's tables are."""
    return Delivery.objects.using(alias())


def move(
    rows: QuerySet[Delivery],
    target: State,
    *,
    among: Collection[State] | None = None,
    **values: object,
) -> int:
    """Put those of ``rows`` that may become ``target`` into it; returns how many.

    ``among`` names the only states they are to come from.
    """
    origins = sources(target) if among is None else sources(target) & set(among)
    values = {"finished_at": from_now() if target in FINAL else None, **values}
    changing = rows.order_by().filter(state__in=[state.value for state in sorted(origins)])
    return contend(lambda: changing.update(state=target, **values))


def requeue(rows: QuerySet[Delivery], *, among: Collection[State], **values: object) -> int:
    """Make them due now."""
    again: dict[str, object] = {"next_at": from_now(), "lease": None, "lease_until": None}
    return move(rows, State.QUEUED, among=among, code="", reason="", **(again | values))


def release(rows: QuerySet[Delivery]) -> int:
    """Let those that are held go, whatever they waited for; returns how many."""
    return requeue(rows, among=(State.HELD,))


def retry(rows: QuerySet[Delivery]) -> int:
    """Try those that failed, or are in doubt, again from the first attempt; returns how many.

    What was in doubt stays so: its messenger is told that it may have arrived.
    """
    doubtful = requeue(rows, among=(State.UNKNOWN,), attempts=0, doubted=True)
    return doubtful + requeue(rows, among=(State.FAILED,), attempts=0)


def cancel(rows: QuerySet[Delivery], reason: str, *, code: str = "cancelled") -> int:
    """Give up those that wait or are in doubt; returns how many. What is being sent is left."""
    waiting = (State.QUEUED, State.HELD, State.UNKNOWN)
    return move(rows, State.CANCELLED, among=waiting, code=code, reason=reason)


def mark_sent(rows: QuerySet[Delivery]) -> int:
    """Somebody knows that those in doubt were sent; returns how many."""
    return move(rows, State.SENT, among=(State.UNKNOWN,), code="", reason="")


def mark_failed(rows: QuerySet[Delivery], reason: str) -> int:
    """Somebody knows that those in doubt were not sent; returns how many."""
    return move(rows, State.FAILED, among=(State.UNKNOWN,), code="not_sent", reason=reason)


def hold(rows: QuerySet[Delivery], cause: HeldBy, reason: str) -> int:
    """Make those that are queued wait for ``cause``; returns how many."""
    return move(rows, State.HELD, among=(State.QUEUED,), code=cause.value, reason=reason)


def give_back(lease: UUID) -> int:
    """Put all that is still leased back as it was before the claim; returns how many."""
    leased = deliveries().filter(lease=lease)
    among = (State.SENDING,)
    return move(
        leased, State.QUEUED, among=among, attempts=F("attempts") - 1, lease=None, lease_until=None
    )


def renew(lease: UUID, seconds: float) -> int:
    """Keep what is leased for so many seconds from now; returns how many rows still are."""
    leased = deliveries().filter(lease=lease, state=State.SENDING)
    return contend(lambda: leased.update(lease_until=from_now(seconds)))
