"""Verbs without registration: every own ``Signal`` in an installed app's ``signals`` module."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from django.apps import AppConfig, apps
from django.dispatch import Signal
from django.utils.module_loading import module_has_submodule

from dsn_core.contract.verb import Verb
from dsn_core.plugins.found import Found, guarded
from dsn_core.plugins.offers import Offer

if TYPE_CHECKING:
    from collections.abc import Iterator


def discover_apps() -> tuple[Found, ...]:
    """Each app that has a ``signals`` module, with a verb ``<app_label>.<name>`` for each signal.

    A signal that several apps import is the first app's; Django's own are nobody's.
    """
    seen = _signals_of_django()
    found = [_found(app) for app in apps.get_app_configs() if _has_signals(app)]
    for app in found:
        with guarded(app, f"Importing {app.module}"):
            app.offers.extend(_offers(app, seen))
    return tuple(found)


def _has_signals(app: AppConfig) -> bool:
    if app.name == "dsn_core" or app.name.startswith("django."):
        return False
    return app.module is not None and module_has_submodule(app.module, "signals")


def _found(app: AppConfig) -> Found:
    return Found(
        distribution=app.label,
        version="",
        module=f"{app.name}.signals",
        advice="Until it is mended, its signals are no verbs.",
    )


def _offers(app: Found, seen: set[int]) -> Iterator[Offer]:
    module = importlib.import_module(app.module)
    for name, signal in list(vars(module).items()):
        if not _is_signal(signal) or name.startswith("_") or id(signal) in seen:
            continue
        seen.add(id(signal))
        key, label = f"{app.distribution}.{name}", name.replace("_", " ")
        yield Offer(
            kind="verb",
            key=key,
            label=label,
            item=Verb(key=key, signal=signal, label=label),
            distribution=app.distribution,
            version="",
        )


def _signals_of_django() -> set[int]:
    """The identities of Django's own signals, which apps re-import."""
    return {
        id(value)
        for name, module in list(sys.modules.items())
        if name.startswith("django.") and module is not None
        for value in list(vars(module).values())
        if _is_signal(value)
    }


def _is_signal(value: object) -> bool:
    """Is it one? By its type: ``isinstance`` would wake lazy objects, such as a storage."""
    return issubclass(type(value), Signal)
