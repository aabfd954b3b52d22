"""How a contract says what is wrong, and what is to be done about it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPLANATIONS = Path(__file__).with_name("explanations.md")
"""A section for each heading; the documentation has them too."""


def fault(words: str, heading: str) -> NoReturn:
    """Fail the test: ``words`` name the fault, the section under ``heading`` explains it."""
    pytest.fail(f"{words}\n\n{explained(heading)}", pytrace=False)


def demand(holds: object, words: str, heading: str) -> None:
    """Fail with ``words`` unless it holds."""
    if not holds:
        fault(words, heading)


def does_not_apply(reason: str) -> NoReturn:
    """Skip the test: it makes no sense for this plugin."""
    pytest.skip(reason)


def explained(heading: str) -> str:
    """Why a fault under this heading is one, and what to do. Raises ``KeyError`` for another."""
    return f"Why, and what to do ({heading}):\n\n{sections()[heading]}"


@cache
def sections() -> Mapping[str, str]:
    """The text under each heading; a heading is named as in a link to it."""
    _before, *found = EXPLANATIONS.read_text(encoding="utf-8").split("## ")
    parts = (each.partition("\n") for each in found)
    return {title.lower().replace(" ", "-"): text.strip() for title, _line, text in parts}
