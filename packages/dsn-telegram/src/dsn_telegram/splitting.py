"""Cutting a long text into messages: at paragraphs, lines, words, and never within a sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_telegram import counting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_telegram.rich import Rich

LONGEST = 4096
"""UTF-16 units of a message, without its tags: https://core.telegram.org/bots/api#sendmessage"""
MOST_SPANS = 100
"""Formatted places of a message; Telegram drops what is more: https://core.telegram.org/api/entities"""
BREAKS = ("\n\n", "\n", " ")
SHORTEST = LONGEST // 8
"""A part that is cut at a break is no shorter: what comes before the break must be worth it."""


def split(rich: Rich) -> Iterator[tuple[int, int]]:
    """Where the parts of ``rich`` begin and end; white space at their edges is left out."""
    position = 0
    while (position := _skip_space(rich.text, position)) < len(rich.text):
        end = _end(rich, position)
        yield position, position + len(rich.text[position:end].rstrip())
        position = end


def _end(rich: Rich, start: int) -> int:
    furthest = counting.reach(rich.text, start, LONGEST)
    furthest = min(furthest, _span_limit(rich, start))
    if furthest >= len(rich.text):
        return furthest
    return _break(rich.text, start, furthest)


def _break(text: str, start: int, furthest: int) -> int:
    least = start + min(SHORTEST, (furthest - start) // 2)
    for sign in BREAKS:
        # The break itself may stand just beyond the last character that fits.
        found = text.rfind(sign, least, furthest + len(sign))
        if found > start:
            return found
    return counting.boundary(text, furthest, start)


def _span_limit(rich: Rich, start: int) -> int:
    """Where the first span begins that would be one too many."""
    if len(rich.spans) <= MOST_SPANS:
        return len(rich.text)
    begun = list(rich.spans_within(start, len(rich.text)))[: MOST_SPANS + 1]
    if len(begun) <= MOST_SPANS:
        return len(rich.text)
    return max(begun[-1].start, start + 1)


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position
