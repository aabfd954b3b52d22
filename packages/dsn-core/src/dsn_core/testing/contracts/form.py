"""Proofs: core can use the class, load it for nothing, and draw its options."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from dsn_core.contract.messenger import Problem
from dsn_core.plugins.complaints import complaints
from dsn_core.testing.contracts.faults import demand, fault
from dsn_core.testing.contracts.stage import Server, Stage

OWN = frozenset({"dsn_core", "importlib_metadata", "pluggy", "typing_extensions", "zipp"})
"""What every plugin may load: core's contract and what it stands on."""
LOADS = """
import json, sys
before = set(sys.modules)
import {module}
print(json.dumps(sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})))
"""
DRAWS = """
import sys
from importlib import import_module
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

messenger = import_module("{module}")
for name in "{name}".split("."):
    messenger = getattr(messenger, name)
for spec in describe(messenger.options_type):
    field = option_field(spec, {{}})
    assert field.widget.render("option", field.initial), spec.name
    assert read_option(spec, field.clean(field.initial)) == to_json(spec.default), spec.name
"""


class Form(Stage):
    """What is about the class itself."""

    def test_it_fulfils_the_contract(self) -> None:
        found = list(complaints("messenger", self.messenger, core=False))
        demand(not found, f"{self.name} {'; '.join(found)}.", "form")

    def test_importing_it_loads_neither_django_nor_an_sdk(self) -> None:
        module = self.messenger.__module__
        loaded = set(json.loads(_python(LOADS.format(module=module)) or "[]"))
        own = {module.partition(".")[0], *self.may_load, *OWN}
        foreign = sorted(
            name
            for name in loaded - own - sys.stdlib_module_names
            if not name.startswith(("_", "sitecustomize"))
        )
        demand(
            not foreign,
            f"Importing {module} loads {', '.join(foreign)}: with twenty plugins installed every "
            "start pays for it. Import it where the first message is sent.",
            "loading",
        )

    def test_its_options_can_be_drawn_and_read(self) -> None:
        _python(DRAWS.format(module=self.messenger.__module__, name=self.messenger.__qualname__))

    def test_check_asks_no_network(self, server: Server) -> None:
        before = len(getattr(server, "calls", ()))
        found = list(self.made(server).check())
        demand(
            all(isinstance(one, Problem) for one in found),
            f"check() gave {found!r}: it gives Problems.",
            "checks",
        )
        demand(
            len(getattr(server, "calls", ())) == before,
            "check() asked the service; that is what probe() is for: check runs at every start.",
            "checks",
        )
        serious = [str(one.message) for one in found if one.serious]
        demand(not serious, f"check() finds fault with the account that works: {serious}", "checks")

    def test_options_of_an_older_version_are_understood(self) -> None:
        stored: dict[str, object] = {"of_another_version": 1}
        found = self.messenger.upgrade_options(stored)
        demand(
            found.get("of_another_version") == 1,
            f"upgrade_options() lost an option that it does not know: {dict(found)!r}.",
            "options",
        )


def _python(code: str) -> str:
    """What a new process says that finds the same modules."""
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )
    if done.returncode:
        fault(f"In a process of its own this fails:\n{done.stderr.strip()[-2000:]}", "loading")
    return done.stdout
