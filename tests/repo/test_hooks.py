"""Each hook is described argument for argument, tested by its name, and used by one of us."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.repo.tree import ROOT, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPECIFICATIONS = ROOT / "packages/dsn-core/src/dsn_core/contract/hookspecs.py"
PAGE = ROOT / "docs/reference/hooks.md"


def _marked(path: Path, marker: str) -> Iterator[ast.FunctionDef]:
    """The functions of a file that bear this decorator, in order."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef):
            marks = [m.func if isinstance(m, ast.Call) else m for m in node.decorator_list]
            if marker in map(ast.unparse, marks):
                yield node


HOOKS = {function.name: function for function in _marked(SPECIFICATIONS, "hookspec")}


def _section(name: str) -> str:
    """What the page says of this hook."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^## `{name}`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference/hooks.md has no heading '## `{name}`'."
    return found[1]


def _arguments(function: ast.FunctionDef) -> list[str]:
    """The names of its arguments, in order."""
    return [node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)]


@cache
def _tests() -> frozenset[str]:
    """The names of all tests."""
    return frozenset(
        node.name
        for path in ROOT.glob("tests/**/test_*.py")
        for node in nodes(path)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def test_there_are_hooks():
    assert "dsn_messengers" in HOOKS


def test_the_page_has_a_heading_for_each_hook_in_their_order():
    headings = re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [f"`{name}`" for name in HOOKS]


@pytest.mark.parametrize("name", HOOKS)
def test_a_heading_names_the_arguments_in_their_order_and_what_is_returned(name):
    listed = re.search(r"^- Arguments: (.+)$", _section(name), re.MULTILINE)
    assert listed, f"{name} has no line '- Arguments: …'."
    assert re.findall(r"`([^`]+)`", listed[1]) == _arguments(HOOKS[name])
    returns = HOOKS[name].returns
    assert returns, f"{name} does not say what it returns."
    assert f"- Returns: `{ast.unparse(returns)}`" in _section(name)


@pytest.mark.parametrize("name", HOOKS)
def test_a_heading_has_an_example_that_is_such_a_hook(name, tmp_path):
    examples = re.findall(r"^```python\n(.*?)^```$", _section(name), re.MULTILINE | re.DOTALL)
    assert len(examples) == 1, f"{name} has {len(examples)} examples."
    example = tmp_path / "plugin.py"
    example.write_text(examples[0], encoding="utf-8")
    assert [function.name for function in _marked(example, "hookimpl")] == [name]
    (written,) = _marked(example, "hookimpl")
    assert set(_arguments(written)) <= set(_arguments(HOOKS[name]))


@pytest.mark.parametrize("name", HOOKS)
def test_a_test_bears_the_name_of_each_hook(name):
    named = [test for test in _tests() if re.match(rf"test_{name}(?:_|$)", test)]
    assert named, f"Write a test whose name begins with test_{name}."


@pytest.mark.parametrize("name", HOOKS)
def test_a_plugin_of_ours_uses_each_hook(name):
    plugins = sorted(ROOT.glob("packages/*/src/**/plugin.py"))
    users = [path for path in plugins if name in {hook.name for hook in _marked(path, "hookimpl")}]
    assert users, f"No plugin.py in packages/ has a @hookimpl named {name}."
