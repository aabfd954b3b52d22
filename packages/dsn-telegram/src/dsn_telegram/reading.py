"""From any HTML to what Telegram can show: a text, and bold, links and the like beside it.

nh3 takes out what is dangerous; then paragraphs, headings, lists and tables become lines.
"""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from dsn_telegram.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    import nh3

    from dsn_telegram.rich import Rich

INLINE = frozenset({"a", "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre"})
INLINE |= {"blockquote", "span", "tg-spoiler"}
"""Telegram's own tags: https://core.telegram.org/bots/api#html-style"""
HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
LINES = frozenset({"address", "article", "aside", "dd", "div", "dl", "dt", "figcaption", "figure"})
LINES |= {"footer", "header", "main", "nav", "ol", "section", "table", "tr", "ul"}
PARAGRAPHS = HEADINGS | {"hr", "p"}
PARTS = frozenset({"br", "img", "li", "td", "th"})
GONE = frozenset({"script", "style", "title", "template", "noscript"})
LAID_OUT = re.compile(
    rf"<(?:{'|'.join(sorted(LINES | PARAGRAPHS | PARTS - {'img'}))}|body|html)\b", re.IGNORECASE
)
SPOILER = "tg-spoiler"
LANGUAGE = re.compile(r"language-[\w+#.-]+")


def read(html: str) -> Rich:
    """``html`` as Telegram can show it.

    Where it has any paragraph, line break, list or the like, white space means what it means in
    HTML; where it has none, it was written for Telegram, and its line breaks are kept.
    """
    reader = _Reader(Layout(keeps_space=LAID_OUT.search(html) is None))
    reader.feed(_cleaner().clean(html))
    reader.close()
    return reader.layout.rich()


@cache
def _cleaner() -> nh3.Cleaner:
    import nh3

    return nh3.Cleaner(
        tags=set(INLINE | LINES | PARAGRAPHS | PARTS),
        clean_content_tags=set(GONE),
        attributes={
            "a": {"href"},
            "img": {"alt"},
            "code": {"class"},
            "blockquote": {"expandable"},
            "span": {"class"},
        },
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel", "tg"},
    )


class _Reader(HTMLParser):
    """Reads what nh3 wrote, which is well-formed."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(convert_charrefs=True)
        self.layout = layout

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in INLINE:
            self._open(tag, values)
        elif tag == "img":
            self.layout.add(values.get("alt", ""))
        elif tag == "br":
            self.layout.end_line()
        else:
            self._lay_out(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in INLINE:
            self.layout.close(tag)
        elif tag in HEADINGS:
            self.layout.close("b")
        if tag in {"ol", "ul"}:
            self.layout.end_list()
        self.layout.apart(_distance(tag))

    def handle_data(self, data: str) -> None:
        self.layout.add(data)

    def _open(self, tag: str, values: Mapping[str, str]) -> None:
        self.layout.apart(_distance(tag))
        if tag == "a":
            self.layout.open_link(values.get("href", ""))
        elif tag == "span":
            hides = SPOILER in values.get("class", "").split()
            self.layout.open(tag, f' class="{SPOILER}"' if hides else None)
        elif tag == "code" and LANGUAGE.fullmatch(values.get("class", "")):
            self.layout.open(tag, f' class="{values["class"]}"')
        elif tag == "blockquote" and "expandable" in values:
            self.layout.open(tag, " expandable")
        else:
            self.layout.open(tag)

    def _lay_out(self, tag: str) -> None:
        self.layout.apart(_distance(tag))
        if tag in HEADINGS:
            self.layout.open("b")
        elif tag in {"ol", "ul"}:
            self.layout.begin_list(numbered=tag == "ol")
        elif tag == "li":
            self.layout.begin_item()
        elif tag == "tr":
            self.layout.begin_row()
        elif tag in {"td", "th"}:
            self.layout.begin_cell()


def _distance(tag: str) -> int:
    """How many line breaks stand between ``tag`` and what is around it."""
    if tag in PARAGRAPHS:
        return 2
    return 1 if tag in LINES or tag in {"blockquote", "li", "pre"} else 0
