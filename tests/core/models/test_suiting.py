"""Conditions that could never hold are refused with what was meant, or why not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dsn_core.conditions import Condition
from dsn_core.contract.verb import Verb
from dsn_core.exceptions import InvalidCondition
from dsn_core.models.paths import check_condition
from dsn_core.plugins.catalog import catalog
from tests.host.models import Country, Order, RushOrder, Ticket

SHOP = Verb(key="shop.paid", provides={"order": "host.Order", "amount": Decimal})


def complaint(verb: str, model: type | None, field: str, operator: str, value: object = 1) -> str:
    condition = Condition(field=field, operator=operator, value=value)
    try:
        check_condition(condition, SHOP if verb == SHOP.key else catalog().verb(verb), model)
    except InvalidCondition as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("verb", "model", "field", "meant"),
    [
        ("post_save", Order, "stauts", "status"),
        ("post_save", Order, "Status", "status"),
        ("post_save", Order, "craeted", "created"),
        ("post_save", Order, "values.craeted", "created"),
        ("post_save", Order, "action_object.totl", "total"),
        ("post_save", RushOrder, "dedline", "deadline"),
        ("shop.paid", None, "order.totla", "total"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(verb, model, field, meant):
    assert complaint(verb, model, field, "is").endswith(f" Did you mean {meant!r}?")


def test_a_name_like_no_other_is_refused_with_all_there_are():
    words = complaint("post_save", Order, "weather", "is")
    assert "it has id, number, status" in words
    assert words.endswith("and post_save provides created, using, update_fields.")


@pytest.mark.parametrize(
    ("model", "field", "operator"),
    [
        (Order, "items", "contains"),
        (Order, "total", "contains"),
        (Order, "placed_at", "contains"),
        (Order, "customer", "contains"),
        (Order, "created", "contains"),
        (Order, "gift", "gt"),
        (Order, "created", "lte"),
        (Ticket, "id", "lt"),
        (Order, "update_fields", "gte"),
    ],
)
def test_an_operator_that_the_type_has_not_is_refused(model, field, operator):
    assert f"{operator!r} " in complaint("post_save", model, field, operator, True)


@pytest.mark.parametrize(
    ("model", "field", "operator", "value"),
    [
        (Order, "status", "contains", "pa"),
        (Order, "data", "contains", "x"),
        (Order, "data", "gt", 3),
        (Order, "status", "gt", "m"),
        (Order, "customer", "gt", 3),
        (Order, "update_fields", "contains", "status"),
        (Country, "code", "contains", "D"),
        (Order, "created", "is", "true"),
        (Order, "placed_at", "is", None),
        (Order, "status", "is_empty", None),
        (Order, "status", "in", ["new", "paid"]),
    ],
)
def test_one_that_may_hold_is_taken(model, field, operator, value):
    assert complaint("post_save", model, field, operator, value) == ""


@pytest.mark.parametrize(
    ("verb", "field", "value"),
    [
        ("post_save", "created", "maybe"),
        ("post_save", "created", 7),
        ("shop.paid", "amount", "much"),
        ("shop.paid", "amount", True),
    ],
)
def test_a_value_that_the_verb_never_provides_is_refused(verb, field, value):
    assert f"{value!r} cannot be a value of {field!r}" in complaint(verb, None, field, "is", value)


@pytest.mark.parametrize("operator", ["lt", "gte", "contains", "in"])
def test_an_operator_without_its_value_is_refused(operator):
    assert "needs a value" in complaint("post_save", Order, "number", operator, None)


def test_none_is_refused_of_a_field_that_never_is():
    assert "ask whether it 'is_empty'" in complaint("post_save", Order, "status", "is", None)
