"""Tables for a terminal, in which wide letters and emoji do not push the columns about."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = "  "
EMOJI_STYLE = "\N{VARIATION SELECTOR-16}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = 120) -> str:
    """``rows`` under ``head``, in columns. The last column is cut where a line would be longer."""
    widths = [max(map(columns, cells)) for cells in zip(head, *rows, strict=True)]
    used = sum(widths[:-1]) + len(GAP) * (len(widths) - 1)
    widths[-1] = min(widths[-1], width - used)
    lines = [head, ["─" * size for size in widths], *rows]
    return "\n".join(_line(cells, widths) for cells in lines)


def columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    return sum(map(_columns_of, _clusters(text)))


def cut(text: str, width: int) -> str:
    """``text``, or as much of it as fits ``width`` with an ellipsis."""
    if columns(text) <= width:
        return text
    kept, used = "", 1
    for cluster in _clusters(text):
        used += _columns_of(cluster)
        if used > width:
            break
        kept += cluster
    return kept.rstrip() + "…"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [cut(cell, size) for cell, size in zip(cells, widths, strict=True)]
    padded = [cell + " " * (size - columns(cell)) for cell, size in zip(shown, widths, strict=True)]
    return GAP.join(padded).rstrip()


def _clusters(text: str) -> Iterator[str]:
    """The letters of ``text``, each with the marks that stand on it."""
    cluster = ""
    for letter in text:
        if cluster and not _is_mark(letter):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Me", "Cf")


def _columns_of(cluster: str) -> int:
    if _is_mark(cluster[0]):
        return 0
    wide = unicodedata.east_asian_width(cluster[0]) in "WF" or EMOJI_STYLE in cluster
    return 2 if wide else 1
