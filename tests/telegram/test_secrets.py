"""No token and no secret is stored, shown or logged."""

from __future__ import annotations

import logging

import pytest

from dsn_telegram.bots import OFFICE
from dsn_telegram.redacting import Censor, shorten, strike
from dsn_telegram.testing import DROP, TOKEN, Answer, TelegramServer, refusal
from tests.telegram.posting import SECRET, envelope, free_port, messenger, send, through

HIDDEN = TOKEN.partition(":")[2]


@pytest.fixture
def log(caplog):
    """All that is said at any level, by whom."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_a_message_that_is_sent_logs_no_token(server, log):
    send(server, text="Hi")

    said = [record.getMessage() for record in log.records]
    assert any(f"/bot{TOKEN.partition(':')[0]}:***/sendMessage" in line for line in said)
    assert {record.name.partition(".")[0] for record in log.records} >= {"httpx", "httpcore"}
    assert not [line for line in said if HIDDEN in line]


@pytest.mark.parametrize(
    "answer",
    [
        DROP,
        refusal(401, f"Unauthorized: {TOKEN}"),
        refusal(400, f"Bad Request: POST /bot{TOKEN}/sendMessage failed"),
        Answer(status=502, body=f"<p>No answer from /bot{TOKEN.replace(':', '%3A')}/</p>"),
        Answer(body=f"<p>/bot{TOKEN}/sendMessage</p>"),
        Answer(json={"ok": True, "result": {"message_id": TOKEN}}),
        Answer(status=302, headers={"Location": f"https://x.example/bot{TOKEN}/"}),
    ],
)
def test_whatever_telegram_answers_no_token_is_kept_or_logged(server, log, answer):
    server.script(answer, times=None)
    telegram = messenger(**server.account)
    found = [telegram.send(envelope()), *telegram.probe()]
    with pytest.raises(RuntimeError) as caught:
        list(telegram.poll())

    assert HIDDEN not in repr(found) + repr(caught.value) + log.text


def test_an_unreachable_server_is_named_without_the_token(log):
    telegram = messenger(api_url=f"http://127.0.0.1:{free_port()}")
    found = [telegram.send(envelope()), *telegram.probe()]

    assert HIDDEN not in repr(found) + log.text


def test_a_password_in_the_address_is_not_named():
    telegram = messenger(api_url=f"http://shop:hunter2@127.0.0.1:{free_port()}/bots")
    outcome = telegram.send(envelope())

    assert outcome.reason.startswith("http://127.0.0.1:")
    assert "hunter2" not in repr([outcome, *telegram.probe()])


@pytest.mark.parametrize("token", ["no colon in it", "1:with\nbreak", "9:a/b?c#d", "1:ü"])
def test_a_token_that_is_none_is_not_shown_either(log, token):
    with TelegramServer() as server:
        outcome = messenger(token=token, api_url=server.url).send(envelope())

    assert outcome.refusal.value in {"account", "in_doubt", "message", "retry"}
    assert token.partition(":")[2] or token not in repr(outcome) + log.text


def test_no_repr_shows_a_secret(server):
    telegram = messenger(**server.account)
    bot = OFFICE.ask(telegram.account, _itself)

    shown = repr(telegram) + repr(telegram.account) + repr(bot) + str(bot) + repr(OFFICE)
    assert HIDDEN not in shown
    assert SECRET not in shown


async def _itself(bot):
    return bot


def test_a_filter_of_ours_leaves_other_lines_as_they_are(server, log):
    send(server)
    logging.getLogger("httpx").info("%s and %s", "one", "two")

    record = log.records[-1]
    assert (record.msg, record.args) == ("%s and %s", ("one", "two"))


def test_a_logger_is_attended_once(server):
    for _ in range(3):
        send(server)
        OFFICE.close()

    filters = logging.getLogger("httpx").filters
    assert len([each for each in filters if isinstance(each, Censor)]) == 1


def test_two_bots_keep_each_others_secrets(log):
    other = "987654321:" + "B" * 35
    with TelegramServer() as one, TelegramServer(token=other) as two:
        send(one)
        through(two).send(envelope())
        send(one)

    assert HIDDEN not in log.text
    assert "B" * 35 not in log.text


def test_what_is_struck_out_is_the_part_after_the_colon():
    assert strike(f"/bot{TOKEN}/ {TOKEN!r}", TOKEN) == "/bot123456789:***/ '123456789:***'"
    assert strike("a b%20c", "b c", "") == "a ***"
    assert strike("bot1:ab is able", "1:ab") == "bot*** is able"
    assert shorten(" a \n b ") == "a b"
