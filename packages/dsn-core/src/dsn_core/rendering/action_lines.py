"""The actions of a stored template: a label and an address per line, each template source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_core.exceptions import TemplateRefused
from dsn_core.rendering.locked import compile_locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.template import Template

BETWEEN = " = "
"""The first of a line parts label and address; ``a == b`` and ``?a=b`` do not."""
MOST_ACTIONS = 20
"""Each is rendered on its own, so that many would undo the locked engine's limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """One line, compiled. ``number`` counts from 1, as an editor does."""

    number: int
    label: Template
    url: Template


def compiled_lines(source: str) -> tuple[ActionLine, ...]:
    """The actions of ``source``, without its blank lines.

    Raises ``TemplateRefused``, whose message names the line.
    """
    lines = tuple(_numbered(source))
    if len(lines) > MOST_ACTIONS:
        raise TemplateRefused(f"There are {len(lines)}; at most {MOST_ACTIONS} can be.")
    return tuple(_compiled(number, line) for number, line in lines)


def _numbered(source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.split("\n"), start=1):
        if line.strip():
            yield number, line.strip()


def _compiled(number: int, line: str) -> ActionLine:
    label, found, url = line.partition(BETWEEN)
    if not found:
        raise TemplateRefused(
            f"Line {number}: Write a label, an equals sign between two blanks, and where it "
            "leads: Your order = /orders/7/"
        )
    return ActionLine(number=number, label=_part(number, label), url=_part(number, url))


def _part(number: int, source: str) -> Template:
    """``source`` below as many lines as stand above it, so that Django names the right one."""
    try:
        return compile_locked("\n" * (number - 1) + source)
    except TemplateRefused as error:
        named = f"line {number}" in str(error).lower()
        raise error if named else TemplateRefused(f"Line {number}: {error}") from error
