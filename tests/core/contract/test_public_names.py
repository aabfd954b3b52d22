"""The public names: there, explained with an example, and free of Django."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from itertools import pairwise

import pytest

import dsn_core

PROMISED = [
    "Accepted",
    "Action",
    "Attachment",
    "Audience",
    "Candidate",
    "Envelope",
    "Fields",
    "Forged",
    "Gate",
    "InvalidAddress",
    "Linked",
    "Message",
    "MessageTemplate",
    "Messenger",
    "Moved",
    "Occurrence",
    "OptedIn",
    "OptedOut",
    "Overflow",
    "Pass",
    "Postpone",
    "Problem",
    "Receipt",
    "RecipientSource",
    "Refusal",
    "Refused",
    "Scope",
    "Suppress",
    "To",
    "Verb",
    "Webhook",
    "emit",
    "hookimpl",
    "option",
    "refresh",
]
NEEDING_DJANGO = {"aemit", "emit", "refresh"}


def _docstring(name: str) -> str:
    """Of a class or function its own, of any other value the text below its assignment."""
    value = getattr(dsn_core, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return inspect.getdoc(value) or ""
    module = importlib.import_module(dsn_core._HOME[name])
    body = ast.parse(inspect.getsource(module)).body
    for statement, following in pairwise(body):
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            assert isinstance(following, ast.Expr)
            return str(ast.literal_eval(following.value))
    return ""


def test_every_promised_name_is_public():
    assert set(PROMISED) <= set(dsn_core.__all__)


@pytest.mark.parametrize("name", dsn_core.__all__)
def test_a_public_name_can_be_imported(name: str):
    assert getattr(dsn_core, name) is not None
    assert name in dir(dsn_core)


@pytest.mark.parametrize("name", dsn_core.__all__)
def test_a_public_name_is_explained_with_an_example(name: str):
    assert "Example:" in _docstring(name)


@pytest.mark.parametrize("name", dsn_core.__all__)
def test_a_public_name_is_typed_for_tools_too(name: str):
    source = inspect.getsource(dsn_core)
    assert f"import {name}\n" in source or f" {name}" in source.partition("__all__")[0]


def test_an_unknown_name_is_an_attribute_error_that_says_which():
    with pytest.raises(AttributeError, match="'Mesenger'"):
        dsn_core.Mesenger  # noqa: B018  the access is the test


def test_the_whole_contract_loads_no_django():
    names = ", ".join(sorted(set(dsn_core.__all__) - NEEDING_DJANGO))
    code = f"from dsn_core import {names}\nimport sys\nprint('django' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "False", ran.stderr
