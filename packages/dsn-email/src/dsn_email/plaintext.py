"""Plain text from HTML, for a message that has only HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SILENT = frozenset({"head", "script", "style", "template", "title"})
PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"})
LINES = frozenset({"div", "section", "article", "header", "footer", "tr", "dt", "dd", "li", "pre"})


def text_from_html(html: str) -> str:
    """The words of ``html``, with its paragraphs, list items and the addresses of its links."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._silent = 0
        self._pre = 0
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        self._pre += tag == "pre"
        values = {name: value or "" for name, value in attrs}
        if tag in ("ul", "ol"):
            self._break("\n" if self._lists else "\n\n")
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "a":
            self._links.append((values.get("href", ""), len(self._parts)))
        elif tag == "li":
            self._begin_item()
        elif tag == "br":
            self._parts.append("\n")
        elif tag == "hr":
            self._parts.append("\n\n----\n\n")
        elif tag == "img":
            self.handle_data(values.get("alt", ""))
        else:
            self._break_around(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in SILENT))
        self._pre = max(0, self._pre - (tag == "pre"))
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._break("\n" if self._lists else "\n\n")
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in ("td", "th"):
            self._parts.append(" ")
        else:
            self._break_around(tag)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        # Spaces of the source are one space; a NUL stands for one that must stay.
        kept = data.replace(" ", "\0").replace("\n", "\0\n") if self._pre else data
        self._parts.append(kept if self._pre else re.sub(r"\s+", " ", kept))

    def text(self) -> str:
        text = "".join(self._parts)
        text = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", text))
        text = re.sub(r"\n{3,}", "\n\n", text).replace("\0\n", "\n").replace("\0", " ")
        return text.strip()

    def _begin_item(self) -> None:
        self._break("\n")
        depth = max(0, len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        mark = "-" if number is None else f"{number + 1}."
        self._parts.append("\0\0" * depth + mark + "\0")

    def _end_link(self, href: str, start: int) -> None:
        words = "".join(self._parts[start:]).strip()
        address = href.removeprefix("mailto:").removeprefix("tel:")
        if href.startswith("#") or self._silent or not address or address == words:
            return
        self._parts.append(f" ({address})" if words else address)

    def _break_around(self, tag: str) -> None:
        if tag in PARAGRAPHS:
            self._break("\n\n")
        elif tag in LINES:
            self._break("\n")

    def _break(self, lines: str) -> None:
        if not self._silent and not "".join(self._parts[-2:]).endswith(lines):
            self._parts.append(lines)
