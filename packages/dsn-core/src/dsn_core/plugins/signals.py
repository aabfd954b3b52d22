"""Verbs without registration: every own ``Signal`` in an installed app's ``signals`` module."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import TYPE_CHECKING

from django.apps import AppConfig, apps
from django.dispatch import Signal
from django.utils.module_loading import module_has_submodule

from dsn_core.contract.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

logger = logging.getLogger("dsn_core.plugins")


def app_verbs() -> Iterator[Verb]:
    """A verb ``<app_label>.<name>`` for each; one that several apps import is the first app's."""
    seen = _signals_of_django()
    for app in apps.get_app_configs():
        if app.name == "dsn_core" or app.name.startswith("django."):
            continue
        for name, signal in _signals_of(app):
            if id(signal) not in seen:
                seen.add(id(signal))
                yield Verb(key=f"{app.label}.{name}", signal=signal, label=name.replace("_", " "))


def _signals_of(app: AppConfig) -> Iterator[tuple[str, Signal]]:
    module = _signals_module(app)
    for name, value in vars(module).items() if module else ():
        if isinstance(value, Signal) and not name.startswith("_"):
            yield name, value


def _signals_module(app: AppConfig) -> ModuleType | None:
    if app.module is None or not module_has_submodule(app.module, "signals"):
        return None
    try:
        return importlib.import_module(f"{app.name}.signals")
    except (Exception, SystemExit):
        logger.exception("%s.signals cannot be imported: its signals are no verbs.", app.name)
        return None


def _signals_of_django() -> set[int]:
    """The identities of Django's own signals, which apps re-import."""
    return {
        id(value)
        for name, module in list(sys.modules.items())
        if name.startswith("django.") and module is not None
        for value in list(vars(module).values())
        if isinstance(value, Signal)
    }
