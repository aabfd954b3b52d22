"""Attribute paths from a user: which relations they cross, and where they cannot lead on."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model

    from dsn_core.fanout.routes import Route

MISSING = object()


def joins_for(model: type[Model], routes: Iterable[Route]) -> tuple[str, ...]:
    """The single relations at the head of the routes' paths, to be read with the users."""
    joins = (_join(model, route.field.split(".")[:-1]) for route in routes)
    return tuple(sorted({join for join in joins if join}))


def gap_in(model: type[Model], path: str) -> tuple[type[Model], str] | None:
    """The first step that leads nowhere, after the model that lacks it; None where there is none.

    What a property or a method answers is not known, so nothing is said of what comes after it.
    """
    for name in path.split("."):
        if not _has(model, name):
            return model, name
        step = _single_relation(model, name)
        if step is None:
            return None
        _name, model = step
    return None


def attributes_of(model: type[Model]) -> list[str]:
    """The names of its fields and single relations, sorted."""
    single = (f for f in model._meta.get_fields() if not (f.one_to_many or f.many_to_many))
    return sorted({str(_accessor(field) or field.name) for field in single})


def _join(model: type[Model], names: Iterable[str]) -> str:
    return "__".join(_crossed(model, names))


def _crossed(model: type[Model], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        step = _single_relation(model, name)
        if step is None:
            return
        crossed, model = step
        yield crossed


def _single_relation(model: type[Model], name: str) -> tuple[str, type[Model]] | None:
    """The relation of this name to one row, as a query calls it, and the model it leads to."""
    relation = next((r for r in model._meta.get_fields() if name in (r.name, _accessor(r))), None)
    if relation is None or not (relation.many_to_one or relation.one_to_one):
        return None
    if not isinstance(relation.related_model, type):
        return None
    return relation.name, relation.related_model


def _has(model: type[Model], name: str) -> bool:
    # Looked up without running what a host's descriptors do.
    is_open = inspect.getattr_static(model, "__getattr__", MISSING) is not MISSING
    return is_open or inspect.getattr_static(model, name, MISSING) is not MISSING


def _accessor(relation: object) -> object:
    return getattr(relation, "get_accessor_name", lambda: None)()
