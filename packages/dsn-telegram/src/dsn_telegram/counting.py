"""Lengths and cuts in the units in which Telegram counts: UTF-16."""

from __future__ import annotations

import unicodedata

JOINER = "\u200d"
SKIN_TONES = range(0x1F3FB, 0x1F400)
TAGS = range(0xE0020, 0xE0080)
VIRAMA = 9
"""The combining class of what joins two consonants of an Indian script."""
FLAG_LETTERS = range(0x1F1E6, 0x1F200)
"""Two of them are one flag."""


def length(text: str) -> int:
    """How many UTF-16 units ``text`` has."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def whole(text: str) -> str:
    """``text`` without halves of surrogate pairs, which no wire can carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def reach(text: str, start: int, longest: int) -> int:
    """The last index up to which ``text[start:]`` has at most ``longest`` units."""
    piece = text[start : start + longest]
    if length(piece) <= longest:
        return start + len(piece)
    units = piece.encode("utf-16-le")[: 2 * longest]
    return start + len(units.decode("utf-16-le", "ignore"))


def boundary(text: str, position: int, start: int) -> int:
    """The last place in ``(start, position]`` where no sign is cut in two, else ``position``."""
    place = position
    while place > start and _within_a_sign(text, place):
        place -= 1
    return place if place > start else position


def _within_a_sign(text: str, place: int) -> bool:
    """Do the characters before and after ``place`` make one sign?"""
    if place >= len(text):
        return False
    after = text[place]
    code = ord(after)
    before = text[place - 1]
    if JOINER in (before, after) or unicodedata.combining(before) == VIRAMA:
        return True
    if code in FLAG_LETTERS:
        return _flag_letters_before(text, place) % 2 == 1
    return code in SKIN_TONES or code in TAGS or unicodedata.category(after).startswith("M")


def _flag_letters_before(text: str, place: int) -> int:
    count = 0
    while count < place and ord(text[place - 1 - count]) in FLAG_LETTERS:
        count += 1
    return count
