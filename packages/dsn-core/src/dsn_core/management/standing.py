"""How things stand: what is due, what waits and why; in a number of queries that no row adds to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Min, Q
from django.utils import timezone

from dsn_core.management.accounts import AccountStanding, account_standings
from dsn_core.models import Backend, Event, InboundReport
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.health import missing_messengers
from dsn_core.records.clock import from_now
from dsn_core.records.transitions import deliveries
from dsn_core.states import FINAL, OPEN, EventState, State

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from dsn_core.management.accounts import Account

MOST_COUNTED = 10_000
"""So many finished deliveries are counted exactly: more would take as long as there are rows."""
MOST_LOOKED_AT = 2 * MOST_COUNTED
"""Among so many of the newest: PostgreSQL has no index of what went out."""
MOST_REASONS = 20
WENT_OUT = frozenset({State.SENT, State.DELIVERED})
LATE = 60.0
"""Seconds after the end of a lease by which any worker would have rescued its deliveries."""


class Tally(TypedDict):
    """How many there are; ``exact`` is false where they are that many at least."""

    count: int
    exact: bool


class DueStanding(TypedDict):
    """What could go now. ``oldest_seconds``: since when the oldest could, 0 where none is due."""

    count: int
    oldest_seconds: float


class WaitingEvents(TypedDict):
    """Events that are still to be fanned out, and for what they wait; blank: for their turn."""

    reason: str
    count: int
    oldest_seconds: float


class EventsStanding(TypedDict):
    """What is still to be fanned out."""

    pending: int
    due: int
    oldest_due_seconds: float
    waiting: list[WaitingEvents]


class InboundStanding(TypedDict):
    """Reports of services that have not been applied yet."""

    waiting: int
    oldest_seconds: float


class GonePlugin(TypedDict):
    """A messenger that backends or settings name and no plugin brings."""

    messenger: str
    backends: list[str]


class Standing(TypedDict):
    """All of it."""

    due: DueStanding
    states: dict[str, Tally]
    held: dict[str, int]
    lost: int
    events: EventsStanding
    accounts: list[AccountStanding]
    inbound: InboundStanding
    gone: list[GonePlugin]


def standing(*, exact: bool = False) -> Standing:
    """Ask the database. Raises what it raises; ``exact`` counts all finished rows too."""
    now = timezone.now()
    backends = list(Backend.objects.using(alias()).order_by("name"))
    open_counts, due = _open(now)
    by_account = _by_account(backends, open_counts)
    return Standing(
        due=due,
        states=_states(open_counts, exact=exact),
        held=_held(),
        lost=_lost(),
        events=_events(now),
        accounts=account_standings(by_account),
        inbound=_inbound(now),
        gone=_gone(backends),
    )


def _open(now: dt.datetime) -> tuple[Mapping[tuple[int | None, str], int], DueStanding]:
    """What is open, by backend and state; and what of it is due."""
    is_due = Q(state=State.QUEUED, next_at__lte=from_now())
    rows = (
        deliveries()
        .filter(state__in=[state.value for state in sorted(OPEN)])
        .order_by()
        .values_list("backend_id", "state")
        .annotate(n=Count("pk"), due=Count("pk", filter=is_due), at=Min("next_at", filter=is_due))
    )
    counts = {}
    due, oldest = 0, None
    for backend, state, count, count_due, at in rows:
        counts[backend, state] = count
        due += count_due
        oldest = min(filter(None, (oldest, at)), default=None)
    return counts, DueStanding(count=due, oldest_seconds=_age(oldest, now))


def _by_account(
    backends: list[Backend], counts: Mapping[tuple[int | None, str], int]
) -> dict[Account, Counter[str]]:
    """What waits, by the account through which it would go; also accounts for which nothing does.

    What has lost its backend goes through none.
    """
    account_of = {backend.pk: (backend.messenger, backend.account) for backend in backends}
    found: dict[Account, Counter[str]] = {account: Counter() for account in account_of.values()}
    for (backend, state), count in counts.items():
        if backend in account_of:
            found[account_of[backend]][state] += count
    return found


def _states(open_counts: Mapping[tuple[int | None, str], int], *, exact: bool) -> dict[str, Tally]:
    counts: Counter[str] = Counter()
    for (_, state), count in open_counts.items():
        counts[state] += count
    finals = _all_finals() if exact else _some_finals()
    tallies = {state.value: Tally(count=counts[state.value], exact=True) for state in OPEN}
    tallies |= finals
    return {state.value: tallies[state.value] for state in State}


def _all_finals() -> dict[str, Tally]:
    final = deliveries().filter(state__in=[state.value for state in sorted(FINAL)])
    counts = dict(final.order_by().values_list("state").annotate(n=Count("pk")))
    return {state.value: Tally(count=counts.get(state.value, 0), exact=True) for state in FINAL}


def _some_finals() -> dict[str, Tally]:
    tallies = _some_that_went_out()
    for state in FINAL - WENT_OUT:
        some = deliveries().filter(state=state).order_by()[: MOST_COUNTED + 1]
        count = some.count()
        tallies[state.value] = Tally(count=min(count, MOST_COUNTED), exact=count <= MOST_COUNTED)
    return tallies


def _some_that_went_out() -> dict[str, Tally]:
    newest = deliveries().order_by("-pk")[: MOST_LOOKED_AT + 1]
    counts = {state.value: Count("pk", filter=Q(state=state)) for state in WENT_OUT}
    found = newest.aggregate(looked_at=Count("pk"), **counts)
    is_all = found.pop("looked_at") <= MOST_LOOKED_AT
    return {
        state: Tally(count=min(count, MOST_COUNTED), exact=is_all and count <= MOST_COUNTED)
        for state, count in found.items()
    }


def _held() -> dict[str, int]:
    """How many wait for which cause: the codes of ``HeldBy``."""
    held = deliveries().filter(state=State.HELD).order_by()
    return dict(held.values_list("code").annotate(n=Count("pk")).order_by("code"))


def _lost() -> int:
    """Those whose lease ended a while ago, and that nobody has rescued."""
    return deliveries().filter(state=State.SENDING, lease_until__lt=from_now(-LATE)).count()


def _events(now: dt.datetime) -> EventsStanding:
    is_due = Q(next_at__lte=from_now())
    rows = (
        Event.objects.using(alias())
        .filter(state=EventState.PENDING)
        .order_by()
        .values_list("reason")
        .annotate(
            n=Count("pk"),
            due=Count("pk", filter=is_due),
            at=Min("next_at", filter=is_due),
            oldest=Min("captured_at"),
        )
        .order_by("-n", "reason")
    )
    found = list(rows)
    waiting = [
        WaitingEvents(reason=reason, count=count, oldest_seconds=_age(oldest, now))
        for reason, count, _due, _at, oldest in found[:MOST_REASONS]
    ]
    first = min((at for *_, at, _oldest in found if at is not None), default=None)
    return EventsStanding(
        pending=sum(row[1] for row in found),
        due=sum(row[2] for row in found),
        oldest_due_seconds=_age(first, now),
        waiting=waiting,
    )


def _inbound(now: dt.datetime) -> InboundStanding:
    waiting = InboundReport.objects.using(alias()).filter(applied_at=None)
    found = waiting.aggregate(n=Count("pk"), oldest=Min("received_at"))
    return InboundStanding(waiting=found["n"], oldest_seconds=_age(found["oldest"], now))


def _gone(backends: list[Backend]) -> list[GonePlugin]:
    installed = catalog().offers["messenger"]
    named = {backend.messenger for backend in backends} - set(installed)
    return [
        GonePlugin(messenger=key, backends=[b.name for b in backends if b.messenger == key])
        for key in sorted(named | set(missing_messengers(installed)))
    ]


def _age(since: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if since is None else max(0.0, round((now - since).total_seconds(), 1))
