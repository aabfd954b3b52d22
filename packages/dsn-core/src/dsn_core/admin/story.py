"""The story of a delivery, in order of time: what happened, who was to be told, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsn_core.admin.anchors import Anchors, bdi
from dsn_core.admin.happening import verb_of
from dsn_core.admin.naming import subscribed
from dsn_core.admin.people import actor_of, name_actors, user_of
from dsn_core.admin.report import did, reports_about
from dsn_core.admin.snapshot import changes, thing, values
from dsn_core.admin.words import name_of
from dsn_core.contract.outcome import Refusal
from dsn_core.models import Delivery, Event, InboundReport
from dsn_core.plugins.catalog import catalog
from dsn_core.states import State

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

    from dsn_core.models import Attempt

MOST_SHOWN = 50
"""Of the attempts, and of what people did: the last ones."""
MOST_CHANGES = 10
TECHNICAL = ("raw", "update_fields", "using")
"""What Django's own signals say to programs. The page of the event has it."""
OUTCOMES: Mapping[str, tuple[str, _StrPromise]] = {
    Refusal.RETRY.value: ("held", gettext_lazy("It did not work; to be tried again")),
    Refusal.ADDRESS.value: ("failed", gettext_lazy("The service refused the address for good")),
    Refusal.MESSAGE.value: ("failed", gettext_lazy("The service refused the message for good")),
    Refusal.ACCOUNT.value: ("held", gettext_lazy("The service refused our account")),
    Refusal.IN_DOUBT.value: ("unknown", gettext_lazy("No answer: it may have arrived")),
}
"""By the outcome of an attempt, its colour and its words."""
Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened: when, what, and pairs of a name and words that say more.

    ``kind`` chooses the colour, as with badges; ``quote`` is what somebody else said, ``notes``
    stand in a quiet colour.
    """

    at: dt.datetime
    title: str
    kind: str = "done"
    rows: tuple[Row, ...] = ()
    quote: str = ""
    notes: tuple[str, ...] = ()


def story(delivery: Delivery, anchors: Anchors) -> list[Step]:
    """All of it. The number of queries does not depend on how much there is to tell."""
    tries = list(delivery.tries.order_by("-at", "-pk")[:MOST_SHOWN])
    steps = [
        _happened(delivery, anchors),
        _planned(delivery, anchors),
        *map(_tried, reversed(tries)),
        *_reported(delivery, anchors),
        *_done_by_people(delivery),
        *_ended(delivery, said=[one.reason for one in tries]),
    ]
    return sorted(steps, key=lambda step: step.at)


def _happened(delivery: Delivery, anchors: Anchors) -> Step:
    event = delivery.event
    title = _("It happened: %(verb)s") % {"verb": verb_of(event)}
    rows: list[Row] = [(_("Event"), anchors.to(event))]
    if anchors.may_see(Event):
        rows += _who_and_what(event, anchors)
    return Step(at=event.captured_at, title=title, rows=tuple(rows))


def _who_and_what(event: Event, anchors: Anchors) -> Iterator[Row]:
    about = thing(event, "action_object")
    if about is not None:
        yield _("To what"), anchors.to_label(about.label, about.pk, about.words)
    for name, old, new in _worth_telling(event):
        said = {"name": name, "old": old, "new": new}
        yield _("Changed"), _("%(name)s: from %(old)s to %(new)s") % said
    provided = [(name, words) for name, words in values(event) if name not in TECHNICAL]
    for name, words in provided[:MOST_CHANGES]:
        yield name, bdi(words)
    yield from by_whom(event, anchors)


def _worth_telling(event: Event) -> Iterable[tuple[str, str, str]]:
    """What changed; not of what was made then, for all of it is new."""
    said = event.payload.get("values")
    made = isinstance(said, dict) and said.get("created") is True
    return () if made else islice(changes(event), MOST_CHANGES)


def by_whom(event: Event, anchors: Anchors) -> Iterator[Row]:
    """Who did it, where that is known."""
    actor = thing(event, "actor")
    name_actors([event], anchors.request)
    words = actor_of(event) or (actor.words if actor else "")
    if words:
        link = anchors.to_label(actor.label, actor.pk, words) if actor else bdi(words)
        yield _("Done by"), link


def _planned(delivery: Delivery, anchors: Anchors) -> Step:
    left_out = delivery.state == State.SUPPRESSED
    title = _("Left out when it was worked out who is told") if left_out else _("To be sent")
    rows: list[Row] = [(_("To"), _recipient(delivery, anchors))]
    rows += _through(delivery, anchors)
    rows += subscribed(delivery, anchors)
    return Step(
        at=delivery.created_at,
        title=title,
        kind="suppressed" if left_out else "queued",
        rows=tuple(rows),
    )


def _recipient(delivery: Delivery, anchors: Anchors) -> SafeString:
    shown = bdi(delivery.address or _("no address"))
    user = user_of(delivery)
    if not user:
        return shown
    hers = anchors.to_key(get_user_model(), delivery.user_pk, user)
    return format_html("{} ({})", shown, hers)


def _through(delivery: Delivery, anchors: Anchors) -> Iterator[Row]:
    messenger = name_of(delivery.messenger, catalog().offers["messenger"])
    yield (
        _("Messenger"),
        _("%(messenger)s, account %(account)s")
        % {
            "messenger": messenger,
            "account": delivery.account,
        },
    )
    backend = delivery.backend
    yield _("Backend"), anchors.to(backend) if backend else _("It has been deleted.")


def _tried(attempt: Attempt) -> Step:
    kind, words = OUTCOMES.get(attempt.outcome, ("held", attempt.outcome))
    took = _("It took %(seconds)s s.") % {"seconds": number_format(attempt.duration, 1)}
    rows: list[Row] = [(_("Code"), bdi(attempt.code))] if attempt.code else []
    return Step(
        at=attempt.at,
        title=str(words),
        kind=kind,
        rows=tuple(rows),
        quote=attempt.reason,
        notes=(took,),
    )


def _reported(delivery: Delivery, anchors: Anchors) -> Iterator[Step]:
    if not anchors.may_see(InboundReport):
        return
    for report in reports_about(delivery):
        yield Step(
            at=report.received_at,
            title=_("The service reported"),
            kind="sent" if report.outcome == State.DELIVERED else "held",
            rows=(
                (_("What it did"), did(report)),
                (_("Report"), anchors.to(report, f"#{report.pk}")),
            ),
        )


def _done_by_people(delivery: Delivery) -> Iterator[Step]:
    about = ContentType.objects.get_for_model(Delivery)
    entries = LogEntry.objects.filter(content_type=about, object_id=str(delivery.pk))
    for entry in entries.select_related("user").order_by("-action_time")[:MOST_SHOWN]:
        yield Step(
            at=entry.action_time,
            title=_("%(who)s in the admin") % {"who": entry.user},
            kind="queued",
            quote=entry.get_change_message(),
        )


def _ended(delivery: Delivery, *, said: Collection[str]) -> Iterator[Step]:
    words = ENDS.get(State(delivery.state))
    if words is None or delivery.finished_at is None:
        return
    rows: list[Row] = []
    if delivery.provider_id:
        rows.append((_("The service's id"), bdi(delivery.provider_id)))
    yield Step(
        at=delivery.finished_at,
        title=str(words),
        kind=delivery.state,
        rows=tuple(rows),
        quote="" if delivery.reason in said else delivery.reason,
    )


ENDS: Mapping[State, _StrPromise] = {
    State.SENT: gettext_lazy("The service took it"),
    State.DELIVERED: gettext_lazy("It has arrived"),
    State.FAILED: gettext_lazy("It failed"),
    State.CANCELLED: gettext_lazy("It was given up"),
}
"""How it ended. Whoever was left out was so from the start."""
