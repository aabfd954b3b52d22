"""What came of the events of an outbox, beside what was sent: said where an assertion fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.util import safe_repr

from django.db.models import Exists, Max, Min, OuterRef, Q

from dsn_core.models import Delivery, Event, Trigger
from dsn_core.models.alias import alias
from dsn_core.models.parts import Part
from dsn_core.models.trigger import Match
from dsn_core.rendering.readers import readers
from dsn_core.states import EventState, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.models import Model, QuerySet

MOST_LINES = 20
NOTHING = "No trigger has counted anything that happened."
NO_TRIGGER = "No trigger is set up."
WHY_NOT = (
    "update(), bulk_create() and bulk_update() send no signal. What waits for "
    "transaction.on_commit() in a test happens in dsn_capture()."
)
PART_WORDS: Mapping[str, str] = {"action_object": "of", "actor_object": "by", "target": "for"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The events that were captured, or still waited, while an outbox was open: by their ids."""

    after: int = 0
    until: int | None = None

    @classmethod
    def from_now(cls) -> Span:
        """What is pending now, and all that comes."""
        pending = Min("pk", filter=Q(state=EventState.PENDING))
        found = Event.objects.using(alias()).aggregate(first=pending, last=Max("pk"))
        first, last = found["first"], found["last"] or 0
        return cls(after=last if first is None else first - 1)

    def until_now(self) -> Span:
        """The same, without what comes from now on."""
        last = Event.objects.using(alias()).aggregate(last=Max("pk"))["last"]
        return Span(after=self.after, until=last or 0)

    def events(self) -> QuerySet[Event]:
        """Them, the oldest first."""
        found = Event.objects.using(alias()).filter(pk__gt=self.after)
        return (found if self.until is None else found.filter(pk__lte=self.until)).order_by("pk")

    def deliveries(self) -> QuerySet[Delivery]:
        """What was made of them, the oldest first."""
        found = Delivery.objects.using(alias()).filter(event__in=self.events())
        return found.select_related("backend").order_by("pk")


def aftermath(span: Span) -> Iterator[str]:
    """In lines: what was not sent, and why; which events wait, or reached nobody."""
    if not span.events().exists():
        yield from _nothing_counted()
        return
    unsent = span.deliveries().exclude(state__in=(State.SENT, State.DELIVERED))
    yield from _listed("Not sent", list(lines_of(unsent)))
    yield from _listed("Events", list(_events_in_words(span.events())))


def _nothing_counted() -> Iterator[str]:
    """What the triggers are waiting for instead."""
    triggers = Trigger.objects.using(alias()).prefetch_related("conditions")
    lines = [_trigger_in_words(trigger) for trigger in triggers]
    if not lines:
        yield NO_TRIGGER
        return
    yield NOTHING
    yield from _listed("Triggers", lines)
    yield WHY_NOT


def _trigger_in_words(trigger: Trigger) -> str:
    parts = ((word, trigger.part(name)) for name, word in PART_WORDS.items())
    about = "".join(f" {word} {part}" for word, part in parts if part != Part())
    joint = " or " if trigger.match == Match.ANY else " and "
    conditions = joint.join(str(condition) for condition in trigger.conditions.all())
    condition = f", if {conditions}" if conditions else ""
    off = "" if trigger.enabled else "; it is switched off"
    return f"{trigger.name!r}: {trigger.verb}{about}{condition}{off}"


def lines_of(rows: QuerySet[Delivery]) -> Iterator[str]:
    """Each delivery with its state and why."""
    found = list(rows)
    users = readers(row.user_pk for row in found)
    for row in found:
        backend = "" if row.backend is None else row.backend.name
        who = whom(users, row.user_pk, row.address)
        yield f"{row.messenger} ({backend}) to {who}: {_state_of(row)}"


def whom(users: Mapping[str, Model], user_pk: str, address: str) -> str:
    """Who somebody is, in words."""
    user = safe_repr(users[user_pk]) if user_pk in users else user_pk and f"user {user_pk}"
    return ", ".join(word for word in (user, address) if word) or "everybody"


def _state_of(row: Delivery) -> str:
    until = f" until {row.next_at:%F %T %Z}" if row.state == State.QUEUED else ""
    why = ", ".join(word for word in (row.code, row.reason) if word)
    return f"{row.state}{until} ({why})" if why else f"{row.state}{until}"


def _events_in_words(events: QuerySet[Event]) -> Iterator[str]:
    made = Exists(Delivery.objects.using(alias()).filter(event=OuterRef("pk")))
    for event in events.annotate(made=made):
        reason = event.reason.replace("\n", "; ")
        if event.state == EventState.PENDING:
            yield f"{event} waits until {event.next_at:%F %T %Z}: {reason or 'its turn'}"
        elif not event.made:
            yield f"{event} reached nobody: {reason or 'there is no recipient'}"
        elif reason:
            yield f"{event}: {reason}"


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if not lines:
        return
    yield f"{title} ({len(lines)}):"
    yield from (f"  {line}" for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield f"  and {len(lines) - MOST_LINES} more"
