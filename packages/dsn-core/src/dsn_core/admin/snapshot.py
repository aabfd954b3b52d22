"""What an event keeps of what happened, as pairs of a name and words. No secret is among them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from dsn_core.admin.words import moment
from dsn_core.models.payload import TAG, decode, is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsn_core.models import Event

LONGEST = 500
MOST_ITEMS = 20
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An object that an event names: its model's label, its key, and what it is called."""

    label: str
    pk: object
    words: str
    fields: Mapping[str, object]

    def pairs(self) -> Pairs:
        """Its own fields as they were then."""
        return pairs(self.fields)


def thing(event: Event, part: str) -> Thing | None:
    """The action object, the actor or the target; None where that is no object."""
    stored = event.payload.get(part)
    return _thing(stored) if _tag(stored) == "object" or part == "action_object" else None


def _thing(stored: object) -> Thing | None:
    if not isinstance(stored, dict) or "model" not in stored:
        return None
    label, pk = str(stored["model"]), _decoded(stored.get("pk"))
    fields = stored.get("fields")
    return Thing(
        label=label,
        pk=pk,
        words=f"{_name_of_model(label)} {pk if pk is not None else ''}".strip(),
        fields=fields if isinstance(fields, dict) else {},
    )


def values(event: Event) -> Pairs:
    """What the signal said besides."""
    stored = event.payload.get("values")
    return pairs(stored) if isinstance(stored, dict) else []


def changes(event: Event) -> Iterator[tuple[str, str, str]]:
    """For each field that changed: its name, what it was, what it is."""
    stored = event.payload.get("changes")
    for name, both in sorted(stored.items()) if isinstance(stored, dict) else ():
        if isinstance(both, list) and len(both) == 2 and not is_secret_name(name):
            yield name, shown(both[0]), shown(both[1])


def pairs(stored: Mapping[str, object]) -> Pairs:
    """Each value in words; those whose name says that they are secret are left out."""
    return [(name, shown(value)) for name, value in stored.items() if not is_secret_name(name)]


def shown(value: object) -> str:
    """A stored value in words."""
    return Truncator(_words(value)).chars(LONGEST)


def _words(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value[:MOST_ITEMS]) or "-"
    return _tagged(value) if isinstance(value, dict) else str(value)


def _tagged(value: Mapping[str, object]) -> str:
    tag, inner = _tag(value), value.get("v")
    if tag == "object":
        found = _thing(value)
        return found.words if found else "-"
    if tag == "dict" and isinstance(inner, dict):
        return ", ".join(f"{name}: {words}" for name, words in pairs(inner)[:MOST_ITEMS]) or "-"
    if tag == "json":
        return json.dumps(inner, ensure_ascii=False)
    known = _decoded(value)
    return moment(known) if isinstance(known, dt.datetime) else str(known)


def _decoded(value: object) -> object:
    """Its Python value; what is stored where that is of another make."""
    try:
        return decode(value)
    except (ArithmeticError, TypeError, ValueError):
        return value


def _tag(value: object) -> str:
    return str(value.get(TAG)) if isinstance(value, dict) else ""


def _name_of_model(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label
