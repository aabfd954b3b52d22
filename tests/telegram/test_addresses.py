"""The one way to write a chat."""

from __future__ import annotations

import pytest

from dsn_core import InvalidAddress
from tests.telegram.posting import messenger, send


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("4711", "4711"),
        ("  4711\n", "4711"),
        ("-100", "-100"),
        ("-1001234567890", "-1001234567890"),
        ("-1001234567890:45", "-1001234567890:45"),
        ("@Shop_News", "@shop_news"),
        ("@shop_forum:3", "@shop_forum:3"),
        ("4503599627370495", "4503599627370495"),
    ],
)
def test_a_chat_has_one_spelling(raw, normal):
    telegram = messenger()

    assert telegram.normalize_address(raw) == normal
    assert telegram.normalize_address(normal) == normal


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("ada", "not a chat id"),
        ("0", "not a chat id"),
        ("007", "not a chat id"),
        ("12.5", "not a chat id"),
        ("12 34", "not a chat id"),
        ("--5", "not a chat id"),
        ("٤٧١١", "not a chat id"),
        ("4503599627370496", "too large"),
        ("99999999999999999999", "not a chat id"),
        ("+4915112345678", "phone number"),
        ("https://t.me/shop_news", "is a link"),
        ("t.me/shop_news", "is a link"),
        ("@a", "not a name"),
        ("@1shop", "not a name"),
        ("@shop news", "not a name"),
        ("@", "not a name"),
        ("4711:45", "only groups have topics"),
        ("-100:", "no topic's number"),
        ("-100:x", "no topic's number"),
        ("-100:0", "no topic's number"),
        ("-100:4:5", "no topic's number"),
    ],
)
def test_a_fault_is_named(raw, fault):
    with pytest.raises(InvalidAddress, match=fault):
        messenger().normalize_address(raw)


def test_an_address_that_is_none_is_refused_without_asking(server):
    outcome = send(server, "ada")

    assert (outcome.refusal.value, outcome.code) == ("address", "address")
    assert server.calls == []


@pytest.mark.parametrize(
    ("address", "rate"),
    [("4711", "1/second"), ("-100", "20/minute"), ("-100:4", "20/minute"), ("@news", "20/minute")],
)
def test_a_group_is_written_to_less_often_than_a_person(address, rate):
    assert messenger().address_rate(address) == rate
