"""Proofs: core can use the class, load it for nothing, and look at its accounts."""

from __future__ import annotations

import json
import socket
import sys
from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Problem
from dsn_core.plugins.complaints import complaints
from dsn_core.plugins.values import describe
from dsn_core.testing.contracts.alone import alone, end_of, modules_of, package_of
from dsn_core.testing.contracts.faults import demand, fault
from dsn_core.testing.contracts.proving import Proof

if TYPE_CHECKING:
    from typing import NoReturn

    import pytest

    from dsn_core.contract.messenger import Messenger
    from dsn_core.testing.contracts.stage import Server

OWN = frozenset({"dsn_core", "importlib_metadata", "pluggy", "typing_extensions", "zipp"})
"""What every plugin may load: core's contract and what it stands on."""


class Form(Proof):
    """What is about the class itself."""

    def test_it_fulfils_the_contract(self) -> None:
        found = list(complaints("messenger", self.messenger, core=False))
        demand(not found, f"{self.name} {'; '.join(found)}.", "form")

    def test_importing_it_loads_neither_django_nor_an_sdk(self) -> None:
        done = alone(self.messenger)
        demand(done.stdout, f"It cannot be imported alone:\n{end_of(done.stderr)}", "loading")
        loaded = set(json.loads(done.stdout))
        own = {package_of(self.messenger), *self.may_load, *OWN}
        foreign = sorted(
            name
            for name in loaded - own - sys.stdlib_module_names
            if not name.startswith(("_", "sitecustomize"))
        )
        demand(
            not foreign,
            f"Importing {' and '.join(modules_of(self.messenger))} loads {', '.join(foreign)}: "
            "with twenty plugins installed every start pays for it. Import it where the first "
            "message is sent.",
            "loading",
        )

    def test_check_asks_no_network(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        one = self.made(server)

        def ask(*place: object, **more: object) -> NoReturn:
            # As a failed test: what is no Exception goes through a messenger's own ``except``.
            fault(
                "check() asks the network; that is what probe() is for: check runs at every start.",
                "checks",
            )

        with monkeypatch.context() as patched:
            for name in ("connect", "connect_ex"):
                patched.setattr(socket.socket, name, ask)
            patched.setattr(socket, "getaddrinfo", ask)
            found = self._problems(one, "the account that works")
        serious = [str(each.message) for each in found if each.serious]
        demand(not serious, f"check() finds fault with the account that works: {serious}", "checks")

    def test_check_looks_at_wrong_values_too(self, server: Server) -> None:
        for spec in describe(self.messenger.account_type):
            if spec.kind == "str":
                for wrong in ("", "?"):
                    one = self.made(server, changes={spec.name: wrong})
                    self._problems(one, f"an account whose {spec.name} is {wrong!r}")

    def _problems(self, one: Messenger, which: str) -> list[Problem]:
        """What ``check`` finds wrong with an account."""
        try:
            found: list[object] = list(one.check())
        except Exception as error:  # noqa: BLE001  # a plugin's code
            fault(
                f"check() raised {type(error).__name__}: {error}, for {which}. What is wrong with "
                "an account is a Problem that it yields.",
                "checks",
            )
        problems = [each for each in found if isinstance(each, Problem)]
        demand(problems == found, f"check() gave {found!r}: it gives Problems.", "checks")
        return problems
