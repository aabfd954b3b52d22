"""Prints `reference/surface.txt`: every name that strangers may build upon, a line each.

python docs/surface.py > docs/reference/surface.txt
"""

from __future__ import annotations

import dataclasses
import pkgutil
import re
import sys
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Protocol, get_args, get_overloads

import django
from django.conf import settings
from django.core.management import load_command_class
from django.core.management.base import CommandParser
from surface_parts import (
    annotation_text,
    class_items,
    field_text,
    function_text,
    is_ours,
    value_text,
)

if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Iterable, Iterator, Mapping

    from surface_parts import Item

    from dsn_core import Fields, Messenger

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "packages"

INTRODUCTION = """\
# The public surface of DSN: what strangers may build upon, one item a line.
# Made by: python docs/surface.py > docs/reference/surface.txt
# What a version promises about it: docs/explanation/stability.md
"""


# ── Modules ─────────────────────────────────────────────────────────────────────────────


def module_items(module: ModuleType, names: Iterable[str], apart: Iterable[type]) -> Iterator[Item]:
    """What a module offers under these names."""
    for name in names:
        value = getattr(module, name)
        if isinstance(value, type):
            yield from class_items(name, value, apart)
        elif isinstance(value, FunctionType):
            yield from ((name, function_text(one)) for one in get_overloads(value) or [value])
        elif get_args(value):
            members = sorted(getattr(item, "__name__", str(item)) for item in get_args(value))
            yield name, f" = {' | '.join(members)}"
        elif isinstance(value, tuple):
            yield name, f" = {value_text(value)}"
        else:
            yield name, f": {type(value).__name__}"


def named_by_annotations() -> Mapping[str, object]:
    """What the contract's annotations name and ``dsn_core`` does not export."""
    import dsn_core
    from dsn_core import contract

    rooms = [import_module(f"{contract.__name__}.{m.name}") for m in _modules(contract)]
    found = {name: value for room in rooms for name, value in vars(room).items()}
    return {
        name: value
        for name, value in found.items()
        if name not in dsn_core.__all__ and _is_named(name, value)
    }


def _is_named(name: str, value: object) -> bool:
    protocol = isinstance(value, type) and is_ours(value) and Protocol in value.__bases__
    union = not name.startswith("_") and bool(get_args(value)) and not isinstance(value, type)
    return protocol or union or name == "CHANNELS"


def _modules(package: ModuleType) -> Iterable[pkgutil.ModuleInfo]:
    return pkgutil.iter_modules(package.__path__)


def public_modules() -> Iterator[tuple[str, list[Item]]]:
    """The modules from which a stranger imports."""
    import dsn_core
    from dsn_core import exceptions, models, signals, testing

    own = [name for name, value in vars(exceptions).items() if is_ours(value)]
    announced = [name for name, value in vars(signals).items() if type(value).__name__ == "Signal"]
    rooms: list[tuple[ModuleType, Iterable[str]]] = [
        (dsn_core, dsn_core.__all__),
        (exceptions, own),
        (models, models.__all__),
        (signals, announced),
        (testing, testing.__all__),
    ]
    values = [getattr(module, name) for module, names in rooms for name in names]
    classes = [value for value in values if isinstance(value, type)]
    for module, names in rooms:
        yield module.__name__, list(module_items(module, names, classes))
    named = named_by_annotations()
    contract = ModuleType("dsn_core.contract")
    vars(contract).update(named)
    yield "Named by annotations of dsn_core", list(module_items(contract, named, classes))


# ── What is no module ───────────────────────────────────────────────────────────────────


def hook_items() -> Iterator[Item]:
    from dsn_core.contract import hookspecs

    yield "entry points", f": the group {hookspecs.PROJECT!r}"
    for name, function in vars(hookspecs).items():
        if hasattr(function, f"{hookspecs.PROJECT}_spec"):
            yield name, function_text(function)


def setting_items() -> Iterator[Item]:
    from dsn_core.conf import Config

    for item in dataclasses.fields(Config):
        yield item.name.upper(), field_text(item)


def path_items() -> Iterator[Item]:
    """Dotted paths that a project writes into its settings."""
    from django.apps import apps

    from dsn_core.conf import INLINE, WORKER

    yield INLINE, ': for DSN["ENGINE"]'
    yield WORKER, ': for DSN["ENGINE"]'
    yield "dsn_core.middleware.ActorMiddleware", ": for MIDDLEWARE"
    for app in apps.get_app_configs():
        if app.name.startswith("dsn_"):
            yield app.name, f": for INSTALLED_APPS, with the label {app.label!r}"


def check_items() -> Iterator[Item]:
    for path in SOURCES.rglob("*.py"):
        for found in re.findall(r"\bdsn[.][EWI]\d{3}\b", path.read_text(encoding="utf-8")):
            yield found, ""


def url_items() -> Iterator[Item]:
    for name in ("dsn_core.urls", "dsn_inbox.urls"):
        urls = import_module(name)
        for pattern in urls.urlpatterns:
            yield f"{urls.app_name}:{pattern.name}", f": {str(pattern.pattern)!r} of {name}"


def state_items() -> Iterator[Item]:
    from dsn_core import states

    for what, choices in {
        "delivery": states.State,
        "event": states.EventState,
        "held because": states.HeldBy,
        "queued because": (states.PACED,),
        "suppressed because": states.SuppressedBy,
    }.items():
        for value in choices:
            final = what == "delivery" and value in states.FINAL
            yield f"{what}: {value!s}", "  # final" if final else ""


def command_items() -> Iterator[Item]:
    for app in ("dsn_core", "dsn_inbox"):
        commands = import_module(f"{app}.management.commands")
        for module in _modules(commands):
            yield module.name, f": of {app}"
            parser = CommandParser(add_help=False)
            load_command_class(app, module.name).add_arguments(parser)
            for action in parser._actions:
                name = ", ".join(action.option_strings) or str(action.dest)
                yield f"{module.name} {name}", _argument_text(action)


def _argument_text(action: Action) -> str:
    kind = {"StoreTrue": "flag", "Append": "repeated", "Store": "value"}
    said = {
        name: getattr(action, name)
        for name in ("metavar", "nargs", "type", "default", "choices")
        if getattr(action, name) not in (None, "", False, 0, [])
    }
    if action.option_strings and action.required:
        said["required"] = True
    words = [kind[type(action).__name__.strip("_").removesuffix("Action")]]
    return f": {', '.join([*words, *(f'{name}={value_text(said[name])}' for name in said)])}"


def report_items() -> Iterator[Item]:
    from dsn_core.management.commands import dsn_plugins

    for name, value in vars(dsn_plugins).items():
        if isinstance(value, type) and hasattr(value, "__total__") and is_ours(value):
            for key, annotation in value.__annotations__.items():
                text = getattr(annotation, "__forward_arg__", annotation)
                yield f"{name}.{key}", f": {annotation_text(text)}"


def tag_items() -> Iterator[Item]:
    for name in ("dsn_core.templatetags.dsn", "dsn_inbox.templatetags.dsn_inbox"):
        module = import_module(name)
        library = name.rpartition(".")[2]
        for tag in [*module.register.tags, *module.register.filters]:
            yield f"{{% load {library} %}} {tag}", function_text(getattr(module, tag))


def offer_items() -> Iterator[Item]:
    """The keys of what our own distributions bring: rows of a database hold them."""
    from dsn_core.plugins.catalog import catalog

    for kind, offers in catalog().offers.items():
        for offer in offers.values():
            if (SOURCES / offer.distribution).is_dir():
                yield f"{kind} {offer.key}", f": of {offer.distribution}"


def messenger_items() -> Iterator[Item]:
    """What settings and backends may say of our own messengers."""
    from dsn_core.plugins.catalog import catalog

    for offer in catalog().offers["messenger"].values():
        if (SOURCES / offer.distribution).is_dir():
            yield from _said_of(catalog().messenger(offer.key))


def _said_of(messenger: type[Messenger]) -> Iterator[Item]:
    both: dict[str, type[Fields]] = {
        "account": messenger.account_type,
        "options": messenger.options_type,
    }
    for what, cls in both.items():
        for item in dataclasses.fields(cls):
            yield f"{messenger.key} {what}.{item.name}", field_text(item)


def sections() -> Iterator[tuple[str, Iterable[Item]]]:
    """The parts of the file, by heading."""
    yield from public_modules()
    yield "Hooks", hook_items()
    yield "settings.DSN", setting_items()
    yield "Dotted paths in settings", path_items()
    yield "Checks", check_items()
    yield "URLs", url_items()
    yield "States and codes", state_items()
    yield "Commands", command_items()
    yield "dsn_plugins --json", report_items()
    yield "Template tags", tag_items()
    yield "Keys of what our distributions bring", offer_items()
    yield "Accounts and options of our messengers", messenger_items()


def surface() -> str:
    """The whole file."""
    parts = [INTRODUCTION]
    for heading, items in sections():
        lines = (f"{name}{text}\n" for name, text in sorted(set(items)))
        parts += [f"\n[{heading}]\n", *lines]
    return "".join(parts)


if __name__ == "__main__":
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "dsn_core",
            "dsn_inbox",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_I18N=False,
    )
    django.setup()
    sys.stdout.write(surface())
