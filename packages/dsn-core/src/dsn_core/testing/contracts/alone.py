"""A plugin alone in a new process: what importing it loads, and whether its options are drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, cast

from importlib_metadata import entry_points

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dsn_core.contract.messenger import Messenger

LOADS_AND_DRAWS = """
import json, sys
from importlib import import_module
before = set(sys.modules)
messenger, *others = map(import_module, {modules})
loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(json.dumps(sorted(loaded)), flush=True)

import django
from django.conf import settings

apps = ["admin", "auth", "contenttypes", "messages"]
settings.configure(
    INSTALLED_APPS=[*(f"django.contrib.{{app}}" for app in apps), "dsn_core"], USE_TZ=True,
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
)
django.setup()
from dsn_core.admin.options import option_field, read_option
from dsn_core.plugins.values import describe, to_json

for name in "{name}".split("."):
    messenger = getattr(messenger, name)
for spec in describe(messenger.options_type):
    field = option_field(spec, {{}})
    assert field.widget.render("option", field.initial), spec.name
    assert read_option(spec, field.clean(field.initial)) == to_json(spec.default), spec.name
    for choice in spec.choices:
        assert read_option(spec, field.clean(choice)) == choice, (spec.name, choice)
"""


def alone(messenger: type[Messenger]) -> subprocess.CompletedProcess[str]:
    """What a process says that imports the plugin, then sets up Django and draws its options.

    It finds the same modules as this one.
    """
    return _alone(cast("Hashable", messenger))


@cache
def _alone(messenger: type[Messenger]) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(path for path in sys.path if path)
    modules, name = modules_of(messenger), messenger.__qualname__
    return subprocess.run(
        [sys.executable, "-c", LOADS_AND_DRAWS.format(modules=modules, name=name)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )


def modules_of(messenger: type[Messenger]) -> list[str]:
    """The messenger's module, and those of the same package that core loads to find it."""
    package = package_of(messenger)
    points = {point.module for point in entry_points(group="dsn")}
    plugins = sorted(each for each in points if each.partition(".")[0] == package)
    return list(dict.fromkeys([messenger.__module__, *plugins]))


def package_of(messenger: type[Messenger]) -> str:
    """The package that the messenger is in."""
    return messenger.__module__.partition(".")[0]


def end_of(text: str) -> str:
    """The end of what a process said, where its error stands."""
    return text.strip()[-2000:]
