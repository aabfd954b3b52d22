"""Proofs: core can use the class, load it for nothing, and draw its options."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Problem
from dsn_core.plugins.complaints import complaints
from dsn_core.testing.contracts.faults import demand, fault
from dsn_core.testing.contracts.proving import Proof

if TYPE_CHECKING:
    from typing import NoReturn

    import pytest

    from dsn_core.testing.contracts.stage import Server

OWN = frozenset({"dsn_core", "importlib_metadata", "pluggy", "typing_extensions", "zipp"})
"""What every plugin may load: core's contract and what it stands on."""
LOADS_AND_DRAWS = """
import json, sys
from importlib import import_module
before = set(sys.modules)
messenger = import_module("{module}")
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
"""


class Form(Proof):
    """What is about the class itself."""

    def test_it_fulfils_the_contract(self) -> None:
        found = list(complaints("messenger", self.messenger, core=False))
        demand(not found, f"{self.name} {'; '.join(found)}.", "form")

    def test_importing_it_loads_neither_django_nor_an_sdk(self) -> None:
        module = self.messenger.__module__
        done = _in_a_new_process(module, self.messenger.__qualname__)
        demand(done.stdout, f"It cannot be imported alone:\n{_end_of(done.stderr)}", "loading")
        loaded = set(json.loads(done.stdout))
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
        done = _in_a_new_process(self.messenger.__module__, self.messenger.__qualname__)
        demand(
            not done.returncode,
            f"The options of {self.name} cannot be shown in a form, or what the form sends back "
            f"is not what was shown:\n{_end_of(done.stderr)}",
            "options",
        )

    def test_check_asks_no_network(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        one = self.made(server)

        def ask(*place: object, **more: object) -> NoReturn:
            fault(
                "check() asks the network; that is what probe() is for: check runs at every start.",
                "checks",
            )

        for name in ("connect", "connect_ex"):
            monkeypatch.setattr(socket.socket, name, ask)
        monkeypatch.setattr(socket, "getaddrinfo", ask)
        found = list(one.check())
        monkeypatch.undo()
        demand(
            all(isinstance(each, Problem) for each in found),
            f"check() gave {found!r}: it gives Problems.",
            "checks",
        )
        serious = [str(each.message) for each in found if each.serious]
        demand(not serious, f"check() finds fault with the account that works: {serious}", "checks")

    def test_options_of_an_older_version_are_understood(self) -> None:
        stored: dict[str, object] = {"of_another_version": 1}
        found = self.messenger.upgrade_options(stored)
        demand(
            found.get("of_another_version") == 1,
            f"upgrade_options() lost an option that it does not know: {dict(found)!r}.",
            "options",
        )


@cache
def _in_a_new_process(module: str, name: str) -> subprocess.CompletedProcess[str]:
    """What a process says that imports the messenger, then sets up Django and draws its options.

    It finds the same modules as this one.
    """
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", LOADS_AND_DRAWS.format(module=module, name=name)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )


def _end_of(text: str) -> str:
    return text.strip()[-2000:]
