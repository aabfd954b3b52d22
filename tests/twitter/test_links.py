"""Which links X would make, and a post without them."""

from __future__ import annotations

import pytest

from dsn_core import Accepted, Action, Message, Refusal
from dsn_twitter.composing import leave_out_links
from dsn_twitter.links import find_links
from tests.twitter.posting import envelope, post

TRACK = Action(label="Track it", url="https://shop.com/orders/7")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://shop.com/a, or shop.de.", ["https://shop.com/a", "shop.de"]),
        ("(https://shop.com/a_(b))", ["https://shop.com/a_(b)"]),
        ("https://shop.example/orders/7!", ["https://shop.example/orders/7"]),
        ("Write to ada@shop.com", []),
        ("node.js 3.14 e.g. so", []),
    ],
)
def test_a_link_is_as_long_as_x_takes_it(text, links):
    assert [text[link.start : link.end] for link in find_links(text)] == links


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Order 7 is paid.", "Order 7 is paid."),
        ("Order 7\n\n  is paid.", "Order 7\n\n  is paid."),
        ("Order 7:\nshop.com\nis paid", "Order 7:\nis paid"),
        ("Order 7 is paid: https://shop.com/7", "Order 7 is paid"),
        ("\nOrder 7: shop.com\n\nTrack it: shop.com", "Order 7"),
        ("Order 7 is paid. See https://shop.com/7 now!", "Order 7 is paid. See now!"),
        ("Order 7 is paid. More: https://shop.com/7", "Order 7 is paid."),
        ("Order 7 is paid.\n\nTrack it: https://shop.com/7", "Order 7 is paid."),
        ("Order 7 (https://shop.com/7) is paid", "Order 7 is paid"),
        ('Order 7 <https://shop.com/7> "shop.de" is paid', "Order 7 is paid"),
        ("https://shop.com https://shop.de, .", ""),
        ("Read README.md at shop.com/x", "Read at"),
        ("Run node.js, mail ada@shop.com", "Run node.js, mail ada@shop.com"),
        ("https://shop.example/7 and http://localhost/", "and http://localhost/"),
        ("詳細はshop.com/aをご覧", "詳細はをご覧"),
        ("詳細はhttps://shop.com/aをご覧", "詳細はをご覧"),
        ("my_shop.com/a b", "my_ b"),
    ],
)
def test_links_are_left_out_by_a_rule(text, without):
    assert leave_out_links(text) == without
    assert list(find_links(leave_out_links(text))) == []


def test_a_post_without_links_has_none(server):
    outcome = post(server, links=False).send(envelope("Order 7 is paid. See shop.com"))

    assert isinstance(outcome, Accepted)
    assert server.posts[0].text == "Order 7 is paid. See"


def test_a_post_that_was_all_link_is_not_sent(server):
    outcome = post(server, links=False).send(envelope("https://shop.com/7"))

    assert (outcome.refusal, outcome.code) == (Refusal.MESSAGE, "empty")
    assert server.calls == []


def test_what_is_left_out_has_no_weight():
    text = "x" * 270 + " https://shop.com/orders/7"

    assert post(links=True).measure(text) == 294
    assert post(links=False).measure(text) == 270


@pytest.mark.parametrize(
    ("text", "links", "remark"),
    [
        ("Order 7 is paid.", True, "16 of 280; costs 0.015 USD"),
        (
            "Order 7: https://shop.com/7",
            True,
            "32 of 280; costs 0.200 USD because it has a link",
        ),
        ("Order 7 is paid. More: https://shop.com/7", False, "16 of 280; costs 0.015 USD"),
    ],
)
def test_a_preview_says_how_long_it_is_and_what_it_costs(text, links, remark):
    assert list(post(links=links).remarks(Message(text=text))) == [remark]


def test_an_accounts_own_prices_are_said():
    from decimal import Decimal

    (plain,) = post(post_price=Decimal("0.01")).remarks(Message(text="x"))
    (linked,) = post(link_price=Decimal("0.1")).remarks(Message(text="shop.com"))

    assert plain == "1 of 280; costs 0.010 USD"
    assert linked == "23 of 280; costs 0.100 USD because it has a link"
