"""What goes over the wire."""

from __future__ import annotations

import json

import pytest

from dsn_core import Accepted, Action
from dsn_telegram.testing import TelegramServer
from tests.telegram.posting import ADA, GROUP, send

TRACK = Action(label="Track it", url="https://shop.example/orders/7/?a=1&b=2")


def test_a_text_arrives_as_it_is(server):
    outcome = send(server, text='2 < 3 & "4" > 1: <b>not bold</b> &amp; &nbsp;')

    assert outcome == Accepted(provider_id="4711:1")
    assert server.messages[0].text == '2 < 3 & "4" > 1: <b>not bold</b> &amp; &nbsp;'
    assert server.messages[0].entities == ()


WRITINGS = [
    "😀 and so on",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467, flag \U0001f1e9\U0001f1ea",
    "שלום עולם, Ada!",
    "مرحبا \u200f7\u200f",
    "e\u0301 한국어 ไทย",
    "\U0001d518\U0001d52b\U0001d526",
    "a\u2066b\u2069",
]


@pytest.mark.parametrize("text", WRITINGS)
@pytest.mark.parametrize("options", [{"mode": "HTML"}, {"mode": "text"}], ids=["html", "text"])
def test_every_writing_arrives_as_it_is(server, text, options):
    send(server, text=text, options=options)

    assert server.messages[0].text == text


def test_half_a_surrogate_pair_is_replaced_and_the_rest_arrives(server):
    assert isinstance(send(server, text="before \ud83d after"), Accepted)
    assert server.messages[0].text == "before \ufffd after"


def test_a_subject_is_a_bold_first_line(server):
    send(server, subject="Order <7>\nis paid", html="<i>Thanks</i>", text="Thanks")

    sent = server.messages[0]
    assert sent.text == "Order <7> is paid\n\nThanks"
    assert [entity["type"] for entity in sent.entities] == ["bold", "italic"]


@pytest.mark.parametrize("words", [{"text": "Paid: 7"}, {"html": "<p>Paid: 7</p>"}])
def test_a_subject_that_the_words_begin_with_is_not_repeated(server, words):
    send(server, subject="Paid", **words)

    assert server.messages[0].text == "Paid: 7"


def test_a_subject_alone_is_a_message(server):
    send(server, subject="Paid")

    assert server.messages[0].text == "Paid"


def test_in_text_mode_the_words_go_out_alone(server):
    words = {"subject": "Paid", "text": "<b>Order</b> 7", "html": "<b>Other</b>"}
    send(server, options={"mode": "text"}, **words)
    send(server, options={"mode": "text"}, html="<p>Order&nbsp;<b>7</b></p><p>Thanks</p>")

    assert [sent.text for sent in server.messages] == [
        "Paid\n\n<b>Order</b> 7",
        "Order\u00a07\n\nThanks",
    ]
    assert all("parse_mode" not in sent.raw for sent in server.messages)


def test_the_html_goes_before_the_text(server):
    send(server, text="plain", html="<b>bold</b>")

    assert server.messages[0].text == "bold"


def test_the_text_stands_in_for_html_without_words(server):
    send(server, text="plain", html="<p><img src='x.png'></p>")

    assert server.messages[0].text == "plain"


@pytest.mark.parametrize("words", [{"text": ""}, {"text": " \n\t"}, {"html": "<p> </p>"}])
def test_a_message_without_words_is_refused_without_asking(server, words):
    outcome = send(server, **words)

    assert (outcome.refusal.value, outcome.code) == ("message", "empty")
    assert server.calls == []


def test_the_options_go_along(server):
    options = {"silent": True, "preview": False, "protect": True, "thread_id": 45}
    send(server, GROUP, text="Hi", options=options)

    sent = server.messages[0]
    assert (sent.silent, sent.preview, sent.protected, sent.thread) == (True, False, True, 45)


def test_without_options_telegram_is_asked_for_nothing_special(server):
    send(server, text="Hi")

    assert server.calls[0].form == {"chat_id": ADA, "text": "Hi", "parse_mode": "HTML"}


def test_a_topic_of_the_address_goes_before_that_of_the_options(server):
    send(server, f"{GROUP}:7", options={"thread_id": 45})

    assert (server.messages[0].chat_id, server.messages[0].thread) == (int(GROUP), 7)


def test_a_person_has_no_topics(server):
    send(server, ADA, options={"thread_id": 45})

    assert server.messages[0].thread is None


def test_a_channel_is_reached_by_its_name(server):
    outcome = send(server, "@shop_news", text="Hi")

    assert server.calls[0].form["chat_id"] == "@shop_news"
    assert outcome.provider_id == f"{server.messages[0].chat_id}:1"


# ── Buttons ─────────────────────────────────────────────────────────────────────────────


def test_an_action_is_a_button_of_its_own_row(server):
    send(server, text="Paid", actions=(TRACK, Action(label="Help", url="tg://resolve?domain=x")))

    markup = json.loads(str(server.messages[0].raw["reply_markup"]))
    assert markup["inline_keyboard"] == [
        [{"text": "Track it", "url": TRACK.url}],
        [{"text": "Help", "url": "tg://resolve?domain=x"}],
    ]
    assert server.messages[0].text == "Paid"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/orders/7/",
        "http://shop.localhost/",
        "http://127.0.0.1:8000/",
        "https://intranet/",
        "http://[::1]/",
        "ftp://shop.example/bill.pdf",
        "mailto:desk@shop.example",
        "javascript:alert(1)",
        "/orders/7/",
        "https://shop.example/a b",
        "https://shop.example:port/",
        "http://[broken/",
        "tg:",
    ],
)
def test_an_address_that_telegram_refuses_is_a_line_instead(server, url):
    outcome = send(server, text="Paid", actions=(Action(label="Track <it>", url=url), TRACK))

    assert isinstance(outcome, Accepted)
    assert server.messages[0].text == f"Paid\n\nTrack <it>: {url}"
    assert server.messages[0].buttons == (("Track it", TRACK.url),)


def test_a_button_may_have_its_scheme_in_capitals(server):
    loud = Action(label="Track", url="HTTPS://shop.example/7")
    send(server, text="Hi", actions=(loud,))

    assert server.messages[0].buttons == (("Track", loud.url),)


def test_a_button_without_a_label_shows_its_address(server):
    send(server, text="Paid", actions=(Action(label=" ", url=TRACK.url),))

    assert server.messages[0].buttons == ((TRACK.url, TRACK.url),)


def test_actions_without_words_are_the_words(server):
    send(server, actions=(TRACK,))

    assert server.messages[0].text == f"Track it: {TRACK.url}"
    assert server.messages[0].buttons == ()


def test_a_server_of_ones_own_is_asked_instead():
    with TelegramServer(token="1234567:abc", username="my_bot") as server:
        send(server, text="Hi")
        assert server.calls[0].path == "/bot1234567:abc/sendMessage"
