"""The words of the messages that are sent, and how they are found again."""

from __future__ import annotations

import uuid


def unique() -> str:
    """Words that stand in no other message, of letters that no service changes."""
    letters = uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"The order {letters} is paid"


def mark_of(words: str) -> str:
    """The one of these words that stands in no other message; all are of plain letters."""
    return max(words.split(), key=len)


def plain(text: str) -> str:
    """``text`` with each run of blanks as one."""
    return " ".join(text.split())
