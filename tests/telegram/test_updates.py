"""What an update reports, whether it was posted to the webhook or fetched."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dsn_core import Forged, Linked, Moved, OptedIn, OptedOut
from dsn_telegram.polling import PollFailed, WebhookIsSet
from dsn_telegram.testing import DROP, refusal
from tests.telegram.posting import GROUP, HEADER, SECRET, messenger, through, webhook

TOKEN = "Zq3_4x-VtA9c7hS1kLm0pQwE2rTyU5iO"
AT = 1_700_000_000
WHEN = datetime.fromtimestamp(AT, UTC)


def message(text=None, *, chat=4711, kind="private", **more):
    words = {} if text is None else {"text": text}
    place = {"id": chat, "type": kind}
    return {"update_id": 7, "message": {"date": AT, "chat": place, **words, **more}}


def membership(now, before="member", *, chat=4711, kind="private"):
    change = {
        "date": AT,
        "chat": {"id": chat, "type": kind},
        "old_chat_member": {"status": before},
        "new_chat_member": {"status": now},
    }
    return {"update_id": 7, "my_chat_member": change}


def reports(update, **account):
    return list(messenger(**account).receive(webhook(update)))


# ── What people say ─────────────────────────────────────────────────────────────────────


def test_following_a_link_links_and_opts_in():
    assert reports(message(f"/start {TOKEN}")) == [
        Linked(token=TOKEN, address="4711", id="7:linked"),
        OptedIn(address="4711", reason="/start", at=WHEN, id="7"),
    ]


@pytest.mark.parametrize("text", ["/start", "/START", " /start ", "/start@shop_bot"])
def test_a_start_opts_in(text):
    assert reports(message(text)) == [OptedIn(address="4711", reason="/start", at=WHEN, id="7")]


@pytest.mark.parametrize("payload", ["a b", "x" * 65, "a.b", "ünï", "a\nb", "<b>", "a=b"])
def test_what_cannot_be_a_token_of_ours_links_nobody(payload):
    assert [type(each) for each in reports(message(f"/start {payload}"))] == [OptedIn]


@pytest.mark.parametrize("text", ["/stop", "/stop@shop_bot", "/stop@bot", "/Stop now, please"])
def test_a_stop_opts_out(text):
    assert reports(message(text)) == [OptedOut(address="4711", reason="/stop", at=WHEN, id="7")]


@pytest.mark.parametrize(
    "text", ["", "Hello", "stop", "/started", "/stopped", "/help", "please /stop", "/stop@"]
)
def test_what_is_no_command_of_ours_reports_nothing(text):
    assert reports(message(text)) == []


def test_a_link_followed_in_a_group_links_nobody():
    update = message(f"/start@shop_bot {TOKEN}", chat=int(GROUP), kind="supergroup")

    assert [type(each) for each in reports(update)] == [OptedIn]


@pytest.mark.parametrize(
    ("text", "account", "stops"),
    [
        ("/stop@shop_bot", {}, True),
        ("/stop@Shop_Bot", {"username": "@shop_bot"}, True),
        ("/stop", {}, False),
        ("/stop@other_bot", {}, False),
        ("/stop@shop_bot", {"username": ""}, False),
        ("/stop", {"username": ""}, False),
    ],
)
def test_in_a_group_a_stop_must_name_the_bot(text, account, stops):
    update = message(text, chat=int(GROUP), kind="supergroup")

    assert [each.address for each in reports(update, **account)] == [GROUP] * stops


# ── What becomes of the bot ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", ["kicked", "left"])
def test_a_blocked_bot_is_opted_out(status):
    assert reports(membership(status)) == [
        OptedOut(address="4711", reason="blocked the bot", at=WHEN, id="7")
    ]


def test_an_unblocked_bot_is_opted_in():
    assert reports(membership("member", "kicked")) == [
        OptedIn(address="4711", reason="unblocked the bot", at=WHEN, id="7")
    ]


@pytest.mark.parametrize("status", ["kicked", "left"])
@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_a_bot_that_a_group_removed_is_opted_out(status, kind):
    assert reports(membership(status, chat=-5, kind=kind)) == [
        OptedOut(address="-5", reason="removed the bot", at=WHEN, id="7")
    ]


@pytest.mark.parametrize(
    ("before", "now", "opts_in"),
    [
        ("left", "member", True),
        ("kicked", "administrator", True),
        ("member", "administrator", False),
        ("administrator", "member", False),
        ("member", "restricted", False),
    ],
)
def test_only_a_bot_that_was_away_is_opted_in_by_its_group(before, now, opts_in):
    found = reports(membership(now, before, chat=-5, kind="group"))

    assert [each.reason for each in found] == ["added the bot"] * opts_in


def test_a_group_that_became_a_supergroup_has_moved():
    update = message(chat=-5, kind="group", migrate_to_chat_id=-1005)

    assert reports(update) == [Moved(address="-5", moved_to="-1005", id="7")]


# ── What is not understood ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_id": 7},
        {"update_id": "7", "message": {}},
        {"update_id": 7, "message": None},
        {"update_id": 7, "message": "Hi"},
        {"update_id": 7, "message": {"chat": [], "text": "/stop"}},
        {"update_id": 7, "message": {"chat": {"id": "x"}, "text": "/stop"}},
        {"update_id": 7, "message": {"chat": {"id": 1, "type": "private"}, "text": ["/stop"]}},
        {"update_id": 7, "my_chat_member": {"chat": {"id": 1}}},
        {"update_id": 7, "my_chat_member": {"chat": {"id": 1}, "new_chat_member": "kicked"}},
        {"update_id": 7, "my_chat_member": {"chat": {"id": 1}, "new_chat_member": {"status": []}}},
        message("/stop", chat=0),
        message("/stop", chat=2**60),
        message("/stop", chat=True),
        message(migrate_to_chat_id=0),
        {"update_id": 7, "poll_answer": {"poll_id": "1"}},
        {"update_id": 7, "something_of_tomorrow": {"message": {"text": "/stop"}}},
        {"message": {"chat": {"id": 1, "type": "private"}, "text": "/stop"}},
    ],
)
def test_an_update_of_another_kind_reports_nothing(update):
    assert reports(update) == []


@pytest.mark.parametrize("date", [None, "yesterday", 10**20, -(10**20)])
def test_a_date_that_is_none_is_left_out(date):
    assert reports(message("/stop", date=date))[0].at is None


# ── Whom to believe ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "given", [None, "", "wrong", SECRET[:-1], SECRET + "x", "sécret", "\x00", "\udcff"]
)
def test_who_does_not_know_the_secret_is_not_believed(given):
    with pytest.raises(Forged, match="X-Telegram-Bot-Api-Secret-Token"):
        messenger().receive(webhook(message("/stop"), secret=given))


@pytest.mark.parametrize("given", [None, "", "anything"])
def test_without_a_secret_of_ours_nobody_is_believed(given):
    with pytest.raises(Forged, match="no webhook_secret"):
        messenger(webhook_secret="").receive(webhook(message("/stop"), secret=given))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"/stop"', b"7", b"[" * 100_000]
)
def test_a_body_that_is_no_update_is_not_believed(body):
    with pytest.raises(Forged, match="body is not"):
        messenger().receive(webhook(body))


def test_the_secret_is_compared_in_constant_time(monkeypatch):
    import hmac

    compared = []
    monkeypatch.setattr(hmac, "compare_digest", lambda *two: compared.append(two) or True)
    list(messenger().receive(webhook(message("/stop"), secret="wrong")))

    assert compared == [(b"wrong", SECRET.encode())]


def test_the_header_is_looked_for_by_the_name_that_core_gives_it():
    assert "X-Telegram-Bot-Api-Secret-Token".lower() == HEADER


# ── Fetching ────────────────────────────────────────────────────────────────────────────


def test_what_is_fetched_reports_the_same(server):
    server.user_says(4711, f"/start {TOKEN}")
    server.user_says(int(GROUP), "Hello")
    server.block(4711)
    server.migrate(-5, -1005)
    posted = [
        report
        for update in list(server.webhooks.waiting)
        for report in messenger().receive(webhook(update))
    ]
    fetched = list(through(server).poll())

    assert fetched == posted
    assert [type(each) for each in fetched] == [Linked, OptedIn, OptedOut, Moved]
    assert all(each.id for each in fetched)


def test_nothing_is_confirmed_before_its_reports_are_stored(server):
    for number in range(3):
        server.user_says(number + 1, "/stop")
    fetching = through(server).poll()
    next(fetching), next(fetching), next(fetching)
    fetching.close()  # As if the process had died before the last one was stored.

    assert len(server.webhooks.waiting) == 3
    assert [each.address for each in through(server).poll()] == ["1", "2", "3"]
    assert list(through(server).poll()) == []


def test_many_updates_are_fetched_by_the_hundred(server):
    for number in range(250):
        server.user_says(number + 1, "/stop")

    assert len(list(through(server).poll())) == 250
    assert [call.form.get("offset") for call in server.calls] == [None, "1100", "1200", "1250"]
    assert {call.form["limit"] for call in server.calls} == {"100"}


def test_updates_of_which_nothing_is_reported_are_confirmed_too(server):
    server.user_says(1, "Hello")

    assert list(through(server).poll()) == []
    assert server.webhooks.waiting == []


def test_only_what_is_read_is_asked_for(server):
    list(through(server).poll())

    assert server.calls[0].form["allowed_updates"] == '["message", "my_chat_member"]'


def test_a_webhook_that_is_set_is_said(server):
    server.webhooks.url = "https://shop.example/"

    with pytest.raises(WebhookIsSet, match="while a webhook is set"):
        list(through(server).poll())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(401, "Unauthorized"), "Telegram does not know this token: Unauthorized"),
        (refusal(500, "Oops"), "Telegram refused to give updates: Oops"),
        (DROP, "Telegram could not be asked for updates: http://127"),
    ],
)
def test_what_stops_the_fetching_is_said_in_plain_words(server, answer, words):
    server.script(answer)

    with pytest.raises(PollFailed, match=words) as caught:
        list(through(server).poll())
    assert caught.value.__cause__ is None


# ── Linking ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("username", ["shop_bot", "@shop_bot", " @shop_bot "])
def test_the_link_leads_to_the_bot_with_the_token(username):
    link = f"https://t.me/shop_bot?start={TOKEN}"

    assert messenger(username=username).link_url(TOKEN) == link


def test_without_a_name_there_is_no_link():
    assert messenger(username="").link_url(TOKEN) == ""
