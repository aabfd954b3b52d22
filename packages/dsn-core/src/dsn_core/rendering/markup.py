"""Puts a subject and links into HTML, within its body."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core.contract.message import Action

WHOLE_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.I)
MAY_BE_A_LINK = re.compile(r"(?:https?|mailto|tel|sms|geo):", re.I)
"""What a link may lead to; anything else, such as ``javascript:``, is shown and not linked."""


def with_subject(html: str, subject: str) -> str:
    """``html`` with ``subject`` as its first paragraph."""
    start, _end = _body(html)
    return f"{html[:start]}<p><b>{escape(subject)}</b></p>\n{html[start:]}"


def with_links(html: str, actions: Iterable[Action]) -> str:
    """``html`` with a paragraph for each action at its end."""
    _start, end = _body(html)
    links = "".join(f"\n<p>{_link(action)}</p>" for action in actions)
    return html[:end] + links + html[end:]


def _link(action: Action) -> str:
    label, url = escape(action.label), escape(action.url)
    return f'<a href="{url}">{label}</a>' if MAY_BE_A_LINK.match(action.url) else f"{label}: {url}"


def _body(html: str) -> tuple[int, int]:
    """Where the body's content begins and ends."""
    if not WHOLE_PAGE.search(html):
        return 0, len(html)
    reader = _Reader(html)
    return reader.start, max(reader.start, reader.end)


class _Reader(HTMLParser):
    """Looks for the body; a comment that names it is none."""

    rawdata: str

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = [0, *(match.end() for match in re.finditer("\n", html))]
        self.start, self.end = 0, len(html)
        self.feed(html)

    def handle_decl(self, decl: str) -> None:
        self.start = self._position() + len(f"<!{decl}>")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("html", "body"):
            self.start = self._position() + len(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "head":
            self.start = self._position() + len("</head>")
        elif tag in ("body", "html"):
            self.end = min(self.end, self._position())

    def parse_html_declaration(self, i: int) -> int:
        """As browsers do: what begins with ``<![`` is a comment. Python's own raises."""
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    def _position(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
