"""``Fields``: declared by annotation, described for forms, made from settings and JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Literal

import pytest

from dsn_core import Fields, option
from dsn_core.exceptions import InvalidFields, InvalidValues
from dsn_core.plugins.values import build, convert, describe, to_json


class Size(Enum):
    SMALL = 1
    LARGE = 2


class Everything(Fields):
    text: str = "a"
    count: int = 1
    ratio: float = 0.5
    price: Decimal = Decimal("1.50")
    loud: bool = False
    size: Size = Size.SMALL
    mode: Literal["HTML", "text"] = "HTML"
    maybe: int | None = None
    tags: tuple[str, ...] = ()
    lane: str = option(default="slow", choices=[("slow", "Slow"), ("fast", "Fast")])


class Account(Fields):
    token: str = option(label="Token", secret=True)
    limit: int = option(label="Limit")
    more: Mapping[str, object] = option(default_factory=dict)


PATH = 'DSN["MESSENGERS"]["pager"]["default"]'


def test_a_subclass_is_a_frozen_keyword_only_dataclass():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Everything().text = "b"
    with pytest.raises(TypeError):
        Everything("b")


def test_a_secret_is_in_no_repr():
    assert "s3cret" not in repr(Account(token="s3cret", limit=1))


def test_each_allowed_type_is_described():
    kinds = {spec.name: spec.kind for spec in describe(Everything)}
    assert kinds == {
        "text": "str",
        "count": "int",
        "ratio": "float",
        "price": "decimal",
        "loud": "bool",
        "size": "choice",
        "mode": "choice",
        "maybe": "int",
        "tags": "texts",
        "lane": "choice",
    }


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("count", "7", 7),
        ("ratio", "0.25", 0.25),
        ("price", "2.75", Decimal("2.75")),
        ("loud", "on", True),
        ("loud", "", False),
        ("size", "2", Size.LARGE),
        ("size", Size.LARGE, Size.LARGE),
        ("mode", "text", "text"),
        ("maybe", None, None),
        ("tags", ["a", "b"], ("a", "b")),
        ("lane", "fast", "fast"),
    ],
)
def test_a_stored_value_becomes_its_fields_type(name: str, raw: object, value: object):
    assert getattr(build(Everything, {name: raw}, path=PATH), name) == value


@pytest.mark.parametrize("name", [spec.name for spec in describe(Everything)])
def test_a_default_survives_being_stored(name: str):
    spec = next(spec for spec in describe(Everything) if spec.name == name)
    assert convert(spec, to_json(spec.default), path=name) == spec.default


@pytest.mark.parametrize(
    ("name", "raw", "wanted"),
    [
        ("text", 3, "a text"),
        ("count", True, "a whole number"),
        ("count", 1.5, "a whole number"),
        ("count", "many", "a whole number"),
        ("ratio", [], "a number"),
        ("price", "much", "a decimal number"),
        ("loud", "perhaps", "true or false"),
        ("size", "3", "one of 1, 2"),
        ("mode", "xml", "one of HTML, text"),
        ("lane", "other", "one of slow, fast"),
        ("tags", "a", "a list of texts"),
        ("tags", [1], "a list of texts"),
        ("text", None, "a text"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_path(name: str, raw: object, wanted: str):
    with pytest.raises(InvalidValues) as caught:
        build(Everything, {name: raw}, path=PATH)
    assert str(caught.value) == f'{PATH}["{name}"] is {raw!r}, which is not {wanted}.'


def test_all_that_is_wrong_is_said_at_once_and_no_secret_is_shown():
    with pytest.raises(InvalidValues) as caught:
        build(Account, {"token": ["s3cret"], "colour": "red"}, path=PATH)
    assert str(caught.value) == (
        f'{PATH}["colour"] is unknown; known are token, limit, more. '
        f'{PATH}["token"] has a value which is not a text. '
        f'{PATH}["limit"] is missing.'
    )


def test_a_mapping_of_an_account_is_passed_through_unchanged():
    more = {"HOST": "localhost", "nested": {"a": [1]}}
    assert build(Account, {"token": "t", "limit": 1, "more": more}, path=PATH).more == more


def test_unknown_stored_options_may_be_passed_over():
    assert build(Everything, {"gone": 1}, path=PATH, ignore=True) == Everything()


@pytest.mark.parametrize(
    "hint", ["complex", "list[str]", "int | str", "tuple[int, ...]", "Nowhere"]
)
def test_any_other_type_is_refused_with_the_fields_name(hint: str):
    cls = type("Odd", (Fields,), {"__annotations__": {"odd": hint}, "__module__": __name__})
    with pytest.raises(InvalidFields, match=r"Odd"):
        describe(cls)
