"""The most segments that a Backend pays for, and what a preview says of them."""

# ruff: noqa: RUF001 - letters that look like others

from __future__ import annotations

import pytest

from dsn_core import Accepted, Message, Refusal
from tests.sms.texting import account_at, envelope, messenger, through


def remarks(server, text, *, whatsapp=False, **options):
    """What the messenger says of `text`."""
    sms = messenger(account_at(server, whatsapp=whatsapp), **options)
    return list(sms.remarks(Message(text=text)))


def test_a_longer_text_is_cut_with_an_ellipsis(server):
    outcome = through(server, options={"max_segments": 1}).send(envelope("x" * 200))

    assert isinstance(outcome, Accepted)
    assert server.messages[0].body == "x" * 157 + "..."
    assert outcome.detail["segments"] == 1


def test_a_longer_text_is_refused_where_the_backend_says_so(server):
    sms = through(server, options={"max_segments": 2, "over": "refuse"})
    outcome = sms.send(envelope("x" * 307))

    assert (outcome.refusal, outcome.code) == (Refusal.MESSAGE, "max_segments")
    assert outcome.reason == "The text takes 3 segments, and the backend sends at most 2"
    assert server.calls == []


@pytest.mark.parametrize("over", ["cut", "refuse"])
def test_a_text_that_fits_is_left_alone(server, over):
    sms = through(server, options={"max_segments": 2, "over": over})
    sms.send(envelope("x" * 306))

    assert server.messages[0].body == "x" * 306


def test_without_a_cap_nothing_is_cut(server):
    through(server).send(envelope("Ж" * 1600))

    assert server.messages[0].body == "Ж" * 1600


def test_the_cap_counts_what_smart_encoding_leaves(server):
    text = "„" + "x" * 158 + "“"
    for smart in (True, False):
        options = {"max_segments": 1, "smart_encoded": smart}
        through(server, options=options).send(envelope(text))

    refusing = through(server, options={"max_segments": 1, "over": "refuse"})
    assert isinstance(refusing.send(envelope(text)), Accepted)
    whole, cut, _ = (each.body for each in server.messages)
    assert whole == text
    assert len(cut) == 70


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Paid", ["1 segment of GSM-7"]),
        ("x" * 161, ["2 segments of GSM-7"]),
        ("“Paid” – thanks…", ["1 segment of GSM-7"]),
        ("Paid 🎉", ["1 segment of UCS-2, because of “🎉”"]),
        ("Ж" * 71, ["2 segments of UCS-2, because of “Ж”"]),
        ("абвгд", ["1 segment of UCS-2, because of “абвгд”"]),
        ("абвгдеё", ["1 segment of UCS-2, because of “абвгд” and others"]),
    ],
)
def test_a_preview_says_what_a_text_costs_and_why(server, text, words):
    assert remarks(server, text) == words


def test_a_preview_says_what_is_cut(server):
    assert remarks(server, "x" * 200, max_segments=1) == [
        "2 segments of GSM-7",
        "Cut to 1 segment: the last 43 characters are left out",
    ]


def test_a_preview_says_to_how_many_segments_it_is_cut(server):
    remark = remarks(server, "x" * 400, max_segments=2)[-1]

    assert remark == "Cut to 2 segments: the last 97 characters are left out"


def test_a_stop_before_the_ellipsis_is_no_part_of_it(server):
    remark = remarks(server, "x." * 100, max_segments=1)[-1]

    assert remark == "Cut to 1 segment: the last 43 characters are left out"


def test_a_preview_says_what_is_refused(server):
    assert remarks(server, "x" * 200, max_segments=1, over="refuse") == [
        "2 segments of GSM-7",
        "The text takes 2 segments, and the backend sends at most 1",
    ]


def test_a_preview_of_whatsapp_says_when_it_is_taken(server):
    (remark,) = remarks(server, "x" * 400, whatsapp=True, max_segments=1)

    assert "24 hours" in remark
