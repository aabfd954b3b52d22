"""An occasion as an Event row: references, snapshots, values and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Model

from dsn_core.capture.matching import field_value
from dsn_core.conditions import MISSING
from dsn_core.models import Event
from dsn_core.models.payload import (
    LEFT_OUT,
    encode,
    encode_field,
    is_kept,
    is_secret_name,
)
from dsn_core.plugins.scrubbing import storable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core.capture.matching import Occasion

KEPT_ELSEWHERE = frozenset(
    {"action_object", "actor", "actor_object", "instance", "signal", "target"}
)
"""What a signal sends along that has a place of its own in the payload."""
OF_NO_USE = frozenset(
    {"app_config", "apps", "interactive", "origin", "plan", "raw", "stdout", "verbosity"}
)
"""What Django's own signals send along besides; in a host's signal these are names like others."""


def event_of(occasion: Occasion, trigger_ids: Iterable[int]) -> Event:
    """An unsaved Event. Takes no query, unless finding out who the actor is takes one."""
    actor = occasion.actor
    return Event(
        verb=occasion.verb,
        trigger_ids=list(trigger_ids),
        actor=_name(actor),
        payload={
            "action_object": encode(occasion.action_object),
            "actor": encode(actor),
            "target": encode(occasion.target),
            "values": _values(occasion),
            "changes": _changes(occasion),
        },
    )


def _name(thing: object) -> str:
    if isinstance(thing, Model):
        return f"{thing._meta.label_lower}:{thing.pk}"[:500]
    return storable(str(thing))[:500] if isinstance(thing, (str, int)) else ""


def _values(occasion: Occasion) -> dict[str, object]:
    is_core_verb = "." not in occasion.verb
    unwanted = KEPT_ELSEWHERE | OF_NO_USE if is_core_verb else KEPT_ELSEWHERE
    kept = {
        name: encode(value)
        for name, value in occasion.values.items()
        if name not in unwanted and not is_secret_name(name)
    }
    app = getattr(occasion.values.get("app_config"), "label", None)
    return kept | ({"app": app} if is_core_verb and app else {})


def _changes(occasion: Occasion) -> dict[str, object]:
    """Every kept field that is another than before; all of them where the object is new."""
    instance = occasion.action_object
    if not isinstance(instance, Model) or (occasion.before is None and not occasion.created):
        return {}
    changes: dict[str, object] = {}
    for field in instance._meta.concrete_fields:
        if is_kept(field) and _was_written(occasion, field.attname):
            old, new = _before(occasion, field.attname), field_value(instance, field)
            pair = [encode_field(field, old), encode_field(field, new)]
            if new is not MISSING and old != new and LEFT_OUT not in pair:
                changes[field.name] = pair
    return changes


def _was_written(occasion: Occasion, column: str) -> bool:
    return occasion.written is None or column in occasion.written


def _before(occasion: Occasion, column: str) -> object:
    return None if occasion.before is None else occasion.before.get(column)
