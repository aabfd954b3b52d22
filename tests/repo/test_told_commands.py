"""What the pages tell to type, against what the commands take."""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentError
from dataclasses import dataclass
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pytest
from django.core.management import load_command_class
from django.core.management.base import CommandParser
from django.utils.module_loading import import_string

import dsn_core.management.commands
import dsn_inbox.management.commands
from tests.repo.test_docs import PAGES, first_column, page, section
from tests.repo.tree import ROOT, shown

if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Iterator

APPS = {
    "dsn_core": dsn_core.management.commands,
    "dsn_inbox": dsn_inbox.management.commands,
}
OURS = {
    command.name: app for app, package in APPS.items() for command in iter_modules(package.__path__)
}
TYPED = re.compile(r"manage[.]py\s+(?P<name>[a-z_]+)(?P<rest>[^\n`#|]*)")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A call of one of our commands, as a page tells it."""

    name: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join([self.name, *self.words])


class _Parser(CommandParser):
    """Says what is wrong instead of ending the process."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise ArgumentError(None, message)


def _parser(name: str) -> _Parser:
    parser = _Parser(add_help=False)
    parser.add_argument("--skip-checks", action="store_true")
    load_command_class(OURS[name], name).add_arguments(parser)
    return parser


def _actions(name: str) -> list[Action]:
    parser = CommandParser(add_help=False)
    load_command_class(OURS[name], name).add_arguments(parser)
    return parser._actions


def _lines(text: str) -> Iterator[Line]:
    """Those in blocks for a console, in systemd's units and in the text itself."""
    for found in TYPED.finditer(text.replace("\\\n", " ")):
        words = shlex.split(found["rest"].rstrip(".,;:)!?"))
        if found["name"] in OURS:
            yield Line(name=found["name"], words=tuple(words))


def _blocks(text: str, *languages: str) -> str:
    fence = re.compile(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return "\n".join(fence.findall(text))


CALLS = [
    pytest.param(line, id=f"{shown(path)}: {line}")
    for path in PAGES
    for line in _lines(_blocks(path.read_text(encoding="utf-8"), "console", "ini", "sh"))
]


def test_calls_are_found():
    assert {call.values[0].name for call in CALLS} >= set(OURS) - {"inbox_prune"}


@pytest.mark.parametrize("line", CALLS)
def test_a_call_that_a_page_shows_is_one_that_the_command_takes(line):
    _parser(line.name).parse_args(list(line.words))


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_command_of_ours_that_a_page_names_is_there(path):
    named = re.findall(r"\b((?:dsn|inbox)_[a-z]+)(?= --?[a-z])", path.read_text(encoding="utf-8"))
    assert [name for name in named if name not in OURS] == []


def _rows(name: str) -> dict[str, str]:
    """What the reference says of each argument of a command."""
    described = section(page("reference/commands.md"), f"## `{name}`")
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", described, re.MULTILINE))


DEFAULTS = [
    pytest.param(name, action, id=f"{name} {action.option_strings[0]}")
    for name, app in sorted(OURS.items())
    if app == "dsn_core"
    for action in _actions(name)
    if action.option_strings and action.default
]


@pytest.mark.parametrize(("name", "action"), DEFAULTS)
def test_a_default_of_an_option_is_told(name, action):
    told = _rows(name)[action.option_strings[0]]
    default = action.default
    wanted = f"{default:g}" if isinstance(default, int | float) else str(default)
    assert re.search(rf"(?<![\w.]){re.escape(wanted)}(?![\w.]*\w)", told), told


REPEATED = [
    pytest.param(name, action, id=f"{name} {action.option_strings[0]}")
    for name, app in sorted(OURS.items())
    if app == "dsn_core"
    for action in _actions(name)
    if action.option_strings and action.default == []
]


@pytest.mark.parametrize(("name", "action"), REPEATED)
def test_an_option_that_may_be_repeated_says_so(name, action):
    assert "several times" in _rows(name)[action.option_strings[0]]


def test_the_options_of_pruning_the_inbox_are_described_and_no_other():
    readme = (ROOT / "packages/dsn-inbox/README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"(?<!\w)--[a-z-]+", section(readme, "## Retention")))
    assert told == {name for action in _actions("inbox_prune") for name in action.option_strings}


def test_every_engine_that_is_described_can_be_imported():
    described = first_column(section(page("reference/settings.md"), "## `ENGINE`"))
    assert {import_string(path).__name__ for path in described} == {
        "InlineEngine",
        "WorkerEngine",
        "CeleryEngine",
    }
