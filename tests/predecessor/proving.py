"""Ties the tests to the rows of the page that they prove."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

Test = TypeVar("Test", bound="Callable[..., None]")
PAGE = ROOT / "docs/explanation/predecessor.md"


class Table:
    """One table of the page, and which of its rows are proven."""

    def __init__(self, heading: str) -> None:
        _before, _heading, after = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")
        header, *rows = re.findall(r"^\| ([^|]+) \|", after.partition("\n## ")[0], re.MULTILINE)
        self.header, self.rows = header, rows
        self.proven: list[str] = []

    def proves(self, row: str) -> Callable[[Test], Test]:
        """The test is about this row."""

        def note(test: Test) -> Test:
            self.proven.append(row)
            return test

        return note
