"""The rules by which Telegram reads HTML, for ``dsn_telegram.testing``; stricter than any browser.

https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dsn_telegram.counting import length

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
TAG = re.compile(r"<(/?)([^\s<>/]*)([^<>]*)>")
ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+)))?""")
MOST = 100
"""Entities of a message; what is more is left out without a word."""


class Unparsable(ValueError):
    """Telegram cannot read this HTML; the message says why, as Telegram does."""


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    attributes: dict[str, str]


@dataclass(slots=True)
class _Page:
    text: str = ""
    stack: list[_Open] = field(default_factory=list)
    entities: list[dict[str, object]] = field(default_factory=list)


def parse(html: str) -> tuple[str, list[dict[str, object]]]:
    """The text and its entities, their places in UTF-16 units. Raises ``Unparsable``."""
    page = _Page()
    position = 0
    while position < len(html):
        begin = html.find("<", position)
        stop = len(html) if begin < 0 else begin
        page.text += REFERENCE.sub(_character, html[position:stop])
        if begin < 0:
            break
        position = _tag(html, begin, page)
    if page.stack:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{page.stack[-1].tag}"')
    return _trimmed(page)


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 else found[0]


def _tag(html: str, begin: int, page: _Page) -> int:
    """Read the tag that begins at ``begin``; where it ends."""
    place = len(html[:begin].encode())
    found = TAG.match(html, begin)
    if found is None:
        kind = "end" if html.startswith("</", begin) else "start"
        raise Unparsable(f"Unclosed {kind} tag at byte offset {place}")
    slash, name, rest = found.groups()
    if slash:
        _close(name.lower(), place, page)
    else:
        _open(name.lower(), rest, place, page)
    return found.end()


def _open(name: str, rest: str, place: int, page: _Page) -> None:
    if name not in KINDS:
        raise Unparsable(f'Unsupported start tag "{name}" at byte offset {place}')
    attributes = {
        found[1].lower(): REFERENCE.sub(_character, found[2] or found[3] or found[4] or "")
        for found in ATTRIBUTE.finditer(rest)
    }
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise Unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {place}')
    page.stack.append(_Open(name, len(page.text), attributes))


def _close(name: str, place: int, page: _Page) -> None:
    if not page.stack:
        raise Unparsable(f"Unexpected end tag at byte offset {place}")
    opened = page.stack.pop()
    if name not in {"", opened.tag}:
        raise Unparsable(
            f"Unmatched end tag at byte offset {place}, "
            f'expected "</{opened.tag}>", found "</{name}>"'
        )
    words = page.text[opened.start :]
    if words:
        page.entities.append(_entity(opened, page.text, words))


def _entity(opened: _Open, text: str, words: str) -> dict[str, object]:
    entity: dict[str, object] = {
        "type": KINDS[opened.tag],
        "offset": length(text[: opened.start]),
        "length": length(words),
    }
    if opened.tag == "a":
        entity["url"] = opened.attributes.get("href") or words
    if opened.tag == "blockquote" and "expandable" in opened.attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def _trimmed(page: _Page) -> tuple[str, list[dict[str, object]]]:
    """Without white space at both ends, and the outer entity before the inner one."""
    text = page.text.strip()
    lead = length(page.text) - length(page.text.lstrip())
    whole = length(text)
    kept = []
    for entity in page.entities:
        start = max(0, int(str(entity["offset"])) - lead)
        end = min(whole, int(str(entity["offset"])) + int(str(entity["length"])) - lead)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    kept.reverse()  # Of two in one place the inner one was closed first.
    kept.sort(key=lambda entity: (int(str(entity["offset"])), -int(str(entity["length"]))))
    return text, kept[:MOST]
