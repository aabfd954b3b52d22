"""Whether an operator, and a value, suit the type of what they are compared with."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import models

from dsn_core.exceptions import InvalidCondition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsn_core.conditions import Condition

    Compared = models.Field[object, object] | type | None
    """A model's field, the Python type of a verb's value, or None where neither is known."""

ORDERED: Final = frozenset({"lt", "lte", "gt", "gte"})
WITHOUT_PARTS: Final[tuple[type, ...]] = (
    *(bool, int, float, Decimal, dt.date, dt.time, dt.timedelta, uuid.UUID),
    *(models.BooleanField, models.IntegerField, models.FloatField, models.DecimalField),
    *(models.DateField, models.TimeField, models.DurationField, models.UUIDField),
)
"""Types that contain nothing."""
WITHOUT_ORDER: Final[tuple[type, ...]] = (
    *(bool, uuid.UUID, dict, tuple, list, set),
    *(models.BooleanField, models.UUIDField),
)
"""Types of which none is more than another."""
UNSUITABLE: Mapping[str, tuple[tuple[type, ...], str]] = {
    "contains": (WITHOUT_PARTS, "looks into a text or a list"),
    **dict.fromkeys(sorted(ORDERED), (WITHOUT_ORDER, "puts numbers, dates or texts in order")),
}
NEEDING_SOME: Final = ORDERED | {"contains", "in"}
TRUTHS: Final[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "0": False}
NUMBERS: Final = (int, float, Decimal)


def check_operator(condition: Condition, compared: Compared) -> None:
    """Raise ``InvalidCondition`` where its operator can never hold of such a type."""
    kind = _kind(compared)
    types, does = UNSUITABLE.get(condition.operator, ((), ""))
    if kind is not None and issubclass(kind, types):
        raise InvalidCondition(
            f"{condition.operator!r} {does}, which {condition.field!r} ({kind.__name__}) is not."
        )


def _kind(compared: Compared) -> type | None:
    if isinstance(compared, models.ForeignKey):
        return type(compared.target_field)
    return compared if isinstance(compared, type) or compared is None else type(compared)


def check_given(condition: Condition, compared: Compared) -> None:
    """Raise ``InvalidCondition`` where no value is given, and so nothing could ever hold."""
    if condition.value is not None:
        return
    if condition.operator in NEEDING_SOME:
        raise InvalidCondition(f"{condition.operator!r} of {condition.field!r} needs a value.")
    if isinstance(compared, models.Field) and not compared.null:
        raise InvalidCondition(
            f"{condition.field!r} is never None: name a value, or ask whether it 'is_empty'."
        )


def check_item(condition: Condition, item: object, compared: Compared) -> None:
    """Raise ``InvalidCondition`` where ``item`` can be no value of such a type."""
    try:
        fits = _fits(item, compared)
    except (ValidationError, TypeError, ValueError, InvalidOperation):
        fits = False
    if not fits:
        name = condition.field if isinstance(compared, type) else getattr(compared, "name", "")
        kind = compared if isinstance(compared, type) else type(compared)
        raise InvalidCondition(f"{item!r} cannot be a value of {name!r} ({kind.__name__}).")


def _fits(item: object, compared: Compared) -> bool:
    if isinstance(compared, models.Field):
        compared.to_python(item)
        return True
    if compared is bool:
        return str(item).lower() in TRUTHS
    if compared in NUMBERS:
        return not isinstance(item, bool) and Decimal(str(item)).is_finite()
    return True
