"""The messenger of the guide, as it stands there, and how each proof is tried on it."""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = ROOT / "docs/how-to/write-a-messenger.md"
FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def guide_files() -> dict[str, str]:
    """What the guide lets its reader write, by path."""
    return dict(FILE.findall(GUIDE.read_text(encoding="utf-8")))


def write_guide(folder: Path) -> Path:
    """Do what the guide says; returns the distribution's folder."""
    for path, text in guide_files().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / "dsn-pigeon"


def load_guide(folder: Path) -> Any:
    """The guide's own contract class, loaded from what it lets its reader write."""
    home = write_guide(folder)
    sys.path[:0] = [str(home / "src"), str(home / "tests")]
    try:
        return import_module("test_dsn_pigeon").TestPigeon
    finally:
        del sys.path[:2]


def unload_guide() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "dsn_pigeon"]:
        del sys.modules[name]
    sys.modules.pop("test_dsn_pigeon", None)


def failure(
    contract: Any,
    proof: str,
    planted: dict[str, Any],
    *,
    about: dict[str, Any] | None = None,
    **fixtures: object,
) -> str:
    """What ``proof`` says against the guide's messenger with ``planted`` in it.

    ``about``: what the author says otherwise of the service.
    """
    with pytest.raises(pytest.fail.Exception) as caught:
        run_proof(contract, proof, planted, about=about, **fixtures)
    return str(caught.value)


def run_proof(
    contract: Any,
    proof: str,
    planted: dict[str, Any],
    *,
    about: dict[str, Any] | None = None,
    **fixtures: object,
) -> None:
    """Let the guide's contract prove this of its messenger with ``planted`` in it."""
    messenger = type("Pigeon", (contract.messenger,), planted)
    said = {"messenger": messenger, **(about or {})}
    prove = getattr(type("Broken", (contract,), said)(), proof)
    wanted = inspect.signature(prove).parameters
    start = said.get("server_type", contract.server_type)
    with start() as server:
        given = {"server": server, **fixtures}
        prove(**{name: value for name, value in given.items() if name in wanted})
