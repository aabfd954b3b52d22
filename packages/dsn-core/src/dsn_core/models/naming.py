"""Names: those that are made where none is given, and those that were meant."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST_NAME = 200
"""How long the name of a Trigger, Backend or Subscription may be."""
LIKENESS = 0.7
"""How alike two names must be, of 1, for one to be taken for a slip of the other."""


def short_name(name: str) -> str:
    """``name`` itself, or as much as fits and a hash of it all: two long ones stay two."""
    if len(name) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - len(mark) - 2]}… {mark}"


def did_you_mean(name: str, names: Collection[str]) -> str:
    """`` Did you mean 'status'?`` where one of ``names`` is much like ``name``; else empty."""
    known_as = [known.lower() for known in names]
    close = get_close_matches(name.lower(), known_as, n=1, cutoff=LIKENESS)
    found = next((known for known in names if [known.lower()] == close), "")
    return f" Did you mean {found!r}?" if found else ""
