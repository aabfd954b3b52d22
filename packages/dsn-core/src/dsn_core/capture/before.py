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


@dataclass(slots=True)
class Save:
    """One save that is under way: the old values, and what ``pre_save`` triggers want written."""

    before: Mapping[str, object] | None = None
    events: list[Event] = field(default_factory=list)


def begin(instance: Model) -> Save:
    """Start anew: what a save that failed left behind is forgotten."""
    save = Save()
    setattr(instance._state, PLACE, save)
    return save


def end(instance: Model) -> Save:
    """Take what ``begin`` left; an empty one where ``pre_save`` was not heard."""
    save = instance._state.__dict__.pop(PLACE, None)
    return save if isinstance(save, Save) else Save()


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
