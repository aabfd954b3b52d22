"""Conditions: operators, and one condition held against values. Pure; knows no Django."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeGuard

from dsn_core.exceptions import InvalidCondition

Convert = Callable[[object], object]
"""Turns a stored value into the Python type of the field it is compared with."""


class Missing(Enum):
    """The type of ``MISSING``."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""There is no value, which is not the same as None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """``field`` ``operator`` ``value``, as it is stored."""

    field: str
    operator: str
    value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operands:
    """What a condition is held against: a field's value after and, if known, before.

    ``created`` says that there was nothing before, so that every field counts as changed.
    """

    after: object
    before: object = MISSING
    created: bool = False

    @property
    def changed(self) -> bool:
        """Is the value another than before? Unknown counts as no."""
        if self.created:
            return True
        return self.before is not MISSING and self.before != self.after


def _is_collection(value: object) -> TypeGuard[Collection[object]]:
    return isinstance(value, Collection) and not isinstance(value, (str, bytes))


def _same(operands: Operands, wanted: object, convert: Convert) -> bool:
    return operands.after is not MISSING and operands.after == convert(wanted)


def _ordered(compare: Callable[[object, object], bool]) -> Callable[..., bool]:
    def holds(operands: Operands, wanted: object, convert: Convert) -> bool:
        if operands.after is MISSING or operands.after is None:
            return False
        return compare(operands.after, convert(wanted))

    return holds


def _contains(operands: Operands, wanted: object, convert: Convert) -> bool:
    value = operands.after
    if isinstance(value, str):
        return str(wanted) in value
    return _is_collection(value) and (wanted in value or str(wanted) in map(str, value))


def _among(operands: Operands, wanted: object, convert: Convert) -> bool:
    choices = wanted if _is_collection(wanted) else (wanted,)
    # One choice that cannot be converted hides no other.
    return any(holds(_is(choice), operands, convert) for choice in choices)


def _is(value: object) -> Condition:
    return Condition(field="", operator="is", value=value)


def _empty(operands: Operands, wanted: object, convert: Convert) -> bool:
    value = operands.after
    nothing = value in (MISSING, None, "") or (_is_collection(value) and not value)
    return nothing is (wanted not in (False, "false", "False"))


def _changed_to(operands: Operands, wanted: object, convert: Convert) -> bool:
    return operands.changed and _same(operands, wanted, convert)


def _changed_from(operands: Operands, wanted: object, convert: Convert) -> bool:
    before = operands.before
    return operands.changed and before is not MISSING and before == convert(wanted)


OPERATORS: Mapping[str, Callable[[Operands, object, Convert], bool]] = {
    "is": _same,
    "is_not": lambda operands, wanted, convert: not _same(operands, wanted, convert),
    "lt": _ordered(lambda a, b: a < b),  # type: ignore[operator]
    "lte": _ordered(lambda a, b: a <= b),  # type: ignore[operator]
    "gt": _ordered(lambda a, b: a > b),  # type: ignore[operator]
    "gte": _ordered(lambda a, b: a >= b),  # type: ignore[operator]
    "contains": _contains,
    "in": _among,
    "is_empty": _empty,
    "changed": lambda operands, wanted, convert: operands.changed,
    "changed_to": _changed_to,
    "changed_from": _changed_from,
}
"""Every operator, by its stored name."""

CHANGE_OPERATORS = frozenset({"changed", "changed_to", "changed_from"})
"""Operators that need the value from before."""

WITHOUT_VALUE = frozenset({"changed", "is_empty"})
"""Operators that need no value."""


def ensure_operator(name: str) -> None:
    """Raise ``InvalidCondition`` unless there is an operator of this name."""
    if name not in OPERATORS:
        raise InvalidCondition(f"There is no operator {name!r}; there are {', '.join(OPERATORS)}.")


def holds(condition: Condition, operands: Operands, convert: Convert) -> bool:
    """Does ``condition`` hold? One whose values cannot be converted or compared does not."""
    try:
        return OPERATORS[condition.operator](operands, condition.value, convert)
    except Exception:  # noqa: BLE001  the values' types are the host's, and so is their code
        return False
