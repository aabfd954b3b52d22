"""Finds plugins by their entry points and asks each for what it brings; each guarded by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from types import SimpleNamespace

import pluggy
from importlib_metadata import EntryPoint, entry_points

from dsn_core.conf import normalize_distribution
from dsn_core.contract import hookspecs
from dsn_core.plugins.offers import HOOK_KINDS, Fault, Offer, complaints, describe_item

CORE = "dsn-core"
MOST_ITEMS = 1000
"""A hook that gives more is broken, or endless."""


@dataclass(slots=True, kw_only=True)
class Found:
    """One plugin: its distribution, and what came of asking it."""

    distribution: str
    version: str
    module: str
    disabled: bool = False
    offers: list[Offer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, message: str, hint: str = "") -> None:
        """Note that something is wrong with this plugin."""
        self.faults.append(Fault(distribution=self.distribution, message=message, hint=hint))


@contextmanager
def guarded(found: Found, doing: str) -> Iterator[None]:
    """Note what a plugin's code raises, be it a ``SystemExit``, and go on."""
    try:
        yield
    except (Exception, SystemExit) as error:
        found.blame(f"{doing} raised {type(error).__name__}: {error}", _hint_for(found, error))


def _hint_for(found: Found, error: BaseException) -> str:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing and missing.partition(".")[0] != found.module.partition(".")[0]:
        return f"Install what provides the module {missing!r}."
    return f"Mend or uninstall {found.distribution}, or name it in DSN['DISABLED_PLUGINS']."


def discover(*, disabled: frozenset[str] = frozenset()) -> tuple[Found, ...]:
    """Every distribution with an entry point in the group ``dsn``, core's own first.

    ``disabled`` holds the normalised names of distributions that are not to be loaded.
    """
    points = sorted(entry_points(group=hookspecs.PROJECT), key=_order)
    return tuple(_discover_one(point, disabled) for point in points)


def _order(point: EntryPoint) -> tuple[bool, str, str]:
    name = _distribution_of(point)
    return name != CORE, name, point.name


def _distribution_of(point: EntryPoint) -> str:
    name = point.dist.name if point.dist is not None else None
    return normalize_distribution(name or f"unknown ({point.value})")


def _discover_one(point: EntryPoint, disabled: frozenset[str]) -> Found:
    version = (point.dist.version if point.dist is not None else None) or "unknown"
    found = Found(distribution=_distribution_of(point), version=version, module=point.value)
    if found.distribution in disabled:
        found.disabled = True
        return found
    with guarded(found, f"Importing {point.value}"):
        plugin = point.load()
        for name, function in _marked(found, plugin):
            with guarded(found, f"Registering {name}"):
                _register(found, name, function)
    return found


def _marked(found: Found, plugin: object) -> Iterator[tuple[str, object]]:
    """Each function of ``plugin`` that is marked as a hook; the others are complained about."""
    for name in dir(plugin):
        function = getattr(plugin, name, None)
        marks = getattr(function, "dsn_impl", None)
        if isinstance(marks, dict):
            yield marks.get("specname") or name, function
        elif name.startswith("dsn_") and callable(function) and name in HOOK_KINDS:
            found.blame(f"{name} is not marked.", "Put @hookimpl above it.")


def _register(found: Found, name: str, function: object) -> None:
    if name not in HOOK_KINDS:
        found.blame(f"There is no hook {name!r}.", f"There are {', '.join(HOOK_KINDS)}.")
        return
    marks = getattr(function, "dsn_impl", {})
    if marks.get("wrapper") or marks.get("hookwrapper"):
        found.blame(f"{name} is a hook wrapper.", "DSN's hooks only provide: use plain @hookimpl.")
        return
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
        result = implementation.function()
        if isinstance(result, (str, bytes)) or not isinstance(result, Iterable):
            found.blame(f"{name}() returned {describe_item(result)}.", "Return a list.")
            return
        for item in islice(result, MOST_ITEMS + 1):
            given.append(item)
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
