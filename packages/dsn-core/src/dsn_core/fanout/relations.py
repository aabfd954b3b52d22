"""Relation paths: from the action object to users, through ``customer`` or ``project.members``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models, router

from dsn_core.exceptions import InvalidSubscription
from dsn_core.models.relations import relation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core.fanout.keys import Key, Users


class NoSuchRelation(InvalidSubscription):
    """A path names what is no relation, or leads to something else than users."""


def query_path(model: type[models.Model], names: list[str], users: type[models.Model]) -> list[str]:
    """``names`` as queries write them. Raises ``NoSuchRelation``."""
    found: list[str] = []
    for name in names:
        relation = relation_of(model, name)
        if relation is None:
            raise NoSuchRelation(f"{model._meta.label} has no relation {name!r}.")
        found.append(relation.query_name)
        model = relation.model
    if not issubclass(model, users):
        raise NoSuchRelation(f"It leads to {model._meta.label}, not to {users._meta.label}.")
    return found


def keys_along(start: models.Model, path: str, users: Users, after: Key | None) -> Iterator[Key]:
    """The keys above ``after`` of the users to whom ``path`` leads from ``start``, ascending.

    A key on the object itself is taken as it was at the event, all that follows as it is now;
    so an object deleted meanwhile still tells whom its own keys name.
    """
    names = query_path(type(start), path.split("."), users.concrete)
    column, value = _anchor(start, names[0])
    if value is None:
        return
    model: type[models.Model] = type(start)
    if column is not None:
        first = model._meta.get_field(names.pop(0))
        assert isinstance(first, models.ForeignKey)
        model = first.related_model
    using = start._state.db or router.db_for_write(model)
    rows = model._base_manager.using(using).filter(**{column or "pk": value})
    yield from users.stream(rows, "__".join([*names, "pk"]), after)


def _anchor(start: models.Model, name: str) -> tuple[str | None, Any]:
    """Where the queries begin: a column of the first relation's model, or None for ``start``."""
    field = start._meta.get_field(name)
    if not isinstance(field, models.ForeignKey):
        return None, start.pk
    try:
        return field.target_field.attname, getattr(start, field.attname)
    except ObjectDoesNotExist:
        # The snapshot does not hold it, and the row is gone.
        return None, None
