"""What became of an event: what counted it, how many are told, and who is left out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.translation import gettext as _

from dsn_core.admin import snapshot
from dsn_core.admin.anchors import bdi
from dsn_core.admin.causes import cause
from dsn_core.admin.words import badge, moment
from dsn_core.models import Delivery, Trigger
from dsn_core.models.alias import alias
from dsn_core.states import EventState, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.safestring import SafeString

    from dsn_core.admin.anchors import Anchors
    from dsn_core.admin.snapshot import Pairs
    from dsn_core.models import Event

MOST_CODES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A part of the snapshot: a heading, and pairs of a name and words."""

    title: SafeString | str
    pairs: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many of its deliveries are in one state; ``causes`` are pairs of words and a number."""

    state: SafeString
    count: SafeString
    causes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """All that the page of an event shows; ``is_final``: nobody else will be told."""

    is_final: bool
    fan_out: tuple[str, ...]
    triggers: tuple[SafeString | str, ...]
    counted: tuple[Counted, ...]
    tables: tuple[Table, ...]
    changes: tuple[tuple[str, str, str], ...]


def reckoning(event: Event, anchors: Anchors) -> Reckoning:
    """Of one event. The number of queries does not depend on how many it has."""
    return Reckoning(
        is_final=event.state == EventState.DONE,
        fan_out=tuple(_fan_out(event)),
        triggers=tuple(_triggers(event, anchors)),
        counted=tuple(_counted(event, anchors)),
        tables=tuple(_tables(event, anchors)),
        changes=tuple(snapshot.changes(event)),
    )


def _fan_out(event: Event) -> Iterator[str]:
    if event.state == EventState.PENDING and event.attempts:
        yield _(
            "Not all who are to be told could be found. It is tried again at %(when)s; whoever was "
            "found is told nonetheless."
        ) % {"when": moment(event.next_at, "DATETIME_FORMAT")}
    elif event.state == EventState.PENDING:
        yield _("Who is told is worked out next: by a worker, or with the next event.")
    yield from (line for line in event.reason.splitlines() if line)
    if not event.atomic:
        yield _("It was not written in the transaction of what happened.")


def _triggers(event: Event, anchors: Anchors) -> Iterator[SafeString | str]:
    found = Trigger.objects.using(alias()).in_bulk(event.trigger_ids)
    for pk in event.trigger_ids:
        gone = _("#%(pk)s, which has been deleted") % {"pk": pk}
        yield anchors.to(found[pk]) if pk in found else gone


def _counted(event: Event, anchors: Anchors) -> Iterator[Counted]:
    rows = Delivery.objects.using(alias()).filter(event=event).order_by().values("state", "code")
    found = list(rows.annotate(count=Count("pk")).order_by("-count", "code"))
    for state in State:
        mine = [(row["code"], row["count"]) for row in found if row["state"] == state]
        query: dict[str, str | int] = {"event__id__exact": event.pk, "state__exact": state.value}
        if mine:
            total = sum(count for _code, count in mine)
            causes = [(cause(code), count) for code, count in mine if code]
            yield Counted(
                state=badge(state.label, state.value),
                count=anchors.to_list(Delivery, total, query),
                causes=tuple(causes[:MOST_CODES]),
            )


def _tables(event: Event, anchors: Anchors) -> Iterator[Table]:
    for part in ("action_object", "actor", "target"):
        thing = snapshot.thing(event, part)
        if thing is not None:
            title = anchors.to_label(thing.label, thing.pk, thing.words)
            yield Table(title=title, pairs=thing.pairs())
    said = snapshot.values(event)
    if said:
        yield Table(title=bdi(_("What the signal said")), pairs=said)
