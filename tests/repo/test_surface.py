"""The public surface is written down, and whoever changes it tells the reader of the changelog."""

from __future__ import annotations

import difflib
import hashlib
import re
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE = ROOT / "docs/reference/surface.txt"
COMMAND = "python docs/surface.py > docs/reference/surface.txt"


@pytest.fixture(scope="module")
def printed() -> str:
    """What the script prints now."""
    ran = subprocess.run(
        [sys.executable, "docs/surface.py"], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_file_says_what_is_public_now(printed):
    written = FILE.read_text(encoding="utf-8")
    difference = difflib.unified_diff(
        written.splitlines(), printed.splitlines(), "as written", "as it is", lineterm="", n=1
    )
    assert written == printed, "\n".join([*difference, f"Make it anew: {COMMAND}"])


def test_the_changelog_tells_of_the_surface_as_it_is_written():
    fingerprint = hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = re.search(r"^## Unreleased.*?(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    assert unreleased, "CHANGELOG.md has no section that begins with '## Unreleased'."
    told = re.findall(r"Public surface: ([0-9a-f]{12})\b", unreleased[0])
    assert told == [fingerprint], (
        f"Write 'Public surface: {fingerprint}' into the Unreleased section of CHANGELOG.md, once, "
        "and say there what of the public surface has changed."
    )


def test_nothing_in_it_depends_on_the_run(printed):
    assert re.findall(r"^.*(?: at 0x|<[a-z]\w*>$).*$", printed, re.MULTILINE) == []


def test_every_part_of_it_holds_something(printed):
    headings = re.findall(r"^\[(.+)\]$", printed, re.MULTILINE)
    empty = re.findall(r"^\[(.+)\]\n(?:\n|\Z)", printed, re.MULTILINE)
    assert len(headings) == len(set(headings)) > 10
    assert empty == []


# ── What a line says ────────────────────────────────────────────────────────────────────

SHOP = """
from __future__ import annotations
from dataclasses import dataclass
from enum import Enum

class Colour(Enum):
    RED = "red"

@dataclass(frozen=True, kw_only=True)
class Value:
    name: str
    colour: Colour = Colour.RED

@dataclass
class Pair:
    left: int
    right: int = 2

class Thing:
    size: int = 3
    unit = "m"

    def __init__(self, *, name: str) -> None:
        self.name = name
        self._kept = name

    def take(self, what: str, /, *others: str, at: float = 1.0, **rest: object) -> Value: ...

    async def wait(self) -> None: ...

    @classmethod
    def make(cls) -> None: ...

    @property
    def weight(self) -> float: ...

    def _inner(self) -> None: ...

class Heir(Thing):
    size = 4
"""


@pytest.fixture(scope="module")
def parts() -> Iterator[Any]:
    """The module that puts classes and functions into words."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        yield import_module("surface_parts")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A module that is one of ours by its name."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "dsn_shop.py").write_text(SHOP, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield import_module("dsn_shop")


@pytest.fixture
def lines(parts: Any, shop: Any) -> Callable[..., list[str]]:
    """What is said of a class of the shop."""

    def say(name: str, *apart: type) -> list[str]:
        return [item + text for item, text in parts.class_items(name, getattr(shop, name), apart)]

    return say


def test_a_values_fields_are_listed_with_type_and_default(lines):
    assert lines("Value") == [
        "Value: frozen dataclass",
        "Value.name: str",
        "Value.colour: Colour = Colour.RED",
    ]


def test_a_field_that_needs_no_keyword_is_listed_with_its_place(lines):
    fields = ["Pair.left: int  # position 0", "Pair.right: int = 2  # position 1"]
    assert lines("Pair") == ["Pair: dataclass", *fields]


def test_the_members_of_an_enumeration_are_listed_with_their_values(lines):
    assert lines("Colour") == ["Colour: class(Enum)", "Colour.RED = 'red'"]


def test_a_method_is_listed_name_for_name_and_kind_for_kind(lines):
    assert set(lines("Thing")) == {
        "Thing: class",
        "Thing.__init__(self, *, name: str) -> None",
        "Thing.make(cls) -> None  # classmethod",
        "Thing.name: str",
        "Thing.size: int = 3",
        "Thing.take(self, what: str, /, *others: str, at: float = 1.0, **rest: object) -> Value",
        "Thing.unit = 'm'",
        "Thing.wait(self) -> None  # async",
        "Thing.weight: float  # property",
    }


def test_what_a_base_brings_is_listed_with_its_heir(lines):
    assert lines("Heir")[:2] == ["Heir: class", "Heir.size = 4"]
    assert "Heir.make(cls) -> None  # classmethod" in lines("Heir")


def test_a_base_that_is_listed_itself_is_named_and_not_repeated(lines, shop):
    assert lines("Heir", shop.Thing) == ["Heir: class(Thing)", "Heir.size = 4"]
