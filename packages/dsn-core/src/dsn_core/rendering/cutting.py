"""Cuts a text so that what is left is whole: no sign, no address and, if it can be, no word broken.

* A sign is what a reader takes for one: a letter with its accents, an emoji of several parts, a
  flag.
* An address (``https://…``) is kept whole or not at all.
* Of a long word, or of a script without spaces, a part may stay; else the cut is between words.
* Directions of writing that are open where it is cut are closed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ELLIPSIS = "…"
NEAR = 24
"""How far back a space may be to be preferred: a longer word is cut."""
LONGEST_ADDRESS = 2_048
LONGEST_SCHEME = 16
ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.|mailto:)"
    r"[^\s<>\"“”«»「」『』【】\u3001\u3002\uff01\uff08\uff09\uff0c\uff1f…]+",
    re.I,
)
AFTER_AN_ADDRESS = ".,;:!?)]}'"
"""What ends a sentence rather than an address."""
NOT_AT_THE_END = " \t\n\r\f\v\u00a0\u2028\u2029\u202f\u3000([{<«„“\u2018"

JOINER = "\u200d"
EXTENDING = frozenset(
    map(chr, [*range(0x1F3FB, 0x1F400), 0x200C, 0x200D, *range(0xE0020, 0xE0080)])
)
"""What changes the sign before it and is no mark: skin tones, joiners, the letters of a flag."""
VIRAMA = 9
"""The combining class of what joins two letters of an Indic script."""

ISOLATE, EMBEDDING = "\u2069", "\u202c"
"""What closes them."""
CLOSERS = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", EMBEDDING),
    **dict.fromkeys("\u2066\u2067\u2068", ISOLATE),
}
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069\n\r\x85\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """``text`` with its ellipsis, and the ``rest`` that is lost."""

    text: str
    rest: str


def cut(text: str, fits: Callable[[str], bool]) -> Cut | None:
    """As much of the beginning of ``text`` as ``fits`` with an ellipsis; None where nothing does.

    ``fits`` should not take a longer beginning where it refuses a shorter one; where it does, less
    may be kept than could be.
    """
    position, step = _longest(text, fits), 1
    while position > 0:
        kept = text[: _place(text, position)].rstrip(NOT_AT_THE_END)
        whole = _ended(kept)
        if kept and fits(whole):
            return Cut(text=whole, rest=text[len(kept) :].strip())
        position, step = min(position, len(kept)) - step, step * 2
    return None


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    """How many characters fit with the ellipsis, wherever that cuts."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[:middle] + ELLIPSIS):
            low = middle
        else:
            high = middle - 1
    return low


def _place(text: str, position: int) -> int:
    """The best place at or before ``position``."""
    place = _before_an_address(text, position)
    return _between_signs(text, _between_words(text, place))


def _before_an_address(text: str, position: int) -> int:
    first, last = max(0, position - LONGEST_ADDRESS), position + LONGEST_SCHEME
    for match in ADDRESS.finditer(text, first, last):
        address = match[0] if match.end() == last else match[0].rstrip(AFTER_AN_ADDRESS)
        if match.start() < position < match.start() + len(address):
            return match.start()
    return position


def _between_words(text: str, position: int) -> int:
    if position >= len(text) or text[position].isspace():
        return position
    for place in range(position, max(position - NEAR, position // 2), -1):
        if text[place - 1].isspace():
            return place
    return position


def _between_signs(text: str, position: int) -> int:
    while 0 < position < len(text) and _is_one_sign(text, position):
        position -= 1
    return position


def _is_one_sign(text: str, position: int) -> bool:
    """Would a cut here leave half of a sign?"""
    before, after = text[position - 1], text[position]
    if after in EXTENDING or before == JOINER or unicodedata.category(after)[0] == "M":
        return True
    if _is_flag_letter(after):
        return _flag_letters_before(text, position) % 2 == 1
    if unicodedata.combining(before) == VIRAMA:
        return after.isalpha()
    return before + after == "\r\n" or _is_inner_jamo(after)


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, position: int) -> int:
    start = position
    while start and _is_flag_letter(text[start - 1]):
        start -= 1
    return position - start


def _is_inner_jamo(character: str) -> bool:
    """The second or third part of a Korean syllable that is written in parts."""
    return "\u1160" <= character <= "\u11ff"


def _ended(kept: str) -> str:
    """With the ellipsis, which must not become a part of an address."""
    last = max(kept.rfind(" "), kept.rfind("\n"), len(kept) - LONGEST_ADDRESS)
    apart = any(match.end() == len(kept) for match in ADDRESS.finditer(kept, max(0, last)))
    return kept + " " * apart + ELLIPSIS + _closers(kept)


def _closers(kept: str) -> str:
    """What closes the directions that are open at the end. A paragraph's end closes them too."""
    opened: list[str] = []
    for character in DIRECTIONS.findall(kept):
        if character in CLOSERS:
            opened.append(CLOSERS[character])
        elif character == EMBEDDING:
            del opened[len(opened) - (opened[-1:] == [EMBEDDING]) :]
        elif character != ISOLATE:
            opened.clear()
        elif ISOLATE in opened:
            del opened[len(opened) - 1 - opened[::-1].index(ISOLATE) :]
    return "".join(reversed(opened))
