"""What rows refer to and nothing installed brings: why their deliveries wait, or nobody is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from dsn_core.models import Subscription, Trigger
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog
from dsn_core.rendering.words import known_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsn_core.admin.anchors import Anchors
    from dsn_core.models import Backend

MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that is missing, what that means, and links to the rows that want it."""

    what: str
    means: str
    wanted_by: tuple[str, ...]


def missing(backends: Sequence[Backend], anchors: Anchors) -> list[Missing]:
    """All that is missing; in three queries."""
    return [
        *_messengers(backends, anchors),
        *_templates(backends, anchors),
        *_sources(anchors),
        *_verbs(anchors),
    ]


def _messengers(backends: Sequence[Backend], anchors: Anchors) -> Iterator[Missing]:
    known = catalog().offers["messenger"]
    means = _("What goes through it waits as held, and goes out when it is installed again.")
    wanted = ((one.messenger, one) for one in backends if one.messenger not in known)
    for key, links in _by_key(wanted, anchors):
        what = _("The messenger %(key)s") % {"key": key}
        yield Missing(what=what, means=means, wanted_by=links)


def _templates(backends: Sequence[Backend], anchors: Anchors) -> Iterator[Missing]:
    known = known_keys()
    means = _("What is written with it waits as held, and goes out when there is one again.")
    wanted = ((one.message_template, one) for one in backends if one.message_template not in known)
    for key, links in _by_key(wanted, anchors):
        what = _("The message template %(key)s") % {"key": key}
        yield Missing(what=what, means=means, wanted_by=links)


def _sources(anchors: Anchors) -> Iterator[Missing]:
    known = catalog().offers["recipient_source"]
    rows = Subscription.objects.using(alias()).exclude(recipient_sources=[]).order_by("name")
    means = _("Whom it names cannot be found. Their events are tried again until it is there.")
    wanted = (
        (str(key), row)
        for row in rows.only("name", "recipient_sources")
        for key in row.recipient_sources
        if key not in known
    )
    for key, links in _by_key(wanted, anchors):
        what = _("The recipient source %(key)s") % {"key": key}
        yield Missing(what=what, means=means, wanted_by=links)


def _verbs(anchors: Anchors) -> Iterator[Missing]:
    known = catalog().offers["verb"]
    rows = Trigger.objects.using(alias()).exclude(verb__in=known).order_by("name")
    means = _("Nobody says any more that it happens, so its triggers hear nothing.")
    wanted = ((row.verb, row) for row in rows.only("name", "verb"))
    for key, links in _by_key(wanted, anchors):
        yield Missing(what=_("The verb %(key)s") % {"key": key}, means=means, wanted_by=links)


def _by_key(
    wanted: Iterable[tuple[str, Backend | Subscription | Trigger]], anchors: Anchors
) -> Iterator[tuple[str, tuple[str, ...]]]:
    found: dict[str, list[Backend | Subscription | Trigger]] = {}
    for key, row in wanted:
        found.setdefault(key, []).append(row)
    for key, rows in sorted(found.items()):
        more = [_("and %(count)s more") % {"count": len(rows) - MOST_NAMED}]
        links = [*map(anchors.to, rows[:MOST_NAMED])]
        yield key, tuple(links + (more if len(rows) > MOST_NAMED else []))
