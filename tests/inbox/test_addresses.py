"""An address is a user's primary key, and nothing else."""

from __future__ import annotations

import pytest

from dsn_core import InvalidAddress
from tests.inbox.posting import messenger


@pytest.mark.parametrize(("raw", "normal"), [("7", "7"), (" 7\n", "7"), ("007", "7")])
def test_a_key_has_one_spelling(raw, normal):
    assert messenger().normalize_address(raw) == normal


@pytest.mark.parametrize(
    "raw",
    ["", " ", "ops@example.org", "1_000", "\uff11", "7.0", "0x7", "7\0", "-", "9" * 19, "9" * 5000],
)
def test_what_is_no_key_is_no_address(raw):
    with pytest.raises(InvalidAddress, match="is not the primary key of a user"):
        messenger().normalize_address(raw)


def test_asking_what_is_an_address_asks_no_database():
    # Not marked django_db: a query would fail.
    assert messenger().normalize_address("987654321") == "987654321"
