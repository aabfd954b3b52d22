"""Asks each plugin for what it brings; each, and each of its hooks, guarded by itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pluggy

from dsn_core.contract import hookspecs
from dsn_core.plugins.complaints import complaints
from dsn_core.plugins.distributions import sources
from dsn_core.plugins.found import CORE, Found, guarded
from dsn_core.plugins.offers import HOOK_KINDS, Offer, describe_item

if TYPE_CHECKING:
    from importlib_metadata import EntryPoint

__all__ = ["CORE", "discover"]

MOST_ITEMS = 1000
"""A hook that gives more is broken, or endless."""
Marks = Mapping[str, object]


def discover(*, disabled: frozenset[str] = frozenset()) -> tuple[Found, ...]:
    """Every distribution with an entry point in the group ``dsn``, core's own first.

    ``disabled`` holds the normalised names of distributions that are not to be loaded.
    """
    found = sources()
    for source in found:
        source.found.disabled = source.found.distribution in disabled
        if source.point is not None and not source.found.disabled:
            _ask_plugin(source.found, source.point)
    return tuple(source.found for source in found)


def _ask_plugin(found: Found, point: EntryPoint) -> None:
    with guarded(found, f"Importing {point.value}"):
        for name, marks, function in _marked(found, point.load()):
            with guarded(found, f"Registering {name}"):
                _register(found, name, marks, function)


def _marked(found: Found, plugin: object) -> Iterator[tuple[str, Marks, object]]:
    """Each function of ``plugin`` that is marked as a hook; the others are complained about."""
    for name in dir(plugin):
        function, marks = _marks_of(plugin, name)
        if marks is not None:
            yield str(marks.get("specname") or name), marks, function
        elif name in HOOK_KINDS and inspect.isroutine(function):
            found.blame(f"{name} is not marked.", "Put @hookimpl above it.")


def _marks_of(plugin: object, name: str) -> tuple[object, Marks | None]:
    """The thing of this name, and what ``@hookimpl`` said of it, if it did."""
    try:
        function = getattr(plugin, name)
        marks = getattr(function, f"{hookspecs.PROJECT}_impl", None)
    except Exception:  # noqa: BLE001  a proxy that is not ready is no hook
        return None, None
    return function, marks if isinstance(marks, dict) else None


def _register(found: Found, name: str, marks: Marks, function: object) -> None:
    if name not in HOOK_KINDS:
        if not marks.get("optionalhook"):
            found.blame(f"There is no hook {name!r}.", f"There are {', '.join(HOOK_KINDS)}.")
        return
    if marks.get("wrapper") or marks.get("hookwrapper"):
        found.blame(f"{name} is a hook wrapper.", "DSN's hooks only provide: use plain @hookimpl.")
        return
    # One manager for each: what fails to register may stay behind in its manager.
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(SimpleNamespace(**{name: function}), name=found.distribution)
    # Not through ``manager.hook``: one implementation that raises would lose all the others.
    for implementation in getattr(manager.hook, name).get_hookimpls():
        _ask(found, name, implementation)


def _ask(found: Found, name: str, implementation: pluggy.HookImpl) -> None:
    """Call one hook; what it gave before it raised is kept."""
    given: list[object] = []
    with guarded(found, f"{name}()"):
        result: object = implementation.function()
        if isinstance(result, (str, bytes)) or not isinstance(result, Iterable):
            found.blame(f"{name}() returned {describe_item(result)}.", "Return a list.")
            return
        for item in islice(result, MOST_ITEMS + 1):
            given.append(item)  # noqa: PERF402  one by one, so that a raise loses none
    if len(given) > MOST_ITEMS:
        found.blame(f"{name}() gave more than {MOST_ITEMS} items.", "The rest was left out.")
    for item in given[:MOST_ITEMS]:
        with guarded(found, f"Looking at {describe_item(item)} from {name}()"):
            _take(found, name, item)


def _take(found: Found, name: str, item: object) -> None:
    kind = HOOK_KINDS[name]
    wrong = list(complaints(kind, item, core=found.distribution == CORE))
    if wrong:
        found.blame(
            f"{describe_item(item)} from {name}() {'; it '.join(wrong)}.",
            "It is left out until it fulfils the contract.",
        )
        return
    found.offers.append(
        Offer(
            kind=kind,
            key=getattr(item, "key", ""),
            label=getattr(item, "label", ""),
            item=item,
            distribution=found.distribution,
            version=found.version,
        )
    )
