"""How a text is cut into segments, each of which is paid for. Pure: no Django, no network.

GSM-7 has a basic alphabet and an extension, whose characters take two places; a text with any
other character is sent as UCS-2, where one outside the Basic Multilingual Plane takes two. What
takes two places is never divided between segments.
https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding (3GPP TS 23.038, 6.2.1)
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from dsn_sms.smart_encoding import smart_encode

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
ALPHABET = BASIC | EXTENSION
ALONE = {"GSM-7": 160, "UCS-2": 70}
"""Places in a text of one segment."""
AMONG_OTHERS = {"GSM-7": 153, "UCS-2": 67}
"""Places in each segment of several: a header that joins them takes the rest."""
ELLIPSES = {"GSM-7": "...", "UCS-2": "…"}
JOINER = "\u200d"
MODIFIERS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), 0x200D, 0x20E3]))
"""What changes the sign before it: variation selectors, skin tones, joiners, keycaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """A text in segments.

    * ``encoding``: ``"GSM-7"`` or ``"UCS-2"``.
    * ``parts``: the text of each segment, in order.
    * ``units``: the places that all of it takes: septets of GSM-7, or UTF-16 units.
    * ``foreign``: the characters that GSM-7 lacks, each once, in order; empty for GSM-7.
    """

    encoding: Encoding
    parts: tuple[str, ...]
    units: int
    foreign: str = ""

    @property
    def count(self) -> int:
        """How many segments are paid for."""
        return len(self.parts)


def split_segments(text: str, *, smart_encoded: bool = False) -> Segments:
    """``text`` in segments; with ``smart_encoded``, as Twilio's smart encoding writes it.

    Example: ``split_segments("Заказ оплачен").encoding == "UCS-2"``
    """
    if smart_encoded:
        text = smart_encode(text)
    foreign = "".join(dict.fromkeys(each for each in text if each not in ALPHABET))
    encoding: Encoding = "UCS-2" if foreign else "GSM-7"
    sizes = [_size(each, encoding) for each in text]
    units = sum(sizes)
    parts: tuple[str, ...] = (text,)
    if units > ALONE[encoding]:
        parts = _filled(text, sizes, AMONG_OTHERS[encoding])
    return Segments(encoding=encoding, parts=parts, units=units, foreign=foreign)


def count_segments(text: str, *, smart_encoded: bool = False) -> int:
    """How many segments ``text`` takes; at least one.

    Example: ``count_segments("x" * 161) == 2``
    """
    return split_segments(text, smart_encoded=smart_encoded).count


def cut_to_segments(text: str, most: int, *, smart_encoded: bool = False) -> str:
    """``text``, or the longest beginning of it that takes ``most`` segments with an ellipsis.

    No sign is cut in two: an emoji keeps its skin tone, a letter its accent. The ellipsis is
    "..." where the rest is GSM-7, else "…".

    Example: ``cut_to_segments("x" * 200, 1) == "x" * 157 + "..."``
    """
    if count_segments(text, smart_encoded=smart_encoded) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        shortened = _ended(text[:middle], smart_encoded)
        if count_segments(shortened, smart_encoded=smart_encoded) <= most:
            low = middle
        else:
            high = middle - 1
    return _ended(text[: _boundary(text, low)].rstrip(), smart_encoded)


def _size(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in EXTENSION else 1
    return 2 if character > "\uffff" else 1


def _filled(text: str, sizes: list[int], room: int) -> tuple[str, ...]:
    """``text`` in parts that each take at most ``room`` places."""
    parts, start, taken = [], 0, 0
    for position, size in enumerate(sizes):
        if taken + size > room:
            parts.append(text[start:position])
            start, taken = position, 0
        taken += size
    return (*parts, text[start:])


def _ended(text: str, smart_encoded: bool) -> str:
    known = smart_encode(text) if smart_encoded else text
    return text + ELLIPSES["GSM-7" if ALPHABET.issuperset(known) else "UCS-2"]


def _boundary(text: str, position: int) -> int:
    """The last place at or before ``position`` where no sign is cut in two."""
    while 0 < position < len(text) and (_belongs(text[position]) or text[position - 1] == JOINER):
        position -= 1
    return position


def _belongs(character: str) -> bool:
    """Does it change the sign before it?"""
    return character in MODIFIERS or unicodedata.combining(character) != 0
