"""A Twilio for every test of dsn-sms."""

from __future__ import annotations

import pytest

from dsn_sms.testing import TwilioServer
from tests.sms import specification


def hold_all(server):
    """Hold every request that `server` took against Twilio's description, if that is here."""
    if specification.FILE.exists():
        for call in server.calls:
            specification.hold(call)


@pytest.fixture
def server():
    with TwilioServer() as server:
        yield server
    hold_all(server)


@pytest.fixture(scope="module")
def one_server():
    """One for all tests of a module, whose answers are scripted one by one."""
    with TwilioServer() as server:
        yield server
    hold_all(server)
