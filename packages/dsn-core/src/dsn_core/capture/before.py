"""What a save leaves on its instance between ``pre_save`` and ``post_save``."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import Error, connections
from django.db.models import NOT_PROVIDED, BinaryField

from dsn_core.capture.containing import contained

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.db.models import Model

    from dsn_core.models import Event

logger = logging.getLogger("dsn_core.capture")

PLACE = "dsn_save"
"""The attribute of ``instance._state``: out of the way of the instance's own fields."""
DEEPEST = 10
"""So many saves of one instance within one another are told apart."""


@dataclass(slots=True)
class Save:
    """One save that is under way: the old values, and what ``pre_save`` triggers want written.

    ``names`` are its ``update_fields``, the same object at its beginning and its end; ``outer``
    is the save in whose ``post_save`` this one began, or one that failed.
    """

    before: Mapping[str, object] | None = None
    events: list[Event] = field(default_factory=list)
    names: object = None
    outer: Save | None = None
    depth: int = 1


def begin(instance: Model, names: object) -> Save:
    """Start anew. A receiver of the host may save the instance again within its own save, which
    is to find its old values when that is over."""
    outer = instance._state.__dict__.get(PLACE)
    save = Save()
    setattr(instance._state, PLACE, save)
    save.names = names
    if isinstance(outer, Save) and outer.depth < DEEPEST:
        save.outer, save.depth = outer, outer.depth + 1
    return save


def end(instance: Model, names: object) -> Save:
    """Take what ``begin`` left; an empty one where ``pre_save`` was not heard."""
    save: Save | None = instance._state.__dict__.pop(PLACE, None)
    while save is not None and save.names is not names:
        save = save.outer  # one within that failed
    if save is None:
        return Save()
    if save.outer is not None:
        setattr(instance._state, PLACE, save.outer)
    return save


def is_new(instance: Model) -> bool:
    """Is it certain, without asking the database, that there is no row of this key?"""
    if instance.pk is None:
        return True
    return instance._state.adding and instance._meta.pk.default is not NOT_PROVIDED


def read_before(instance: Model, using: str) -> Mapping[str, object] | None:
    """The row as it is before the save, by column name: one SELECT. None where there is none."""
    model = type(instance)
    columns = [
        field.attname for field in model._meta.concrete_fields if not isinstance(field, BinaryField)
    ]
    rows = model._base_manager.using(using).filter(pk=instance.pk).values(*columns)
    try:
        with contained(connections[using]):
            return next(iter(rows[:1]), None)
    except (Error, TypeError, ValueError):
        logger.exception("The old values of %s cannot be read.", model._meta.label)
        return None


def written_columns(instance: Model, names: Collection[str] | None) -> frozenset[str] | None:
    """The columns that ``save(update_fields=names)`` writes; None for all."""
    deferred = instance.get_deferred_fields()
    if names is None and not deferred:
        return None
    return frozenset(
        field.attname
        for field in instance._meta.concrete_fields
        if (names is None and field.attname not in deferred)
        or (names is not None and (field.name in names or field.attname in names))
    )
