"""Rules of style that a tool can check, so that nobody has to remember them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.repo.tree import PACKAGES, ROOT, files, nodes, shown

if TYPE_CHECKING:
    from pathlib import Path

DRAWERS = {"base", "common", "helpers", "misc", "utils"}
OF_ONE_MACHINE = re.compile(r"(?<![\w.])/(work|root|farm)/|/home/[a-z]")
REGISTRY_HOST = re.compile(r"\b(pypi|pythonhosted)[.]org|\bregistry[.]npmjs", re.IGNORECASE)

Functions = (ast.FunctionDef, ast.AsyncFunctionDef)


def _length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("pattern", [OF_ONE_MACHINE, REGISTRY_HOST], ids=["path", "host"])
def test_no_file_names_a_path_of_one_machine_or_a_registry(pattern):
    texts = ((path, path.read_text(encoding="utf-8", errors="replace")) for path in files())
    assert [f"{shown(p)}: {found[0]}" for p, text in texts if (found := pattern.search(text))] == []


def test_no_file_is_longer_than_400_lines():
    ours = [path for path in files("*.py") if path.parent.name != "migrations"]
    assert {shown(path): _length(path) for path in ours if _length(path) > 400} == {}


def test_no_function_is_longer_than_60_lines():
    functions = (
        (f"{shown(path)}: {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for path in files("packages/*.py")
        for node in nodes(path)
        if isinstance(node, Functions)
    )
    assert {name: length for name, length in functions if length > 60} == {}


def test_the_hooks_are_one_short_file():
    assert _length(ROOT / "packages/dsn-core/src/dsn_core/contract/hookspecs.py") < 150


def test_a_plugin_is_a_short_list_of_hook_implementations():
    plugins = [ROOT / f"packages/{path}" for path in _entry_points()]
    for path in plugins:
        assert len([line for line in path.read_text().splitlines() if line]) < 40, shown(path)
        assert not [n for n in nodes(path) if isinstance(n, ast.ClassDef)], shown(path)


def _entry_points() -> list[str]:
    return ["dsn-core/src/dsn_core/builtin/plugin.py"] + [
        f"{package.name}/src/{package.name.replace('-', '_')}/plugin.py"
        for package in PACKAGES
        if package.name != "dsn-core"
    ]


def test_no_module_is_a_drawer_for_odds_and_ends():
    named = {
        shown(path): set(path.with_suffix("").relative_to(ROOT).parts) for path in files("*.py")
    }
    assert [path for path, parts in named.items() if parts & DRAWERS] == []


def test_no_function_rebinds_a_global():
    rebinding = [
        shown(path)
        for path in files("packages/*.py")
        if any(isinstance(node, ast.Global) for node in nodes(path))
    ]
    assert rebinding == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_carries_its_types_and_its_papers(package):
    module = package / "src" / package.name.replace("-", "_")
    papers = [module / "py.typed", package / "README.md", package / "LICENSE"]
    assert [shown(path) for path in papers if not path.is_file()] == []


def test_every_licence_is_the_same():
    licence = (ROOT / "LICENSE").read_text()
    assert [p.name for p in PACKAGES if (p / "LICENSE").read_text() != licence] == []


def test_the_lock_file_of_one_machine_is_not_in_the_tree():
    assert files("uv.lock") == []
