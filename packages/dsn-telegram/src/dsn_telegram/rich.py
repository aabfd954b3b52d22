"""A text with its formatting beside it, and the HTML that Telegram reads made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """``text[start:end]`` stands within ``tag``, which ``opening`` opens."""

    start: int
    end: int
    tag: str
    opening: str

    def moved(self, by: int) -> Span:
        """The same, so many characters later."""
        return replace(self, start=self.start + by, end=self.end + by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rich:
    """``text`` without any markup, and ``spans``, outer before inner, properly nested."""

    text: str
    spans: tuple[Span, ...] = ()

    def then(self, other: Rich) -> Rich:
        """This, a blank line, and ``other``; nothing is added to nothing."""
        if not self.text or not other.text:
            return self if self.text else other
        text = f"{self.text}\n\n"
        spans = (span.moved(len(text)) for span in other.spans)
        return Rich(text=text + other.text, spans=(*self.spans, *spans))

    def html(self, start: int, end: int) -> str:
        """``text[start:end]`` in Telegram's HTML; a tag that is cut is closed and opened again."""
        if not self.spans:
            return escape(self.text[start:end])
        return "".join(self._pieces(start, end))

    def spans_within(self, start: int, end: int) -> Iterator[Span]:
        """Those that touch ``text[start:end]``."""
        return (span for span in self.spans if span.start < end and span.end > start)

    def _pieces(self, start: int, end: int) -> Iterator[str]:
        inside: list[Span] = []
        at = start
        for span in self.spans_within(start, end):
            begins = max(span.start, start)
            while inside and inside[-1].end <= begins:
                yield from self._closed(at, inside[-1])
                at = max(at, inside.pop().end)
            yield escape(self.text[at:begins]) + span.opening
            at = begins
            inside.append(span)
        for span in reversed(inside):
            stop = min(span.end, end)
            yield f"{escape(self.text[at:stop])}</{span.tag}>"
            at = max(at, stop)
        yield escape(self.text[at:end])

    def _closed(self, at: int, span: Span) -> Iterable[str]:
        yield f"{escape(self.text[at : span.end])}</{span.tag}>"


def bold(text: str) -> Rich:
    """``text`` in bold."""
    return Rich(text=text, spans=(Span(start=0, end=len(text), tag="b", opening="<b>"),))


def escape(text: str) -> str:
    """``text`` as Telegram's HTML has it; it knows no other names than lt, gt, amp and quot."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
