"""The messenger of the guide, as it stands there, and how each proof is tried on it."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

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
        return import_module("test_contract").TestPigeon
    finally:
        del sys.path[:2]


def unload_guide() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "dsn_pigeon"]:
        del sys.modules[name]
    sys.modules.pop("test_contract", None)
