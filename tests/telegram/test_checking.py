"""What is said of an account, and what is done for it."""

from __future__ import annotations

import pytest

from dsn_core import Action, Message
from dsn_telegram.accounts import Options
from dsn_telegram.setting_up import SetUpFailed, delete_webhook, set_webhook
from dsn_telegram.testing import DROP, TOKEN, refusal
from tests.telegram.posting import SECRET, free_port, messenger

HOOK = "https://shop.example/dsn/telegram/default/"


def problems(found):
    return [str(problem.message) for problem in found]


# ── Offline ─────────────────────────────────────────────────────────────────────────────


def test_a_sound_account_has_no_problem():
    assert list(messenger().check()) == []
    assert list(messenger(webhook_secret="").check()) == []


@pytest.mark.parametrize(
    "token", ["", "nonsense", "123456789", "123456789:short", f"bot{TOKEN}", f"{TOKEN}\n", "1:" * 9]
)
def test_a_token_of_another_form_is_a_problem(token):
    (problem,) = messenger(token=token).check()

    assert problem.serious
    assert "not of the form" in str(problem.message)


@pytest.mark.parametrize("secret", ["two words", "x" * 257, "ümlaut", "a:b", "a\n"])
def test_a_secret_that_telegram_does_not_take_is_a_problem(secret):
    (problem,) = messenger(webhook_secret=secret).check()

    assert problem.serious
    assert secret not in str(problem)


def test_without_a_name_nobody_can_link_herself_but_all_is_sent():
    (problem,) = messenger(username="").check()

    assert not problem.serious


@pytest.mark.parametrize("username", ["t.me/shop_bot", "the shop", "x", "1shop_bot"])
def test_a_name_that_is_none_is_a_problem(username):
    assert problems(messenger(username=username).check()) == [
        f"{username!r} is not the name of a bot"
    ]


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://ada:hunter2@x.example", "https://", "http://[x"]
)
def test_an_address_of_no_server_is_a_problem(url):
    (message,) = problems(messenger(api_url=url).check())

    assert message.endswith(" is not the address of a Bot API server")
    assert "hunter2" not in message


def test_the_bot_in_the_address_is_a_problem():
    assert "ends with /bot" in problems(messenger(api_url="https://x.example/bot/").check())[0]


@pytest.mark.parametrize(
    ("url", "count"),
    [("http://bots.example", 1), ("http://localhost:8081", 0), ("https://bots.example", 0)],
)
def test_a_token_that_goes_unencrypted_is_worth_a_word(url, count):
    found = list(messenger(api_url=url).check())

    assert [problem.serious for problem in found] == [False] * count


# ── Asking Telegram ─────────────────────────────────────────────────────────────────────


def account(server, **more):
    return messenger(**server.account | more)


def test_a_sound_bot_has_no_problem(server):
    server.webhooks.url = HOOK

    assert list(account(server).probe()) == []
    assert list(account(server, username="@Shop_Bot").probe()) == []
    assert list(account(server, username="").probe()) == []


@pytest.mark.parametrize("token", ["123456789:" + "x" * 35, "nonsense"])
def test_a_wrong_token_is_said(server, token):
    (problem,) = account(server, token=token).probe()

    assert str(problem.message).startswith("Telegram does not know this token: ")
    assert "BotFather" in str(problem.hint)


def test_another_bots_name_is_said(server):
    server.webhooks.url = HOOK

    assert problems(account(server, username="other_bot").probe()) == [
        "The token is that of @shop_bot, not of @other_bot"
    ]


def test_an_unreachable_server_is_said():
    (problem,) = messenger(api_url=f"http://127.0.0.1:{free_port()}").probe()

    assert str(problem.message).startswith("Telegram cannot be reached: http://127.0.0.1")


@pytest.mark.parametrize(("answer", "words"), [(DROP, "reached"), (refusal(500, "Oops"), "Oops")])
def test_a_server_that_does_not_answer_is_said(server, answer, words):
    server.script(answer)

    assert words in problems(account(server).probe())[0]


def test_a_secret_without_a_webhook_is_said(server):
    (problem,) = account(server).probe()

    assert "knows of no webhook" in str(problem.message)
    assert not problem.serious


def test_a_webhook_without_a_secret_is_said(server):
    server.webhooks.url = HOOK
    (problem,) = account(server, webhook_secret="").probe()

    assert f"Updates go to {HOOK}" in str(problem.message)


def test_what_telegram_could_not_deliver_is_said(server):
    server.webhooks.url = HOOK
    server.webhooks.last_error = (1_700_000_000, "Wrong response from the webhook: 502")
    server.user_says(1, "Hi")
    (problem,) = account(server).probe()

    assert str(problem.message) == (
        f"Telegram could not deliver an update to {HOOK}: "
        "Wrong response from the webhook: 502 (2023-11-14 22:13:20 UTC)"
    )
    assert str(problem.hint).startswith("1 updates wait")


# ── Setting the webhook ─────────────────────────────────────────────────────────────────


@pytest.fixture
def configured(server, settings):
    """The account of the settings, which a test may change."""
    values = {**server.account, "webhook_secret": SECRET, "rate": "10/second"}
    settings.DSN = {"MESSENGERS": {"telegram": {"default": values}}}
    return values


def test_a_webhook_is_set_with_its_secret_and_taken_away(server, configured):
    set_webhook(HOOK)
    assert (server.webhooks.url, server.webhooks.secret) == (HOOK, SECRET)
    assert server.calls[0].form["allowed_updates"] == '["message", "my_chat_member"]'

    delete_webhook()
    assert server.webhooks.url == ""


def test_no_webhook_is_set_without_a_secret(server, configured):
    del configured["webhook_secret"]

    with pytest.raises(ValueError, match="no webhook_secret"):
        set_webhook(HOOK)
    assert server.calls == []


def test_an_account_that_does_not_exist_is_named(configured):
    with pytest.raises(LookupError, match="has no account 'ops'"):
        set_webhook(HOOK, account="ops")


def test_telegrams_refusal_of_a_webhook_is_said(configured):
    with pytest.raises(SetUpFailed, match="An HTTPS URL must be provided"):
        set_webhook("http://shop.example/")


# ── Remarks ─────────────────────────────────────────────────────────────────────────────


def remarks(options=None, **message):
    return list(messenger(options).remarks(Message(**message)))


def test_an_ordinary_message_calls_for_no_remark():
    track = Action(label="Track", url="https://shop.example/7")

    assert remarks(text="Paid", html="<p><b>Paid</b></p>", actions=(track,)) == []


def test_the_number_of_parts_is_said():
    assert remarks(text="word " * 2000) == ["It is too long for one message and goes out as 3."]


def test_a_message_without_words_is_said():
    assert remarks() == ["There are no words in it: Telegram takes no empty message."]


@pytest.mark.parametrize(
    ("html", "lost"),
    [
        ("a<img src='x'>", "images"),
        ("<TABLE><tr><td>a</td></tr></TABLE>", "tables"),
        ("<p style='color: red'>a</p>", "colours, sizes and fonts"),
        ("<video></video>a<form></form>", "sounds, videos and frames, forms"),
    ],
)
def test_what_telegram_cannot_show_is_said(html, lost):
    assert remarks(html=html) == [
        f"Telegram cannot show its {lost}; their words, if any, are kept."
    ]


def test_what_text_alone_loses_is_said():
    assert "plain text" in remarks(Options(mode="text"), text="a", html="<b>a</b>")[0]


def test_a_button_that_will_be_a_line_is_said():
    (remark,) = remarks(text="a", actions=(Action(label="Try", url="http://localhost/"),))

    assert "'Try' will be a line" in remark
