"""Conditions as they are given by code, made ready to be stored."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from enum import Enum

from django.db import models
from django.utils.duration import duration_iso_string

from dsn_core.conditions import WITHOUT_VALUE, Condition
from dsn_core.exceptions import InvalidCondition

ConditionTuple = tuple[str, str] | tuple[str, str, object]


def condition_of(given: ConditionTuple) -> Condition:
    """``(field, operator, value)``, or ``(field, operator)`` where that needs no value.

    Raises ``InvalidCondition``.
    """
    match tuple(given):
        case (str(field), str(operator)) if operator in WITHOUT_VALUE:
            return Condition(field=field, operator=operator)
        case (str(field), str(operator), value):
            return Condition(field=field, operator=operator, value=_as_json(value, field))
    raise InvalidCondition(
        f"{given!r} is no condition; write (field, operator, value), or (field, operator) with "
        f"{' or '.join(sorted(WITHOUT_VALUE))}."
    )


def _as_json(value: object, field: str) -> object:
    """``value`` as JSON can hold it; a field's type makes the same of it again."""
    if isinstance(value, Enum):
        return _as_json(value.value, field)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, models.Model):
        return _as_json(value.pk, field)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_as_json(item, field) for item in value]
    if isinstance(value, dict):
        return {str(key): _as_json(item, field) for key, item in value.items()}
    return _as_text(value, field)


def _as_text(value: object, field: str) -> str:
    if isinstance(value, (Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return duration_iso_string(value)
    raise InvalidCondition(
        f"{field!r} cannot be compared with an object of {type(value).__qualname__}: it cannot be "
        "stored."
    )
