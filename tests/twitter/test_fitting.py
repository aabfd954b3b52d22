"""Posts that the core has cut: whole, and short enough for X."""

from __future__ import annotations

import random

import pytest

from dsn_core import Accepted
from dsn_twitter.composing import drop_half_link
from dsn_twitter.links import find_links
from tests.twitter.posting import envelope, post

LONG = "shop.com/orders/1234567890/1234567890/1234567890"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Order 7 is paid…", "Order 7 is paid…"),
        ("Order 7, shop.com/orders/12…", "Order 7,…"),
        ("Order 7, shop.com/orders/12-…", "Order 7,…"),
        ("Order 7, shop.com …", "Order 7, shop.com …"),
        ("Order 7 (shop.com)…", "Order 7 (shop.com)…"),
        ("Order 7, https://shop.com/ord…", "Order 7,…"),
        ("See https://shop.com/a shop.com/ord…", "See https://shop.com/a …"),
        ("\u2067הזמנה shop.com/ord…\u2069", "\u2067הזמנה…\u2069"),
        ("shop.com/ord…", "…"),
        ("shop.com/ord", "shop.com/ord"),
    ],
)
def test_half_a_link_is_dropped(text, whole):
    assert drop_half_link(text) == whole


def test_a_link_that_nobody_cut_stays(server):
    post(server).send(envelope("Order 7, shop.com/a…"))

    assert server.posts[0].text == "Order 7, shop.com/a…"


@pytest.mark.parametrize("links", [True, False])
def test_a_text_that_was_cut_within_a_long_name_ends_before_it(server, links):
    text = "y " * 125 + LONG[:30] + "…"
    post(server, links=links).send(envelope(text))

    assert server.posts[0].text.rstrip("…").strip() == ("y " * 125).strip()


PARTS = [
    *[
        "Order 7 ",
        "is paid. ",
        "Größe ",
        "\n\n",
        "注文",
        "עברית ",
        "👍🏽",
        "👨‍👩‍👧‍👦 ",
        "🇩🇪",
        "e\u0301",
    ],
    *["https://shop.com/orders/7 ", "(https://shop.com/a_(b)) ", "https://shop.example/o/99/abc "],
    *["shop.com ", f"{LONG} ", "https://t.co/abc, ", "ada@shop.com "],
]


@pytest.mark.parametrize("links", [True, False])
def test_what_fits_for_the_core_fits_for_x(links):
    """The core's own rules, as its preview and its delivery apply them."""
    from dsn_twitter.weighing import weigh

    drawn = random.Random(11)
    messenger = post(links=links)
    for _ in range(150):
        text = "".join(drawn.choice(PARTS) for _ in range(drawn.randint(20, 50)))
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            fits = messenger.measure(text[:middle] + "…") <= 280
            low, high = (middle, high) if fits else (low, middle - 1)
        sent = messenger._text(envelope(text[:low] + "…").message)
        assert weigh(sent) <= 280
        assert links or not list(find_links(sent))
        assert not [link for link in find_links(sent) if sent[link.end :] == "…"]


def test_the_longest_post_that_we_let_pass_passes(server):
    for text in (
        "x" * 280,
        "注" * 140,
        "👩🏽‍💻" * 140,
        "x" * 256 + " https://shop.com/" + "y" * 90,
    ):
        assert isinstance(post(server).send(envelope(text)), Accepted)
