"""Names that are made where none is given."""

from __future__ import annotations

import hashlib

LONGEST_NAME = 200
"""How long the name of a Trigger, Backend or Subscription may be."""


def short_name(name: str) -> str:
    """``name`` itself, or as much as fits and a hash of it all: two long ones stay two."""
    if len(name) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - len(mark) - 2]}… {mark}"
