"""Plain text from HTML: its words, its shape, and where its links lead."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNSEEN = frozenset({"head", "script", "style", "template", "title", "noscript", "svg"})
APART = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre", "figure", "form"}
)
"""What stands between empty lines; a list does so too, unless it is within another."""
ON_ITS_OWN = frozenset(
    {"div", "section", "article", "main", "nav", "aside", "header", "footer", "address"}
    | {"tr", "dl", "dt", "dd", "figcaption", "fieldset", "caption", "body", "html"}
)
"""What stands on a line of its own."""
LEADS_SOMEWHERE = re.compile(r"(?!data:|javascript:|vbscript:|cid:)[a-z][a-z0-9+.-]*:\S", re.I)
SPACES = re.compile(r"[ \t\n\r\f\v]+")
"""What HTML folds into one space; one that may not break is none of it."""
RULER = "---"
INDENT = "  "


@lru_cache(maxsize=32)
def text_from_html(html: str) -> str:
    """What a reader of ``html`` would read.

    Paragraphs are kept apart, items are marked or numbered, the cells of a row stand on one line.
    A link is followed by where it leads, in brackets, unless its words say that already. What is
    no text (styles, scripts, the head) is left out; an image is its ``alt``. The last few are
    remembered: what many are told in the same words is read once.
    """
    reader = _Reader()
    reader.feed(_closed(html))
    reader.close()
    return reader.sheet.text()


def _closed(html: str) -> str:
    """``html`` without what begins and never ends: it is text then.

    Python's parser, until its releases of summer 2025, looks for each such end anew: sixty
    kilobytes of ``<a `` took it a minute and a half.
    """
    last = html.rfind("-->") + 1
    html = html[:last] + html[last:].replace("<!--", "&lt;!--")
    last = html.rfind(">") + 1
    return html[:last] + html[last:].replace("<", "&lt;")


class _Sheet:
    """The text so far. What separates words is written once the next word comes."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0
        self._space = False
        self._mark = ""

    def text(self) -> str:
        """All of it."""
        return "".join(self._parts).rstrip()

    def __len__(self) -> int:
        return len(self._parts)

    def since(self, position: int) -> str:
        """What was written after there were ``position`` parts."""
        return "".join(self._parts[position:]).strip()

    def part(self, lines: int) -> None:
        """Let the next word begin a line, after ``lines - 1`` empty ones."""
        # An item's mark waits for its first word, and stays with it.
        if not self._mark:
            self._breaks = max(self._breaks, lines)

    def turn(self) -> None:
        """One line further, each time."""
        self._breaks += 1

    def mark(self, mark: str) -> None:
        """Begin an item."""
        self.unmark()
        self.part(1)
        self._mark = mark

    def unmark(self) -> None:
        """Forget the mark of an item that had no words."""
        self._mark = ""

    def space(self) -> None:
        """Words are apart here, if only by a space."""
        self._space = True

    def flow(self, data: str) -> None:
        """Words of a paragraph: their spaces and lines are those of the source, not the text's."""
        words = SPACES.sub(" ", data)
        bare = words.strip(" ")
        if not bare:
            self._space = self._space or bool(words)
            return
        self._space = self._space or words[0] == " "
        self.write(bare)
        self._space = words[-1] == " "

    def write_after(self, words: str) -> None:
        """Words that belong to those before them."""
        breaks, self._breaks = self._breaks, 0
        space, self._space = self._space, True
        self.write(words)
        self._breaks, self._space = breaks, space

    def write(self, words: str) -> None:
        """Words as they are, after what has to stand before them."""
        if self._parts:
            self._parts.append("\n" * self._breaks or " " * self._space)
        self._parts.append(self._mark + words)
        self._breaks, self._space, self._mark = 0, False, ""


class _Reader(HTMLParser):
    rawdata: str

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sheet = _Sheet()
        self._unseen: list[str] = []
        self._pre = 0
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            # A head that nobody has closed ends here.
            self._unseen.clear()
        if tag in UNSEEN:
            self._unseen.append(tag)
        if not self._unseen:
            self._open(tag, {name: value or "" for name, value in attrs})

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # As browsers read it: the slash closes nothing that is not empty anyway.
        if tag not in UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            del self._unseen[self._unseen.index(tag) :]
        elif not self._unseen:
            self._close(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen or not data:
            return
        if self._pre:
            self.sheet.write(data)
        else:
            self.sheet.flow(data)

    def parse_html_declaration(self, i: int) -> int:
        """As browsers do: what begins with ``<![`` is a comment. Python's own raises."""
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    def _open(self, tag: str, values: Mapping[str, str]) -> None:
        match tag:
            case "ul" | "ol" | "menu":
                self._open_list(tag, values)
            case "li":
                self._open_item()
            case "a":
                self._links.append((values.get("href", "").strip(), len(self.sheet)))
            case "br":
                self.sheet.turn()
            case "img":
                self.handle_data(values.get("alt", ""))
            case "hr":
                self._rule()
            case _:
                self._pre += tag == "pre"
                self._part(tag)

    def _close(self, tag: str) -> None:
        match tag:
            case "ul" | "ol" | "menu":
                self._close_list()
            case "a":
                self._close_link()
            case _:
                self._pre = max(0, self._pre - (tag == "pre"))
                self._part(tag)

    def _part(self, tag: str) -> None:
        if tag in APART:
            self.sheet.part(2)
        elif tag in ON_ITS_OWN:
            self.sheet.part(1)
        elif tag in ("td", "th"):
            self.sheet.space()

    def _rule(self) -> None:
        self.sheet.part(2)
        self.sheet.write(RULER)
        self.sheet.part(2)

    def _open_list(self, tag: str, values: Mapping[str, str]) -> None:
        self.sheet.part(1 if self._lists else 2)
        start = values.get("start", "")
        first = int(start) if re.fullmatch(r"-?[0-9]{1,6}", start) else 1
        self._lists.append(first if tag == "ol" else None)

    def _close_list(self) -> None:
        if self._lists:
            self._lists.pop()
        self.sheet.unmark()
        self.sheet.part(1 if self._lists else 2)

    def _open_item(self) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        sign = "-" if number is None else f"{number}."
        self.sheet.mark(INDENT * max(0, len(self._lists) - 1) + sign + " ")

    def _close_link(self) -> None:
        if not self._links:
            return
        href, start = self._links.pop()
        target = re.sub(r"^(mailto|tel):", "", href, flags=re.I)
        words = self.sheet.since(start)
        if LEADS_SOMEWHERE.match(href) and target.rstrip("/") != words.rstrip("/"):
            self.sheet.write_after(f"({target})" if words else target)
