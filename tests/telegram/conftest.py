"""A Bot API server for every test of dsn-telegram, and a look at all that it was asked."""

from __future__ import annotations

import pytest

from dsn_telegram.testing import TelegramServer
from tests.telegram.specification import FILE, faults


@pytest.fixture(scope="session")
def one_server():
    """One for all tests: starting and stopping one takes longer than most of them."""
    with TelegramServer() as server:
        yield server


@pytest.fixture
def server(one_server):
    """The server; all that it was asked is held against the description, where there is one."""
    one_server.reset()
    yield one_server
    if FILE.is_file():
        assert [fault for call in one_server.calls for fault in faults(call)] == []


@pytest.fixture(autouse=True)
def hang_up():
    """No connection and no thread of ours outlives a test."""
    yield
    from dsn_telegram.bots import OFFICE

    OFFICE.close()
