"""User IDs, and what is none."""

from __future__ import annotations

import pytest

from dsn_core import InvalidAddress, Refusal
from tests.twitter.posting import dm, envelope


@pytest.mark.parametrize("raw", ["783214", " 783214\n", "1", "9" * 19])
def test_a_number_is_a_user(raw):
    assert dm().normalize_address(raw) == raw.strip()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("@ada", "GET /2/users/by/username/"),
        ("ada", "number of up to 19 digits"),
        ("", "number"),
        ("9" * 20, "19 digits"),
        ("-1", "number"),
        ("12 34", "number"),
        ("٧٨", "number"),
        ("015112345678", "as a telephone number does .* GET /2/users/by/username/"),
        ("0", "begins with 0"),
        ("0x12", "is not the ID of a user"),
        ("1/../../tweets", "number"),
        ("1\n2", "number"),
    ],
)
def test_what_is_none_is_told_the_way_out(raw, words):
    with pytest.raises(InvalidAddress, match=words.replace("/", "[/]")):
        dm().normalize_address(raw)


def test_no_other_path_is_asked_for(server):
    outcome = dm(server).send(envelope(address="1/../../tweets"))

    assert (outcome.refusal, outcome.code) == (Refusal.ADDRESS, "InvalidAddress")
    assert server.calls == []
