"""What an event is about, in words, read from its payload without loading all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models.fields.json import KT

from dsn_core.admin.words import name_of
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dsn_core.models import Event

OBJECT = "payload__action_object"


def with_objects(rows: QuerySet[Event]) -> QuerySet[Event]:
    """``rows`` without what is long, but with what ``object_of`` shows of each."""
    return rows.defer("payload", "cursor").annotate(
        object_model=KT(f"{OBJECT}__model"),
        object_pk=KT(f"{OBJECT}__pk"),
        # Of a key that JSON cannot hold, such as a UUID: see ``encode``.
        object_pk_inside=KT(f"{OBJECT}__pk__v"),
    )


def verb_of(event: Event) -> str:
    """What happened, as whoever brings the verb calls it."""
    return name_of(event.verb, catalog().offers["verb"])


def object_of(event: Event) -> str:
    """What it happened to, as "order 8"; empty where that is no object. For ``with_objects``."""
    model: str | None = getattr(event, "object_model", None)
    inside: str | None = getattr(event, "object_pk_inside", None)
    key: str | None = inside or getattr(event, "object_pk", None)
    return f"{_name_of_model(model)} {key or ''}".strip() if model else ""


def _name_of_model(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label
