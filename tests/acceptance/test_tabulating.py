"""The demo's table stays straight whatever letters stand in it."""

from __future__ import annotations

import importlib

import pytest

from tests.repo.tree import ROOT


@pytest.fixture
def tabulating(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "example")
    return importlib.import_module("tabulating")


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("Jörg", 4),
        ("Jo\u0308rg", 4),
        ("🦉", 2),
        ("日本", 4),
        ("❤\N{VARIATION SELECTOR-16}", 2),
        ("ليلى", 4),
    ],
)
def test_a_text_is_as_wide_as_a_terminal_shows_it(tabulating, text, width):
    assert tabulating.columns(text) == width


def test_wide_letters_push_no_column_about(tabulating):
    lines = tabulating.table(("A", "B"), [("日本", "x"), ("Ada", "x")]).splitlines()
    assert lines[2:] == ["日本  x", "Ada   x"]


def test_a_line_that_is_too_long_is_cut_in_its_last_column(tabulating):
    lines = tabulating.table(("A", "B"), [("one", "日本日本日本")], width=12).splitlines()
    assert lines[-1] == "one  日本日…"
    assert max(map(tabulating.columns, lines)) <= 12
