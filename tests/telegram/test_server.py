"""The Bot API server for tests refuses what Telegram refuses."""

from __future__ import annotations

import json
import time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from dsn_telegram import bot_api_limits
from dsn_telegram.bot_api_html import Unparsable, parse
from dsn_telegram.bot_api_limits import Limits
from dsn_telegram.testing import TelegramServer, refusal
from tests.telegram.posting import GROUP, envelope, through
from tests.telegram.specification import faults


@pytest.fixture
def any_server():
    """One that may be asked what the description of the Bot API forbids."""
    with TelegramServer() as server:
        yield server


def ask(server, method, token=None, as_json=False, **given):
    """The status and what is said."""
    body = json.dumps(given) if as_json else urlencode(given)
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    url = f"{server.url}/bot{token or server.token}/{method}"
    try:
        with urlopen(Request(url, body.encode(), {"Content-Type": kind}), timeout=5) as said:
            return said.status, json.load(said)["result"]
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["description"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "x", "parse_mode": "Nonsense"}, "unsupported parse_mode"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "chat_id": "99"}, "chat not found"),
        ({"text": "x", "chat_id": "@gone"}, "chat not found"),
        ({"text": "x", "chat_id": "-5", "message_thread_id": 7}, "message thread not found"),
    ],
)
def test_a_bad_request_is_refused(any_server, given, said):
    any_server.forget(99)
    any_server.forget("@gone")
    any_server.forget(-5, 7)

    assert ask(any_server, "sendMessage", **{"chat_id": "1"} | given) == (
        400,
        f"Bad Request: {said}",
    )
    assert any_server.messages == []


@pytest.mark.parametrize(
    ("text", "url"),
    [("x", "http://localhost/"), ("x", "ftp://x.example"), ("x", ""), (" ", "https://x.example")],
)
def test_a_bad_button_is_refused(any_server, text, url):
    markup = json.dumps({"inline_keyboard": [[{"text": text, "url": url}]]})
    status, said = ask(any_server, "sendMessage", chat_id=1, text="x", reply_markup=markup)

    assert status == 400
    assert "inline keyboard" in said


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("é<p>a</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("a </b", "Unclosed end tag at byte offset 2"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("a<br/>b", 'Unsupported start tag "br" at byte offset 1'),
    ],
)
def test_html_that_telegram_cannot_read_is_refused(any_server, html, said):
    with pytest.raises(Unparsable):
        parse(html)
    assert ask(any_server, "sendMessage", chat_id=1, text=html, parse_mode="HTML") == (
        400,
        f"Bad Request: can't parse entities: {said}",
    )


def test_html_is_read_as_telegram_reads_it():
    text, entities = parse(' \n😀<b>a<i>b</i></b>&lt;&nbsp;&#233;&#xE9; <a href="tg://x">c</a> ')

    assert text == "😀ab<&nbsp;éé c"
    assert entities == [
        {"type": "bold", "offset": 2, "length": 2},
        {"type": "italic", "offset": 3, "length": 1},
        {"type": "text_link", "offset": 14, "length": 1, "url": "tg://x"},
    ]


@pytest.mark.parametrize("as_json", [True, False])
def test_it_understands_forms_and_json(any_server, as_json):
    given = {"chat_id": -5, "text": "x", "disable_notification": True, "message_thread_id": 3}
    ask(any_server, "sendMessage", as_json=as_json, **given)

    (sent,) = any_server.messages
    assert (sent.chat_id, sent.silent, sent.thread) == (-5, True, 3)


def test_it_understands_multipart(any_server):
    body = b'--x\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n5\r\n'
    body += '--x\r\nContent-Disposition: form-data; name="text"\r\n\r\né\r\n--x--\r\n'.encode()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    url = f"{any_server.url}/bot{any_server.token}/sendMessage"
    urlopen(Request(url, body, headers), timeout=5).close()

    assert [(sent.chat_id, sent.text) for sent in any_server.messages] == [(5, "é")]


@pytest.mark.parametrize(("token", "status"), [("1:x", 401), ("nonsense", 404)])
def test_a_wrong_token_is_refused(any_server, token, status):
    assert ask(any_server, "getMe", token=token)[0] == status


def test_a_method_that_it_does_not_know_is_not_found(any_server):
    assert ask(any_server, "sendNothing")[0] == 404


def test_who_blocked_the_bot_is_closed_until_she_unblocks_it(any_server):
    any_server.block(5)
    any_server.block(-5)
    words = {ask(any_server, "sendMessage", chat_id=chat, text="x") for chat in (5, -5)}
    assert words == {
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: bot was kicked from the group chat"),
    }

    any_server.unblock(5)
    assert ask(any_server, "sendMessage", chat_id=5, text="x")[0] == 200


def test_it_may_know_only_some_chats_and_who_writes_to_it():
    with TelegramServer(chats=[5, "@news"]) as server:
        server.user_says(6, "/start")
        found = [
            ask(server, "sendMessage", chat_id=chat, text="x")[0] for chat in (5, 6, 7, "@news")
        ]

    assert found == [200, 200, 400, 200]


def test_a_webhook_needs_https_and_a_fit_secret(any_server):
    assert ask(any_server, "setWebhook", url="http://x.example")[0] == 400
    secret = {"secret_token": "two words"}
    assert ask(any_server, "setWebhook", url="https://x.example", **secret)[0] == 400
    assert ask(any_server, "getWebhookInfo")[1]["url"] == ""


def test_what_is_asked_wrongly_is_found_by_the_description(any_server):
    ask(any_server, "sendMessage", text=5, chat_id=1, nonsense=1, disable_notification="perhaps")
    ask(any_server, "sendMesage")

    assert faults(any_server.calls[0]) == [
        "sendMessage knows no nonsense",
        "sendMessage.disable_notification: 'perhaps' is none of ['Boolean']",
    ]
    assert faults(any_server.calls[1]) == ["there is no method sendMesage"]


# ── Limits ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("chats", "is_group", "count", "wait"),
    [
        (range(1000), False, 30, 1),
        ([5], False, 1, 1),
        ([-5], True, 20, 60),
    ],
)
def test_each_limit_is_kept_to_the_message(chats, is_group, count, wait):
    limits = Limits()
    waits = [
        limits.wait(chats[number % len(chats)], is_group=is_group, now=100.0)
        for number in range(count + 1)
    ]

    assert waits == [0] * count + [wait]
    assert limits.wait(chats[0], is_group=is_group, now=99.9 + wait) > 0
    assert limits.wait(chats[0], is_group=is_group, now=100.0 + wait) == 0


def test_the_limits_are_those_that_telegram_publishes():
    limits = bot_api_limits
    assert (limits.OF_THE_BOT.count, limits.OF_THE_BOT.seconds) == (30, 1)
    assert (limits.OF_A_PERSON.count, limits.OF_A_PERSON.seconds) == (1, 1)
    assert (limits.OF_A_GROUP.count, limits.OF_A_GROUP.seconds) == (20, 60)


def test_a_message_beyond_a_limit_is_answered_with_the_wait():
    with TelegramServer(limits=True) as server:
        telegram = through(server)
        outcomes = [telegram.send(envelope(GROUP)) for _ in range(21)]

    assert (len(server.messages), len(server.too_many)) == (20, 1)
    assert outcomes[-1].code == "429"
    assert 0 < outcomes[-1].retry_after <= 60


def test_a_thousand_messages_would_take_a_few_seconds(server):
    telegram = through(server)
    began = time.perf_counter()
    for number in range(100):
        telegram.send(envelope(str(number + 1)))

    assert len(server.messages) == 100
    assert time.perf_counter() - began < 2


def test_it_can_begin_anew(any_server):
    any_server.block(5)
    any_server.script(refusal(500, "Oops"), times=None)
    ask(any_server, "getMe")
    any_server.reset()

    assert ask(any_server, "sendMessage", chat_id=5, text="x")[0] == 200
    assert [len(any_server.calls), len(any_server.messages)] == [1, 1]
    assert any_server.webhooks.waiting == []


def test_a_refusal_can_be_ordered(any_server):
    any_server.script(refusal(429, "Too Many Requests: retry after 5", {"retry_after": 5}))

    assert ask(any_server, "getMe") == (429, "Too Many Requests: retry after 5")
    assert ask(any_server, "getMe")[1]["username"] == "shop_bot"


@pytest.mark.parametrize(
    "wrong",
    [
        {"reply_markup": "nonsense"},
        {"reply_markup": {"inline_keyboard": 7}},
        {"reply_markup": {"inline_keyboard": [7]}},
        {"reply_markup": {"inline_keyboard": [[7]]}},
        {"link_preview_options": "nonsense"},
        {"text": None},
    ],
    ids=str,
)
def test_what_is_not_in_its_form_is_refused(any_server, wrong):
    given = {"chat_id": 1, "text": "x"} | wrong
    status, said = ask(any_server, "sendMessage", as_json=True, **given)

    assert (status, said[:11]) == (400, "Bad Request")
    assert any_server.messages == []


def test_who_writes_has_the_number_of_her_chat(any_server):
    assert any_server.user_says(42, "Hi")["message"]["from"]["id"] == 42


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"offset": -1}, ["c"]), ({"limit": 2}, ["a", "b"]), ({"limit": -2}, ["a"])],
    ids=str,
)
def test_updates_are_counted_from_either_end(any_server, given, expected):
    for words in "abc":
        any_server.user_says(42, words)
    _status, updates = ask(any_server, "getUpdates", **given)

    assert [update["message"]["text"] for update in updates] == expected
