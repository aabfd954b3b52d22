"""How long X finds a text."""

from __future__ import annotations

import random

import pytest

from dsn_twitter.weighing import weigh
from tests.twitter.posting import post
from tests.twitter.vectors import AT_MOST, EXACT


@pytest.mark.parametrize(("text", "weight"), EXACT)
def test_a_text_weighs_what_x_says(text, weight):
    assert weigh(text) == weight


@pytest.mark.parametrize(("text", "ours", "theirs"), AT_MOST)
def test_what_is_not_certain_weighs_more_never_less(text, ours, theirs):
    assert weigh(text) == ours >= theirs


def test_texts_side_by_side_weigh_what_they_weigh_alone():
    drawn = random.Random(7)
    for _ in range(500):
        some = [drawn.choice(EXACT) for _ in range(4)]
        text = " \n ".join(text for text, _ in some)
        assert weigh(text) == sum(weight for _, weight in some) + 9, text


def test_the_messenger_measures_so():
    assert post().measure("注文 https://shop.com/orders/7") == 28


@pytest.mark.parametrize(
    "text",
    [
        "a.b" * 30_000,
        "https://" + "a-" * 30_000,
        "(" * 60_000 + ".com",
        "ü." * 5_000,
        "a_." * 9_000,
    ],
    ids=["dots", "hyphens", "brackets", "letters", "underscores"],
)
def test_a_malicious_text_is_weighed_in_no_time(text):
    import time

    started = time.process_time()
    weigh(text)

    assert time.process_time() - started < 1
