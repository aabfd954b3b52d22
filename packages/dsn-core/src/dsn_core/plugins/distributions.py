"""Entry points, read distribution by distribution: broken metadata of one hides no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importlib_metadata import Distribution

from dsn_core.conf import normalize_distribution
from dsn_core.plugins.found import CORE, Found, guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importlib_metadata import EntryPoint

GROUP = "dsn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One entry point, and the plugin that it makes; without it, only what is wrong."""

    found: Found
    point: EntryPoint | None


def sources() -> tuple[Source, ...]:
    """One for each entry point in the group, core's first, then by name.

    Of two installed distributions with one name, the first on ``sys.path`` counts.
    """
    return tuple(sorted(_unsorted(), key=_order))


def _order(source: Source) -> tuple[bool, str, str]:
    found = source.found
    return found.distribution != CORE, found.distribution, found.module


def _unsorted() -> Iterator[Source]:
    seen: set[str] = set()
    for distribution in Distribution.discover():
        if not _mentions_group(distribution):
            continue
        name = _read(distribution, "name")
        key = normalize_distribution(name) if name else f"unknown ({distribution.locate_file('')})"
        if key not in seen:
            seen.add(key)
            yield from _sources_of(distribution, key, nameless=not name)


def _mentions_group(distribution: Distribution) -> bool:
    """Does it say ``[dsn]`` anywhere? Asked first, for most have never heard of us."""
    try:
        return f"[{GROUP}]" in (distribution.read_text("entry_points.txt") or "")
    except (OSError, UnicodeDecodeError):
        return False


def _read(distribution: Distribution, name: str) -> str:
    """The ``name`` or ``version`` in its metadata, empty where it cannot be read."""
    try:
        return str(getattr(distribution, name) or "")
    except Exception:  # noqa: BLE001  metadata may be broken in any way
        return ""


def _sources_of(distribution: Distribution, name: str, *, nameless: bool) -> Iterator[Source]:
    version = _read(distribution, "version") or "unknown"
    whole = Found(distribution=name, version=version, module="")
    points: list[EntryPoint] = []
    with guarded(whole, "Reading its entry points"):
        points = [point for point in distribution.entry_points if point.group == GROUP]
    if whole.faults:
        yield Source(found=whole, point=None)
    for point in points:
        found = Found(distribution=name, version=version, module=point.value)
        if nameless or version == "unknown":
            found.blame("Its metadata has no name or no version.", "Install it again.")
        yield Source(found=found, point=point)
