"""How a contract says what is wrong, and where it is explained."""

from __future__ import annotations

from typing import NoReturn

import pytest

PAGE = "docs/reference/contracts.md"
"""Each fault has a heading there."""


def fault(words: str, heading: str) -> NoReturn:
    """Fail the test: ``words`` name the fault, ``heading`` what explains it in the docs."""
    pytest.fail(f"{words}\n\nWhy, and what to do: {PAGE}#{heading}", pytrace=False)


def demand(holds: object, words: str, heading: str) -> None:
    """Fail with ``words`` unless it holds."""
    if not holds:
        fault(words, heading)


def does_not_apply(reason: str) -> NoReturn:
    """Skip the test: it makes no sense for this plugin."""
    pytest.skip(reason)
