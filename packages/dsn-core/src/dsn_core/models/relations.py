"""A model's relations, by the names that one may write in a path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One way to other objects.

    ``name`` is the attribute by which one comes to them, ``query_name`` what queries call it, and
    ``model`` where it leads.
    """

    name: str
    query_name: str
    model: type[models.Model]


def relations_of(model: type[models.Model]) -> Iterator[Relation]:
    """All of them, its own and those that point here."""
    for field in model._meta.get_fields():
        accessor: str | None = getattr(field, "get_accessor_name", lambda: None)()
        related = field.related_model
        if isinstance(related, type) and issubclass(related, models.Model):
            yield Relation(name=accessor or field.name, query_name=field.name, model=related)


def relation_of(model: type[models.Model], name: str) -> Relation | None:
    """The relation of this name, be it the attribute's or the queries'."""
    known = relations_of(model)
    return next((one for one in known if name in (one.name, one.query_name)), None)
