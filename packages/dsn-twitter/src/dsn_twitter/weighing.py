"""How long X finds a post, by the third configuration of twitter-text.

A post weighs 280 at most. Most letters of most alphabets weigh one, all else (Chinese, Japanese,
Korean, emoji) two; an emoji of several code points two in all; a link 23, however long it is.
https://docs.x.com/fundamentals/counting-characters
"""

from __future__ import annotations

import re
import unicodedata

from dsn_twitter.emoji import EMOJI
from dsn_twitter.links import find_links

HEAVIEST = 280
LINK = 23
HEAVY = re.compile("[^\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
"""What weighs two: all but the ranges 0 to 4351, 8192 to 8205, 8208 to 8223 and 8242 to 8247."""


def weigh(text: str) -> int:
    """The weighted length of ``text``: what X counts, or a little more, never less."""
    text = unicodedata.normalize("NFC", text)
    if "." not in text:
        return _plain(text)
    weight = at = 0
    for link in find_links(text):
        weight += _plain(text[at : link.start])
        written = _plain(text[link.start : link.end])
        weight += _of_link(written, link.extra)
        at = link.end
    return weight + _plain(text[at:])


def _of_link(written: int, extra: int | None) -> int:
    if extra is None:
        return LINK
    return written + extra * LINK if extra else max(LINK, written)


def _plain(text: str) -> int:
    if text.isascii():
        return len(text)
    rest, emoji = EMOJI.subn("", text)
    return 2 * emoji + len(rest) + len(HEAVY.findall(rest))
