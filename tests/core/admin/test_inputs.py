"""Values and lists as a person types them."""

from __future__ import annotations

import pytest

from dsn_core.admin.inputs import LinesField, ValueField, read_value, write_value
from dsn_core.models import Trigger
from tests.core.admin.forms import form_values
from tests.host.models import Order


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("paid", "paid"),
        ("5", 5),
        ("1.50", 1.5),
        ("true", True),
        ('["a", "b"]', ["a", "b"]),
        ('"5"', "5"),
        ("", None),
        ("NaN", "NaN"),
        ("[unfinished", "[unfinished"),
        ("007", "007"),
    ],
)
def test_json_is_json_and_anything_else_is_text(typed, value):
    assert read_value(typed) == value
    assert type(read_value(typed)) is type(value)


@pytest.mark.parametrize(
    "value", ["paid", "5", 5, True, None, "", " x ", "true", ["a", 1], {"a": None}, "é", 1.5, "NaN"]
)
def test_a_value_is_shown_so_that_it_reads_back(value):
    assert read_value(write_value(value)) == value
    assert type(read_value(write_value(value))) is type(value)


def test_one_is_not_true():
    assert ValueField().has_changed(1, "true")
    assert not ValueField().has_changed(1, " 1 ")


def test_what_was_typed_is_shown_again_as_it_was():
    field = ValueField()
    assert field.prepare_value(field.bound_data(' "5" ', None)) == ' "5" '


def test_lines_are_a_list_without_blanks():
    assert LinesField(required=False).clean(" a \r\n\r\nb\n") == ["a", "b"]
    assert LinesField().prepare_value(["a", "b"]) == "a\nb"
    assert not LinesField().has_changed(["a"], "a\n")


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["paid", "5", "", "true"])
def test_a_text_condition_survives_an_untouched_save(boss, value):
    trigger = Trigger.objects.watch("post_save", Order, conditions=[("status", "is", value)])
    url = f"/admin/dsn/trigger/{trigger.pk}/change/"
    assert boss.post(url, form_values(boss.get(url))).status_code == 302
    assert trigger.conditions.get().value == value
