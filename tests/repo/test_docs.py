"""The documentation against the code: nothing is missing from it, and nothing is made up."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from dataclasses import MISSING, fields
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pytest
from django.core.management import load_command_class
from django.core.management.base import CommandParser
from django.dispatch import Signal

import dsn_core
from dsn_core import conditions, signals, states
from dsn_core.conf import Config
from dsn_core.delivery.tallying import NAMES, Tally
from dsn_core.engines.logs import log_batch
from dsn_core.management import commands
from dsn_core.models import Address, Backend, Subscription, Trigger
from dsn_email.accounts import Account, Options
from tests.repo.tree import ROOT, files, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.core.management.base import BaseCommand

DOCS = ROOT / "docs"
OURS = {path.name for path in ROOT.glob("packages/*/src/dsn_*")}
PAGES = [ROOT / "README.md", *files("docs/*.md"), *files("packages/*/README.md")]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def headings(text: str) -> list[str]:
    return re.findall(r"^## `([^`]+)`$", text, re.MULTILINE)


def section(text: str, heading: str) -> str:
    """What stands between a heading and the next one of its rank."""
    rank = heading.split(" ", maxsplit=1)[0]
    _before, _heading, after = text.partition(f"\n{heading}\n")
    assert after, f"There is no heading {heading!r}."
    return re.split(rf"^{rank} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def first_column(text: str) -> list[str]:
    """The names in code type that begin the rows of a section's tables."""
    cells = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


# ── Settings ────────────────────────────────────────────────────────────────────────────


def test_every_setting_is_described_once_and_no_other():
    assert headings(page("reference/settings.md")) == [item.name.upper() for item in fields(Config)]


@pytest.mark.parametrize("item", fields(Config), ids=lambda item: item.name.upper())
def test_a_setting_is_described_with_its_default(item):
    described = section(page("reference/settings.md"), f"## `{item.name.upper()}`")
    written = re.search(r"^- Default: `(.+)`$", described, re.MULTILINE)
    assert written, "It has no default."
    default = item.default if item.default_factory is MISSING else item.default_factory()
    value = ast.literal_eval(written[1])
    assert (frozenset(value) if isinstance(default, frozenset) else value) == default


SHAPES = {"Mapping": "dict", "Literal": "str", "frozenset": "list"}


@pytest.mark.parametrize("item", fields(Config), ids=lambda item: item.name.upper())
def test_a_setting_is_described_with_its_type(item):
    described = section(page("reference/settings.md"), f"## `{item.name.upper()}`")
    written = re.search(r"^- Type: `([^`]+)`", described, re.MULTILINE)
    assert written, "It has no type."
    shape = item.type.partition("[")[0]
    assert written[1].partition("[")[0] == SHAPES.get(shape, shape)


# ── Commands ────────────────────────────────────────────────────────────────────────────

COMMANDS = sorted(module.name for module in iter_modules(commands.__path__))


def _arguments(command: BaseCommand) -> set[str]:
    """What a command takes beside Django's own options."""
    parser = CommandParser(add_help=False)
    command.add_arguments(parser)
    return {name for action in parser._actions for name in action.option_strings or [action.dest]}


def test_every_command_is_described_and_no_other():
    assert sorted(headings(page("reference/commands.md"))) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_with_its_arguments_and_no_other(name):
    described = section(page("reference/commands.md"), f"## `{name}`")
    command = load_command_class("dsn_core", name)
    named = {word for text in first_column(described) for word in re.split(r"[ ,]+", text)}
    words = {word for word in named if word.startswith("-") or not word.isupper()}
    assert words == _arguments(command)


# ── Operators, states, checks, signals ──────────────────────────────────────────────────


def test_every_operator_is_described_and_no_other():
    described = section(page("reference/conditions.md"), "## Operators")
    assert first_column(described) == list(conditions.OPERATORS)


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("## Of a delivery", states.State.values),
        ("## Of an event", states.EventState.values),
        ("## Why it is held", states.HeldBy.values),
        ("## Why it is suppressed", states.SuppressedBy.values),
    ],
)
def test_every_state_and_code_is_described_and_no_other(heading, values):
    assert first_column(section(page("reference/states.md"), heading)) == values


def test_the_final_states_are_those_of_the_code():
    described = section(page("reference/states.md"), "## Of a delivery")
    final = re.findall(r"^\| `(\w+)` \|.*\| yes \|$", described, re.MULTILINE)
    assert set(final) == set(states.FINAL)


def test_every_check_is_described_and_no_other():
    pattern = re.compile(r"\bdsn[.][EWI]\d{3}\b")
    sources = [path.read_text(encoding="utf-8") for path in files("packages/*.py")]
    known = {found for source in sources for found in pattern.findall(source)}
    assert first_column(page("reference/checks.md")) == sorted(known, key=_rank)


def _rank(check: str) -> tuple[int, str]:
    return "EWI".index(check[4]), check


def test_every_announcement_is_described_and_no_other():
    described = section(page("reference/states.md"), "## Signals that announce")
    known = [name for name, value in vars(signals).items() if isinstance(value, Signal)]
    assert first_column(described) == known


def test_every_number_that_a_batch_logs_is_described_and_no_other(caplog):
    described = section(page("how-to/monitor.md"), "## What the worker logs")
    tally = Tally(size=1, counts=dict.fromkeys(NAMES, 0), seconds=0.4, is_whole=True)
    with caplog.at_level("INFO", "dsn_core.engines"):
        log_batch(tally)
    known = [name for name in vars(caplog.records[0]) if name.startswith("dsn_")]
    assert re.findall(r"`(dsn_[a-z_]+)`[,.]", described) == known
    line = re.search(r"^batch: .*$", described, re.MULTILINE)
    assert line
    assert re.findall(r"(\w+)=", line[0]) == [name.removeprefix("dsn_") for name in known]


# ── Names of the contract and of the models ─────────────────────────────────────────────


def test_the_contract_describes_every_public_name_and_no_other():
    described = re.findall(
        r"^[.][.] (?:auto\w+|py:data):: dsn_core[.](\w+)$", page("reference/contract.md"), re.M
    )
    assert sorted(described) == sorted(dsn_core.__all__)


@pytest.mark.parametrize(
    "function", [Trigger.objects.watch, Subscription.objects.subscribe], ids=["watch", "subscribe"]
)
def test_setting_up_by_code_is_described_argument_for_argument(function):
    model = {"watch": Trigger, "subscribe": Subscription}[function.__name__]
    heading = f"## `{model.__name__}.objects.{function.__name__}`"
    described = section(page("reference/models.md"), heading)
    assert first_column(described) == list(inspect.signature(function).parameters)


def test_the_fields_of_a_backend_are_described():
    described = first_column(section(page("reference/models.md"), "## `Backend`"))
    assert described == [item.name for item in Backend._meta.concrete_fields if item.name != "id"]


def test_the_fields_of_an_address_are_described():
    described = first_column(section(page("reference/models.md"), "## `Address`"))
    assert described == [item.name for item in Address._meta.concrete_fields if item.name != "id"]


PLUGINS = sorted(path.parent.name for path in files("packages/*/README.md"))


@pytest.mark.parametrize("name", PLUGINS)
def test_a_readme_begins_with_how_it_is_installed_from_a_clone(name):
    text = (ROOT / "packages" / name / "README.md").read_text(encoding="utf-8")
    wheels = {"dsn-core": "dist/dsn_core-*.whl"}
    wheels[name] = f"dist/{name.replace('-', '_')}-*.whl"
    clone = f"$ make build\n$ pip install {' '.join(wheels.values())}\n"
    installing = section(text, "## Install")
    assert installing.count("pip install") >= 2
    assert installing.index(clone) < installing.index(f"`pip install {name}`")


def test_the_servers_for_tests_take_a_port_and_are_named():
    told = page("how-to/test-your-project.md")
    for named in re.findall(r"`(dsn_\w+)[.]testing[.](\w+)`", told):
        server = getattr(import_module(f"{named[0]}.testing"), named[1])
        assert "port" in inspect.signature(server).parameters
        readme = ROOT / "packages" / named[0].replace("_", "-") / "README.md"
        assert f"{named[1]}(port=" in readme.read_text(encoding="utf-8")
    plugins = {path.parent.name for path in files("packages/*/src/*/testing.py")}
    assert {name for name, _server in re.findall(r"`(dsn_\w+)[.]testing[.](\w+)`", told)} == plugins


def test_the_fields_of_an_email_account_and_its_options_are_described():
    text = (ROOT / "packages/dsn-email/README.md").read_text(encoding="utf-8")
    accounts = first_column(section(text, "## Accounts"))
    assert [name for name in accounts if "." not in name and "@" not in name] == [
        *(item.name for item in fields(Account)),
    ]
    assert all(f"`{item.name}`" in text for item in fields(Options))


# ── The pages themselves ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_link_to_a_file_leads_to_one(path):
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_call_of_make_is_in_the_menu():
    menu = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    pages = [*PAGES, ROOT / "CONTRIBUTING.md"]
    text = "".join(path.read_text(encoding="utf-8") for path in pages)
    told = set(re.findall(r"^(?:\$ )?make ([a-z]+)|`make ([a-z]+)`", text, re.MULTILINE))
    told = {first or second for first, second in told}
    assert told
    assert told <= set(menu)


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
                yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_name_of_ours_that_a_page_imports_is_there(path):
    gone = [told for told in _imports(path) if not hasattr(import_module(told[0]), told[1])]
    assert gone == []


def _anchors(path: Path) -> set[str]:
    """As GitHub names headings, and Sphinx with them."""
    text = re.sub(r"^(```+).*?^\1$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_link_to_a_heading_leads_to_one(path):
    links = re.findall(
        r"\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)", path.read_text(encoding="utf-8")
    )
    gone = [
        f"{target}#{anchor}"
        for target, anchor in links
        if anchor not in _anchors(path.parent / target if target else path)
    ]
    assert gone == []


@pytest.mark.slow
def test_the_readme_shows_what_the_demo_prints():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^\$ make demo\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block
    shop = [sys.executable, "example/demo.py"]
    printed = subprocess.run(shop, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = [line for line in block[1].splitlines() if line != "..."]
    assert [line for line in lines if line not in printed.splitlines()] == []
