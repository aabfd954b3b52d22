"""What every test may ask for, and what the run says of those that were skipped."""

from __future__ import annotations

import inspect
from collections import Counter

import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo

from tests.services import LACKING, find_chromium, lack, need_the_machine
from tests.settings import POSTGRES

ON_POSTGRES = "runs with DSN_TEST_DATABASE=postgres"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for the machine, so that it can be run by itself."""
    for item in items:
        if isinstance(item, pytest.Function) and _asks_for_the_machine(item):
            item.add_marker("measured")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and not _suite_is_on_postgres():
        pytest.skip(ON_POSTGRES)
    if item.get_closest_marker("browser") and find_chromium() is None:
        lack("Chromium")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines what was not tested, and for want of what."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} skipped: {reason}", yellow=LACKING in reason)


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix() -> None:
    """Not needed: the settings name a database for each worker, which its processes find too."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    return find_chromium() or lack("Chromium")


@pytest.fixture(scope="session")
def postgres_server() -> dict[str, str]:
    """Where PostgreSQL listens, also when the suite's own database is another."""
    address = {name: str(POSTGRES[name.upper()]) for name in ("host", "port", "user", "password")}
    try:
        psycopg.connect(make_conninfo(**address, dbname="postgres"), connect_timeout=3).close()
    except psycopg.OperationalError:
        lack(f"PostgreSQL on {address['host']}:{address['port']}")
    return address


def _asks_for_the_machine(item: pytest.Function) -> bool:
    """Does it, or a fixture of its own module, call ``need_the_machine``?"""
    module = vars(item.module)
    functions = [item.function, *(module.get(name) for name in item.fixturenames)]
    codes = [getattr(inspect.unwrap(one), "__code__", None) for one in functions if callable(one)]
    return any(code and need_the_machine.__name__ in code.co_names for code in codes)


def _suite_is_on_postgres() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("postgresql")


def _reason(report: pytest.TestReport) -> str:
    place = report.longrepr
    text = place[2] if isinstance(place, tuple) else str(place)
    return text.removeprefix("Skipped: ")
