"""Lines, blank lines and spans, as a reader of HTML comes upon them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from dsn_telegram import links
from dsn_telegram.rich import Rich, Span, escape

SPACE = re.compile(r"[ \t\n\r\f]+")
FAMILIES = {"strong": "b", "em": "i", "ins": "u", "strike": "s", "del": "s", "span": "tg-spoiler"}
BULLET = "•"
DEEPEST = 8
"""Levels of a list that are indented: what is nested for ever must not become all blanks."""


@dataclass(slots=True, kw_only=True)
class _Open:
    """A tag that is not closed yet. Without ``opening`` it leaves no trace."""

    tag: str
    opening: str = ""
    start: int | None = None
    piece: int = 0
    """The place of its first words among the pieces."""
    target: str = ""


class Layout:
    """Takes words and tags in the order of the page."""

    def __init__(self, *, keeps_space: bool) -> None:
        self._keeps_space = keeps_space
        self._pieces: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self._inside: Counter[str] = Counter()
        """How many of each tag, and of each family that leaves a trace, are open."""
        self._begun = 0
        """How many of the open tags have words: the outermost ones."""
        self._spans: list[tuple[int, int, int, _Open]] = []
        self._breaks = 0
        self._space = False
        self._prefix = ""
        self._lists: list[int | None] = []
        self._row_begun = False

    def add(self, words: str) -> None:
        """Words of the page, whose white space counts as it does where they stand."""
        if self._keeps_space or self._is_preformatted:
            self._write(words)
            return
        text = SPACE.sub(" ", words)
        self._space = self._space or text.startswith(" ")
        if text.strip(" "):
            self._write(text.strip(" "))
            self._space = text.endswith(" ")

    def end_line(self) -> None:
        """One line break more."""
        self._breaks += 1
        self._space = False
        if self._keeps_space or self._is_preformatted:
            self._write("")

    def apart(self, breaks: int) -> None:
        """So many line breaks at least before what follows."""
        if breaks and not self._keeps_space:
            self._breaks = max(self._breaks, breaks)
            self._space = False

    def begin_list(self, *, numbered: bool) -> None:
        """Its items are numbered from 1, or have bullets."""
        self._lists.append(0 if numbered else None)

    def end_list(self) -> None:
        """The list that was begun last."""
        if self._lists:
            self._lists.pop()

    def begin_item(self) -> None:
        """Of the list that was begun last."""
        sign = BULLET
        if self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            sign = f"{self._lists[-1]}."
        self._prefix = f"{'  ' * (min(len(self._lists), DEEPEST) - 1)}{sign} "

    def begin_row(self) -> None:
        """Of a table."""
        self._row_begun = False

    def begin_cell(self) -> None:
        """Of a row: a bar stands between two."""
        if self._row_begun:
            self._prefix, self._space = " | ", False
        self._row_begun = True

    def open(self, tag: str, attributes: str | None = "") -> None:
        """Begin ``tag``; without a trace where its ``attributes`` are None, or where it may not."""
        may = attributes is not None and self._may_open(tag)
        self._enter(_Open(tag=tag, opening=f"<{tag}{attributes}>" if may else ""))

    def open_link(self, target: str) -> None:
        """Begin a link; one that Telegram cannot show is written after its words."""
        if links.is_fit(target):
            quoted = escape(target).replace('"', "&quot;")
            self.open("a", f' href="{quoted}"')
        else:
            self._enter(_Open(tag="a", target=target))

    def close(self, tag: str) -> None:
        """End the tag that was opened last, which is ``tag``."""
        if not self._open or self._open[-1].tag != tag:
            return
        if self._open[-1].target:
            self._spell_out(self._open[-1])
        span = self._open.pop()
        self._begun = min(self._begun, len(self._open))
        self._inside.subtract(_marks(span))
        if span.opening and span.start is not None:
            # Of two that begin together, the outer one was opened first.
            self._spans.append((span.start, len(self._open), self._length, span))

    def rich(self) -> Rich:
        """What was taken."""
        spans = sorted(self._spans, key=lambda found: found[:2])
        return Rich(
            text="".join(self._pieces),
            spans=tuple(
                Span(start=start, end=end, tag=span.tag, opening=span.opening)
                for start, _depth, end, span in spans
            ),
        )

    def _write(self, text: str) -> None:
        lead = "\n" * self._breaks if self._pieces or self._keeps_space else ""
        if self._space and not lead and self._pieces and not self._prefix:
            lead = " "
        self._put(lead + self._prefix)
        self._breaks, self._space, self._prefix = 0, False, ""
        if not text:
            return
        for span in self._open[self._begun :]:
            span.start, span.piece = self._length, len(self._pieces)
        self._begun = len(self._open)
        self._put(text)

    def _put(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._length += len(text)

    def _may_open(self, tag: str) -> bool:
        """Telegram nests nothing in itself, and in code and pre nothing at all."""
        family, inside = f"<{FAMILIES.get(tag, tag)}>", self._inside
        if inside[family] or inside["<code>"]:
            return False
        return not inside["<pre>"] or family == "<code>"

    @property
    def _is_preformatted(self) -> bool:
        return self._inside["pre"] > 0

    def _enter(self, span: _Open) -> None:
        self._open.append(span)
        self._inside.update(_marks(span))

    def _spell_out(self, link: _Open) -> None:
        """``Write us (ada@example.org)``, unless the words say so already."""
        target = link.target.removeprefix("mailto:").removeprefix("tel:")
        words = "".join(self._pieces[link.piece :]) if link.start is not None else ""
        if ":" in link.target and target not in words:
            self._space = False
            self._write(f" ({target})" if words else target)


def _marks(span: _Open) -> tuple[str, ...]:
    """What it counts as, in constant time however many are open: nesting may be deep."""
    if not span.opening:
        return (span.tag,)
    return span.tag, f"<{FAMILIES.get(span.tag, span.tag)}>"
