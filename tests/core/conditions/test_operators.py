"""Operators: each against values of every type, and nothing ever raises."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest

from dsn_core.conditions import (
    CHANGE_OPERATORS,
    MISSING,
    OPERATORS,
    WITHOUT_VALUE,
    Condition,
    Operands,
    ensure_operator,
    holds,
)
from dsn_core.exceptions import InvalidCondition

KEY = UUID("12345678123456781234567812345678")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def same(value: object) -> object:
    return value


def ask(operator: str, after: object, wanted: object = None, **operands: object) -> bool:
    """Does ``after operator wanted`` hold, converted as a field of the value's type would?"""
    convert = CONVERTERS.get(type(after), same)
    condition = Condition(field="x", operator=operator, value=wanted)
    return holds(condition, Operands(after=after, **operands), convert)  # type: ignore[arg-type]  # named by each test


CONVERTERS = {
    int: int,
    float: float,
    Decimal: lambda value: Decimal(str(value)),
    UUID: lambda value: UUID(str(value)),
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


@pytest.mark.parametrize(
    ("operator", "after", "wanted", "expected"),
    [
        ("is", "paid", "paid", True),
        ("is", "paid", "new", False),
        ("is", 3, "3", True),
        ("is", Decimal("10.00"), "10", True),
        ("is", KEY, str(KEY), True),
        ("is", date(2026, 1, 2), "2026-01-02", True),
        ("is", True, True, True),
        ("is", None, None, True),
        ("is", None, "paid", False),
        ("is", MISSING, None, False),
        ("is_not", "paid", "new", True),
        ("is_not", "paid", "paid", False),
        ("is_not", None, "paid", True),
        ("is_not", MISSING, "paid", True),
        ("lt", 2, "3", True),
        ("lt", 3, "3", False),
        ("lte", 3, "3", True),
        ("lte", 4, "3", False),
        ("gt", Decimal("10.01"), "10", True),
        ("gt", Decimal("10.00"), "10", False),
        ("gte", NOON, "2026-01-02T12:00:00+00:00", True),
        ("gte", NOON, "2026-01-02T12:00:01+00:00", False),
        ("lt", None, 3, False),
        ("gt", None, 3, False),
        ("lt", MISSING, 3, False),
        ("contains", "Order 7 is paid", "paid", True),
        ("contains", "Order 7 is paid", 7, True),
        ("contains", "Order 7 is paid", "lost", False),
        ("contains", ["a", "b"], "a", True),
        ("contains", [1, 2], "2", True),
        ("contains", {"key": 1}, "key", True),
        ("contains", 7, "7", False),
        ("contains", None, "a", False),
        ("contains", MISSING, "a", False),
        ("in", "paid", ["new", "paid"], True),
        ("in", "lost", ["new", "paid"], False),
        ("in", "paid", "paid", True),
        ("in", 3, ["no number", "3"], True),
        ("in", None, [None], True),
        ("in", MISSING, ["new", None], False),
        ("is_empty", "", None, True),
        ("is_empty", None, None, True),
        ("is_empty", MISSING, None, True),
        ("is_empty", [], None, True),
        ("is_empty", {}, None, True),
        ("is_empty", 0, None, False),
        ("is_empty", False, None, False),
        ("is_empty", "a", None, False),
        ("is_empty", "a", False, True),
        ("is_empty", "", False, False),
    ],
)
def test_an_operator_holds(operator: str, after: object, wanted: object, expected: bool):
    assert ask(operator, after, wanted) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "before", "after", "expected"),
    [
        ("changed", None, "new", "paid", True),
        ("changed", None, "paid", "paid", False),
        ("changed", None, None, "paid", True),
        ("changed", None, MISSING, "paid", False),
        ("changed_to", "paid", "new", "paid", True),
        ("changed_to", "paid", "paid", "paid", False),
        ("changed_to", "paid", "new", "lost", False),
        ("changed_to", "paid", MISSING, "paid", False),
        ("changed_to", None, "new", None, True),
        ("changed_from", "new", "new", "paid", True),
        ("changed_from", "new", "lost", "paid", False),
        ("changed_from", "new", "new", "new", False),
        ("changed_from", "new", MISSING, "paid", False),
    ],
)
def test_a_change_is_seen(
    operator: str, wanted: object, before: object, after: object, expected: bool
):
    assert ask(operator, after, wanted, before=before) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [("changed", None, True), ("changed_to", "new", True), ("changed_to", "paid", False),
     ("changed_from", "new", False)],
)  # fmt: skip
def test_creation_changes_every_field(operator: str, wanted: object, expected: bool):
    assert ask(operator, "new", wanted, created=True) is expected


class Hostile:
    """A host's type whose every comparison fails."""

    def _fail(self, *_: object) -> bool:
        raise RuntimeError("not to be compared")

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __len__ = __iter__ = _fail


def refuse(value: object) -> object:
    raise LookupError(value)


VALUES: tuple[object, ...] = (
    MISSING, None, "", "a", b"a", 0, 1.5, Decimal("NaN"), NOON, NOON.replace(tzinfo=None), KEY,
    [], [None], {}, object(), Hostile(),
)  # fmt: skip


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("convert", [same, int, refuse], ids=["same", "int", "refuse"])
def test_no_pair_of_values_raises(operator: str, convert: object):
    for before, after, wanted in product(VALUES, repeat=3):
        operands = Operands(after=after, before=before)
        condition = Condition(field="x", operator=operator, value=wanted)
        assert holds(condition, operands, convert) in (True, False)  # type: ignore[arg-type]  # one of three


@pytest.mark.parametrize("operator", ["lt", "lte", "gt", "gte", "is", "is_not"])
def test_what_cannot_be_converted_does_not_hold(operator: str):
    assert ask(operator, 3, "three") is False


def test_every_operator_of_the_design_is_there():
    words = "is is_not lt lte gt gte contains in is_empty changed changed_to changed_from"
    assert list(OPERATORS) == words.split()
    assert set(OPERATORS) > CHANGE_OPERATORS | WITHOUT_VALUE


def test_an_unknown_operator_is_refused_with_those_that_there_are():
    with pytest.raises(InvalidCondition, match=r"no operator 'equals'; there are is, is_not, lt"):
        ensure_operator("equals")
