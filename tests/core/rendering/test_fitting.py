"""A message is made to fit what its messenger can carry."""

from __future__ import annotations

from typing import Any

import pytest

from dsn_core.contract.message import Action, Attachment, Message
from dsn_core.contract.messenger import Overflow
from dsn_core.exceptions import TemplateRefused
from dsn_core.rendering.fitting import NothingToSend, TooLong, fit
from dsn_core.rendering.notes import WORDS, Rule
from tests.core.delivery.conftest import Pager


def sample(**attributes) -> Any:
    cls: Any = type(
        "Sample", (Pager,), {"supports_subject": False, "supports_html": False, **attributes}
    )
    return cls(account=cls.account_type(), options=cls.options_type())


def test_a_subject_stands_before_the_text_where_there_is_none():
    message = Message(subject="Paid", text="Order 7", html="<p>Order 7</p>")
    assert fit(message, sample()) == Message(text="Paid\n\nOrder 7")
    assert fit(message, sample(supports_subject=True, supports_html=True)) == message


def test_a_text_that_begins_with_its_subject_is_not_said_twice():
    message = Message(subject="Order 7", text="Order 7: paid")
    assert fit(message, sample()).text == "Order 7: paid"


def test_html_alone_becomes_text():
    message = Message(html="<p>1 &lt; 2</p>")
    assert fit(message, sample()) == Message(text="1 < 2")


def test_actions_become_lines_and_attachments_are_left_out():
    message = Message(
        text="Paid",
        attachments=(Attachment(name="a", content=b""),),
        actions=(Action(label="Track", url="https://x.example/7"),),
    )
    assert fit(message, sample()) == Message(text="Paid\n\nTrack: https://x.example/7")
    both = {"supports_actions": True, "supports_attachments": True}
    assert fit(message, sample(**both)) == message


TRACK = Action(label="Track", url="https://x.example/7")
RATE = Action(label="Rate <it>", url="https://x.example/r?a=1&b=2")


def told(message, messenger) -> list[tuple[Rule, str]]:
    """The rules that were applied, and what each lost."""
    notes: list[Any] = []
    fit(message, messenger, notes.append)
    return [(note.rule, note.lost) for note in notes]


# ── What has no place ───────────────────────────────────────────────────────────────────


def test_a_message_that_fits_is_left_as_it_is_and_nothing_is_told():
    message = Message(text="Paid")
    assert fit(message, sample(max_length=4)) is message
    assert told(message, sample(max_length=4)) == []


def test_a_text_about_order_71_does_not_begin_with_order_7():
    message = Message(subject="Order 7", text="Order 71 is late")
    assert fit(message, sample()).text == "Order 7\n\nOrder 71 is late"


def test_a_subject_alone_becomes_the_text():
    assert fit(Message(subject="Paid"), sample()) == Message(text="Paid")


def test_a_subject_stands_before_the_html_too_and_is_escaped():
    messenger = sample(supports_html=True)
    message = Message(subject="1 < 2", text="Order 7", html="<p>Order 7</p>")
    fitted = fit(message, messenger)
    assert fitted.html == "<p><b>1 &lt; 2</b></p>\n<p>Order 7</p>"
    assert fitted.text == "1 < 2\n\nOrder 7"
    assert told(message, messenger) == [(Rule.SUBJECT_MOVED, "")]


def test_html_that_begins_with_its_subject_does_not_say_it_twice():
    message = Message(subject="Order 7", html="<style>p{}</style><h1>Order 7</h1><p>paid</p>")
    assert fit(message, sample(supports_html=True)).html == message.html


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "<!DOCTYPE html>\n<html><head><title>x</title></head>\n<body class='a>b'>",
            "</body></html>",
        ),
        ("<!-- <body> --><html><body>", "</body>\n</html>\n"),
        ("<html>", "</html>"),
        ("<!doctype html>", ""),
        ("<![if mso]><html><body>", "</body>"),
        ("", ""),
    ],
)
def test_subject_and_links_stand_within_the_body(before, after):
    message = Message(subject="Paid", html=f"{before}<p>x</p>{after}", actions=(RATE,))
    link = '<p><a href="https://x.example/r?a=1&amp;b=2">Rate &lt;it&gt;</a></p>'
    fitted = fit(message, sample(supports_html=True))
    assert fitted.html == f"{before}<p><b>Paid</b></p>\n<p>x</p>\n{link}{after}"


def test_a_link_that_runs_a_script_is_shown_and_not_linked():
    message = Message(html="<p>x</p>", actions=(Action(label="Go", url="javascript:alert(1)"),))
    html = fit(message, sample(supports_html=True)).html
    assert html == "<p>x</p>\n<p>Go: javascript:alert(1)</p>"


def test_html_without_a_text_gets_one():
    message = Message(html="<p><a href='https://x.example/7'>Track it</a></p>")
    fitted = fit(message, sample(supports_html=True, supports_subject=True))
    assert fitted == Message(text="Track it (https://x.example/7)", html=message.html)
    assert told(message, sample()) == [(Rule.TEXT_MADE, ""), (Rule.HTML_LEFT_OUT, "")]


def test_links_stand_together_after_the_text():
    message = Message(text="Paid", actions=(TRACK, RATE))
    messenger = sample()
    assert fit(message, messenger).text == (
        "Paid\n\nTrack: https://x.example/7\nRate <it>: https://x.example/r?a=1&b=2"
    )
    assert told(message, messenger) == [(Rule.ACTIONS_AS_LINKS, "")]


def test_a_link_alone_is_worth_sending():
    assert fit(Message(actions=(TRACK,)), sample()).text == "Track: https://x.example/7"


def test_attachments_that_are_left_out_are_named():
    message = Message(text="Paid", attachments=(Attachment(name="bill.pdf", content=b""),))
    assert told(message, sample()) == [(Rule.ATTACHMENTS_LEFT_OUT, "bill.pdf")]


@pytest.mark.parametrize(
    "message",
    [
        Message(),
        Message(html="<p></p>"),
        Message(attachments=(Attachment(name="a", content=b"x"),)),
    ],
)
def test_where_nothing_is_left_nothing_is_sent(message):
    with pytest.raises(NothingToSend, match="no words are left for pager"):
        fit(message, sample())


def test_a_file_alone_is_worth_sending():
    message = Message(attachments=(Attachment(name="a", content=b"x"),))
    assert fit(message, sample(supports_attachments=True)) == message


# ── What is too long ────────────────────────────────────────────────────────────────────


def utf16(self, text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("longest", range(2, 30))
def test_a_text_is_cut_where_no_sign_breaks(longest):
    text = "Zoë e\u0301 👩‍👩‍👧 👍🏽 שלום 12345678"
    messenger = sample(max_length=longest, measure=utf16)
    cut = fit(Message(text=text), messenger).text
    assert utf16(None, cut) <= longest
    assert cut.endswith("…")
    kept = cut[:-1]
    assert text.startswith(kept)
    rest = text[len(kept) :]
    assert not rest.startswith(("\u0301", "\u200d", "🏽"))
    assert not kept.endswith("\u200d")


def test_a_text_that_fits_is_not_cut():
    message = Message(text="12345", html="<b>1</b>")
    assert fit(message, sample(max_length=5)).text == "12345"


def test_the_words_that_are_cut_are_told():
    message = Message(subject="Paid", text="Thank you for your order")
    messenger = sample(max_length=20)
    assert fit(message, messenger).text == "Paid\n\nThank you for…"
    assert told(message, messenger) == [
        (Rule.SUBJECT_MOVED, ""),
        (Rule.TEXT_CUT, "your order"),
    ]


@pytest.mark.parametrize("overflow", [Overflow.TRUNCATE, Overflow.REFUSE])
def test_html_that_is_too_long_gives_way_to_the_text(overflow):
    messenger = sample(max_length=10, supports_html=True, overflow=overflow)
    message = Message(text="short", html="<p>much longer</p>")
    assert fit(message, messenger) == Message(text="short")
    assert told(message, messenger) == [(Rule.HTML_TOO_LONG, "")]


def test_html_that_fits_goes_out_whole_beside_a_text_that_is_cut():
    messenger = sample(max_length=12, supports_html=True)
    message = Message(text="far too long a text", html="<b>short</b>")
    assert fit(message, messenger) == Message(text="far too…", html="<b>short</b>")


def test_links_are_kept_and_the_text_before_them_is_cut():
    messenger = sample(max_length=40)
    message = Message(text="Your order is on its way", actions=(TRACK,))
    fitted = fit(message, messenger)
    assert fitted.text == "Your order…\n\nTrack: https://x.example/7"
    assert len(fitted.text) <= 40


def test_a_link_for_which_there_is_no_room_is_left_out_and_told():
    messenger = sample(max_length=40)
    message = Message(text="Your order is on its way", actions=(TRACK, RATE))
    assert fit(message, messenger).text == "Your order…\n\nTrack: https://x.example/7"
    assert told(message, messenger) == [
        (Rule.ACTIONS_AS_LINKS, ""),
        (Rule.ACTIONS_LEFT_OUT, "Rate <it>: https://x.example/r?a=1&b=2"),
        (Rule.TEXT_CUT, "is on its way"),
    ]


def test_a_link_is_never_cut_in_two():
    messenger = sample(max_length=20)
    assert fit(Message(text="Paid", actions=(TRACK,)), messenger).text == "Paid"
    with pytest.raises(TooLong, match="not one word"):
        fit(Message(actions=(TRACK,)), messenger)


@pytest.mark.parametrize("longest", [-1, 0, 1])
def test_where_only_the_ellipsis_fits_nothing_is_sent(longest):
    with pytest.raises(TooLong):
        fit(Message(text="Paid"), sample(max_length=longest))


def test_what_may_not_be_cut_says_how_long_it_is():
    messenger = sample(max_length=3, overflow=Overflow.REFUSE)
    with pytest.raises(TooLong, match="measures 5; pager takes 3"):
        fit(Message(text="12345"), messenger)


def test_what_the_messenger_splits_is_left_whole():
    messenger = sample(max_length=3, overflow=Overflow.SPLIT)
    assert fit(Message(text="12345", actions=(TRACK,)), messenger).text == (
        "12345\n\nTrack: https://x.example/7"
    )
    assert told(Message(text="12345"), messenger) == [(Rule.LEFT_TO_SPLIT, "")]


@pytest.mark.parametrize("nonsense", [-1, None, "5", 5.0])
def test_a_measure_that_gives_nonsense_is_named(nonsense):
    messenger = sample(max_length=3, measure=lambda self, text: nonsense)
    with pytest.raises(TemplateRefused, match=r"measure\(\) of pager gave"):
        fit(Message(text="12345"), messenger)


def test_a_measure_that_never_lets_anything_fit_comes_to_an_end():
    messenger = sample(max_length=3, measure=lambda self, text: 4)
    with pytest.raises(TooLong):
        fit(Message(text="word " * 20_000), messenger)


def test_a_measure_that_grows_when_something_is_cut_is_still_kept_to():
    def alphabets(self, text: str) -> int:
        """As of a text message: one foreign sign makes all of it twice as long."""
        return len(text) * (1 if text.isascii() else 2)

    messenger = sample(max_length=20, measure=alphabets)
    cut = fit(Message(text="Thank you for your order"), messenger).text
    assert cut == "Thank you…"


def test_every_rule_has_words():
    assert set(WORDS) == set(Rule)
