"""Prints `reference/surface.txt`: every name that strangers may build upon, a line each.

python docs/surface.py > docs/reference/surface.txt
"""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
import re
import sys
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, get_args, get_overloads, is_typeddict

import django
from django.conf import settings
from django.core.management import load_command_class
from django.core.management.base import CommandParser
from surface_parts import (
    alias_text,
    call_texts,
    class_items,
    field_text,
    function_text,
    is_fixture,
    is_ours,
    value_text,
)

if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Iterable, Iterator

    from surface_parts import Item

    from dsn_core import Fields, Messenger

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "packages"
STATUS = ("commands.dsn_status", "concerns", "standing", "accounts")
"""Modules that say what ``dsn_status`` prints."""

INTRODUCTION = """\
# The public surface of DSN: what strangers may build upon, one item a line.
# Made by: python docs/surface.py > docs/reference/surface.txt
# What a version promises about it: docs/explanation/stability.md
"""


# ── Modules ─────────────────────────────────────────────────────────────────────────────


def module_items(module: ModuleType, names: Iterable[str], apart: Iterable[type]) -> Iterator[Item]:
    """What a module offers under these names."""
    for name in names:
        yield from thing_items(name, getattr(module, name), apart)


def thing_items(name: str, value: object, apart: Iterable[type]) -> Iterator[Item]:
    """A class with its members, a function, an alias of types, or an object."""
    if isinstance(value, type):
        yield from class_items(name, value, apart)
    elif isinstance(value, FunctionType) and get_overloads(value):
        yield from ((name, function_text(one)) for one in get_overloads(value))
    elif get_args(value):
        yield name, f" = {alias_text(value)}"
    else:
        texts = list(call_texts(value)) or [f": {type(value).__name__}"]
        yield from ((name, text) for text in texts)


def public_modules() -> Iterator[tuple[str, list[Item]]]:
    """The modules from which a stranger imports, and what their annotations name besides."""
    import dsn_core
    from dsn_core import contract, exceptions, models, signals, testing

    own = [name for name, value in vars(exceptions).items() if is_ours(value)]
    announced = [name for name, value in vars(signals).items() if type(value).__name__ == "Signal"]
    rooms: list[tuple[ModuleType, Iterable[str], ModuleType | None]] = [
        (dsn_core, dsn_core.__all__, contract),
        (exceptions, own, None),
        (models, models.__all__, models),
        (signals, announced, None),
        (testing, testing.__all__, testing),
    ]
    values = [getattr(module, name) for module, names, _home in rooms for name in names]
    classes = {value for value in values if isinstance(value, type)}
    for module, names, home in rooms:
        items = list(module_items(module, names, classes))
        yield module.__name__, items
        if home is not None:
            named = named_items(module, home, items, classes)
            yield f"Named by annotations of {module.__name__}", named


def named_items(
    module: ModuleType, package: ModuleType, items: Iterable[Item], listed: set[type]
) -> list[Item]:
    """Types of ``package`` that these items name, that those name, and so on.

    Without those that ``module`` itself offers, or that are ``listed`` elsewhere.
    """
    offered = vars(module)
    types = {
        f"{room.__name__.rpartition('.')[2]}.{name}": value
        for room in _rooms(package)
        for name, value in vars(room).items()
        if _is_type_of(room, name, value) and not (value in listed or offered.get(name) is value)
    }
    found: list[Item] = []
    texts = [text for _name, text in items]
    while texts:
        words = set(re.findall(r"\w+", " ".join(texts)))
        new = [place for place in types if place.rpartition(".")[2] in words]
        fresh = [item for place in new for item in thing_items(place, types.pop(place), listed)]
        found += fresh
        texts = [text for _name, text in fresh]
    return found


def _rooms(package: ModuleType) -> list[ModuleType]:
    inside = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [import_module(module.name) for module in inside]


def _is_type_of(room: ModuleType, name: str, value: object) -> bool:
    """Whether this module defines it, and it is a class or an alias of types."""
    if name.startswith("_"):
        return False
    if isinstance(value, type):
        return value.__module__ == room.__name__
    return bool(get_args(value)) and f"\n{name} = " in inspect.getsource(room)


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
    yield "dsn_core.engines.celery.CeleryEngine", ': for DSN["ENGINE"]'
    yield "dsn_core.middleware.ActorMiddleware", ": for MIDDLEWARE"
    for app in apps.get_app_configs():
        if app.name.startswith("dsn_"):
            yield app.name, f": for INSTALLED_APPS, with the label {app.label!r}"


def celery_items() -> Iterator[Item]:
    """What a project that runs Celery imports, and names in its routes."""
    from dsn_core.engines import schedule

    called = "dsn_core.engines.schedule.beat_schedule"
    yield called, function_text(schedule.beat_schedule)
    yield schedule.TASK, ": a task"


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
    from dsn_core.contract.messenger import CHANNELS

    for what, choices in {
        "delivery": states.State,
        "event": states.EventState,
        "held because": states.HeldBy,
        "queued because": (states.PACED,),
        "channel": CHANNELS,
        "suppressed because": states.SuppressedBy,
    }.items():
        for value in choices:
            final = what == "delivery" and value in states.FINAL
            yield f"{what}: {value!s}", "  # final" if final else ""


def command_items() -> Iterator[Item]:
    for app in ("dsn_core", "dsn_inbox"):
        commands = import_module(f"{app}.management.commands")
        for module in pkgutil.iter_modules(commands.__path__):
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


def report_items(*modules: str) -> Iterator[Item]:
    """What a command prints for programs."""
    for module in modules:
        for name, value in vars(import_module(f"dsn_core.management.{module}")).items():
            if is_typeddict(value) and is_ours(value):
                yield from class_items(name, value)


def fixture_items() -> Iterator[Item]:
    """What pytest gives to a test that asks for it by name."""
    from dsn_core.testing import pytest_plugin

    for name, value in vars(pytest_plugin).items():
        if is_fixture(value):
            yield from thing_items(name, value, ())


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
    yield "Fixtures of pytest", fixture_items()
    yield "Hooks", hook_items()
    yield "settings.DSN", setting_items()
    yield "Dotted paths in settings", path_items()
    yield "Checks", check_items()
    yield "URLs", url_items()
    yield "States and codes", state_items()
    yield "Commands", command_items()
    yield "dsn_plugins --json", report_items("commands.dsn_plugins")
    yield "dsn_status --json", report_items(*STATUS)
    yield "Celery", celery_items()
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
