"""From a message to the text that X is given.

The core has put subject and actions into the text, and has cut it by what the messenger measures.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from dsn_twitter.links import BARE_NAME, find_links
from dsn_twitter.weighing import weigh

if TYPE_CHECKING:
    from dsn_core import Message
    from dsn_twitter.links import Link

FORBIDDEN = re.compile("[\0\ufeff\ufffe\uffff\ud800-\udfff]")
"""What X refuses in a text, or no text can carry."""
EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|<\s*>|\"\s*\"")
LAST_LABEL = re.compile(r"[^.!?…]*:$")
CUT = re.compile("…[\u202c\u2069]*$")
"""The end of a text that the core has cut: an ellipsis, and what closes directions of writing."""
CUT_ABOVE = 30
"""A text that the core has cut is by less than this shorter than it might be."""
SIGNS = " -\u2013,;.:"
OPEN_END = ".,;:!?'&%+~*|@#$=-_(["
"""What may stand between the part of a link that X would take, and where it was cut."""


def compose_post(message: Message, *, links: bool, longest: int) -> str:
    """The text of a post; empty where nothing is left."""
    text = clean(message.text)
    if CUT.search(text) and measure_post(text, links=links) > longest - CUT_ABOVE:
        text = drop_half_link(text)
    return text if links else leave_out_links(text)


def measure_post(text: str, *, links: bool) -> int:
    """What ``text`` weighs as it would be posted."""
    return weigh(text if links else leave_out_links(unicodedata.normalize("NFC", text)))


def clean(text: str) -> str:
    """``text`` in NFC, which X counts in, without what X refuses."""
    return unicodedata.normalize("NFC", FORBIDDEN.sub("", text)).strip()


def drop_half_link(text: str) -> str:
    """``text`` without the link that the ellipsis at its end touches.

    The core cuts between words and before ``https://``, but takes a long bare name for a word.
    """
    cut = CUT.search(text)
    if cut is None:
        return text
    for link in find_links(text):
        if link.end < cut.end() and not text[link.end : cut.start()].strip(OPEN_END):
            kept = text[: link.start].rstrip()
            apart = any(before.end == len(kept) for before in find_links(kept))
            return kept + " " * apart + text[cut.start() :]
    return text


def leave_out_links(text: str) -> str:
    """``text`` without what X would turn into a link.

    With it go brackets around it and a label with a colon before it, unless that is all there is;
    a line of which nothing is left goes as a whole. Lines without a link stay as they are.
    """
    kept: list[str] = []
    for line in text.split("\n"):
        rest = _line_without_links(line)
        label = LAST_LABEL.search(rest) if rest != line else None
        if label:
            rest = rest[: label.start()].rstrip() or ("" if any(kept) else rest.rstrip(":"))
        if rest or not line.strip():
            kept.append(rest)
    return "\n".join(kept).strip()


def _line_without_links(line: str) -> str:
    """Empty where nothing but signs is left of it."""
    found = list(find_links(line))
    if not found:
        return line
    for link in reversed(found):
        line = line[: link.start] + _tail_without(link, line)
    line = " ".join(EMPTY_BRACKETS.sub("", line).split())
    return _line_without_links(line) if line.strip(SIGNS) else ""


def _tail_without(link: Link, line: str) -> str:
    """``line`` from where ``link`` begins, without it."""
    tail, length = line[link.start :], link.end - link.start
    if link.extra and "://" not in tail[:length]:
        # It is not certain, and may have words around it in a script without spaces.
        rest = BARE_NAME.sub(lambda name: name[0] if name.start() >= length else "", tail)
        if rest != tail:
            return rest
    return tail[length:]
