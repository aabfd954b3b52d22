"""X, for every test of dsn-twitter that wants it."""

from __future__ import annotations

import pytest

from dsn_twitter.testing import XServer


@pytest.fixture
def server():
    with XServer() as server:
        yield server
