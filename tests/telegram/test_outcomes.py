"""What Telegram says, and what it means for what happens next."""

from __future__ import annotations

import pytest

from dsn_core import Accepted, Refusal, Refused, Scope
from dsn_telegram.testing import Answer, refusal
from tests.telegram.posting import ADA, GROUP, envelope, messenger, send

BLOCKED = [
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation with a user",
    "bot was kicked from the supergroup chat",
    "bot is not a member of the channel chat",
    "the group chat was deleted",
    "can't send messages to bots",
]
NO_CHAT = [
    "chat not found",
    "private chat not found",
    "user not found",
    "PEER_ID_INVALID",
    "USER_ID_INVALID",
    "chat_id is empty",
    "group is deactivated",
    "CHAT_WRITE_FORBIDDEN",
    "have no rights to send a message",
    "CHANNEL_PRIVATE",
    "USER_DEACTIVATED",
    "message thread not found",
]
BAD_MESSAGE = [
    "message is too long",
    "message text is empty",
    "entities too long",
    "BUTTON_URL_INVALID",
    "wrong http url",
    "file is too big",
    "something that nobody has heard of",
]
SENT = {"message_id": 1, "chat": {"id": 4711, "type": "private"}}


def answered(server, answer, address=ADA, **message):
    """The outcome where Telegram says `answer`."""
    server.script(answer, times=None)
    return send(server, address, **message or {"text": "Hi"})


@pytest.mark.parametrize("words", BLOCKED)
def test_who_is_closed_to_the_bot_is_never_written_to_again(server, words):
    outcome = answered(server, refusal(403, f"Forbidden: {words}"))

    assert (outcome.refusal, outcome.code) == (Refusal.ADDRESS, "403")
    assert outcome.reason == f"Forbidden: {words}"
    assert outcome.opted_out is (words in (BLOCKED[0], BLOCKED[3]))


@pytest.mark.parametrize(
    ("address", "expected"),
    [(ADA, Refusal.MESSAGE), (GROUP, Refusal.ADDRESS), ("@news", Refusal.ADDRESS)],
)
def test_other_rights_are_missing_in_a_group_for_good_and_else_for_this_message(
    server, address, expected
):
    answer = refusal(403, "Forbidden: not enough rights to send text messages to the chat")

    assert answered(server, answer, address).refusal is expected


@pytest.mark.parametrize("words", NO_CHAT)
def test_a_chat_that_is_none_is_never_written_to_again(server, words):
    outcome = answered(server, refusal(400, f"Bad Request: {words}"))

    assert (outcome.refusal, outcome.code) == (Refusal.ADDRESS, "400")
    assert outcome.reason == f"Bad Request: {words}"
    assert not outcome.opted_out


def test_a_block_in_the_words_of_telegrams_core_is_an_opt_out_too(server):
    outcome = answered(server, refusal(400, "Bad Request: USER_IS_BLOCKED"))

    assert (outcome.refusal, outcome.opted_out) == (Refusal.ADDRESS, True)


@pytest.mark.parametrize("words", BAD_MESSAGE)
def test_a_bad_message_is_never_sent_again(server, words):
    outcome = answered(server, refusal(400, f"Bad Request: {words}"))

    assert (outcome.refusal, outcome.code) == (Refusal.MESSAGE, "400")
    assert len(server.calls) == 1


@pytest.mark.parametrize(("status", "words"), [(401, "Unauthorized"), (404, "Not Found")])
def test_an_unknown_token_holds_the_account(server, status, words):
    assert answered(server, refusal(status, words)) == Refused(
        refusal=Refusal.ACCOUNT,
        code=str(status),
        reason=f"Telegram does not know this token: {words}",
        scope=Scope.ACCOUNT,
    )


@pytest.mark.parametrize("status", [401, 404])
def test_an_address_at_which_no_bot_api_answers_holds_the_account(server, status):
    outcome = answered(server, Answer(status=status, body="<h1>nginx</h1>"))

    assert outcome.refusal is Refusal.ACCOUNT
    assert outcome.reason == f"{server.url} is no Bot API: HTTP {status}: <h1>nginx</h1>"


def test_an_empty_token_holds_the_account(server):
    outcome = messenger(token="", api_url=server.url).send(envelope())

    assert (outcome.refusal, outcome.code) == (Refusal.ACCOUNT, "InvalidToken")


@pytest.mark.parametrize("token", ["12345:abcd\udcffefgh", "12345:abcd\nefgh"])
def test_a_token_that_cannot_be_written_holds_its_account_alone(server, token, caplog):
    caplog.set_level("DEBUG")
    outcome = messenger(token=token, api_url=server.url).send(envelope())

    assert (outcome.refusal, outcome.scope) == (Refusal.ACCOUNT, Scope.ACCOUNT)
    assert isinstance(send(server, text="Hi"), Accepted)


def test_a_frozen_account_is_held(server):
    outcome = answered(server, refusal(400, "Bad Request: FROZEN_METHOD_INVALID"))

    assert (outcome.refusal, outcome.scope) == (Refusal.ACCOUNT, Scope.ACCOUNT)


@pytest.mark.parametrize(
    ("address", "scope"), [(ADA, Scope.ACCOUNT), (GROUP, Scope.ADDRESS), ("@news", Scope.ADDRESS)]
)
def test_a_flood_is_waited_out_by_the_group_or_by_all(server, address, scope, monkeypatch):
    monkeypatch.delenv("PTB_TIMEDELTA", raising=False)
    words = "Too Many Requests: retry after 17"

    assert answered(server, refusal(429, words, {"retry_after": 17}), address) == Refused(
        refusal=Refusal.RETRY, code="429", reason=words, retry_after=17.0, scope=scope
    )


@pytest.mark.parametrize(
    "answer",
    [refusal(429, "Too Many Requests"), Answer(status=429, body="<h1>Slow down</h1>")],
    ids=["telegram", "proxy"],
)
def test_a_flood_without_a_number_is_tried_again_later(server, answer):
    outcome = answered(server, answer)

    assert (outcome.refusal, outcome.code, outcome.retry_after) == (Refusal.RETRY, "429", None)


@pytest.mark.parametrize("number", [0, True, "7", 1.5, 10**400, -(10**400), None])
def test_a_number_that_is_none_is_not_believed(server, number):
    wait = answered(server, refusal(429, "Too Many Requests", {"retry_after": number}))
    server.reset()
    moved = answered(server, refusal(400, "Bad Request: moved", {"migrate_to_chat_id": number}))

    assert (wait.refusal, wait.retry_after) == (Refusal.RETRY, None)
    assert (moved.refusal, moved.moved_to) == (Refusal.MESSAGE, None)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504])
@pytest.mark.parametrize("spoken", [True, False])
def test_an_error_of_the_server_leaves_it_in_doubt(server, status, spoken):
    answer = refusal(status, "Internal") if spoken else Answer(status=status, body="<h1>Oops</h1>")
    outcome = answered(server, answer)

    assert (outcome.refusal, outcome.code) == (Refusal.IN_DOUBT, str(status))
    assert outcome.scope is (Scope.ACCOUNT if status in (502, 503, 504) else Scope.MESSAGE)


def test_too_large_a_request_is_never_sent_again(server):
    outcome = answered(server, Answer(status=413, body="<h1>Request Entity Too Large</h1>"))

    assert (outcome.refusal, outcome.code) == (Refusal.MESSAGE, "413")


@pytest.mark.parametrize("status", [302, 400, 403, 407, 409])
def test_what_is_not_telegrams_word_is_tried_again_later(server, status):
    outcome = answered(server, Answer(status=status, body="<h1>The proxy says no</h1>"))

    assert (outcome.refusal, outcome.code) == (Refusal.RETRY, str(status))
    assert outcome.reason == f"HTTP {status}: <h1>The proxy says no</h1>"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="<h1>Welcome to the hotel's network</h1>"),
        Answer(body="[]"),
        Answer(json={"ok": True}),
        Answer(json={"ok": True, "result": {}}),
        Answer(json={"ok": True, "result": {"message_id": 1}}),
        Answer(json={"ok": True, "result": True}),
        Answer(json={"ok": True, "result": "sent"}),
        Answer(json={"ok": True, "result": {**SENT, "date": 1e99}}),
        Answer(body="[" * 100_000),
        Answer(body=""),
    ],
)
def test_a_yes_that_cannot_be_read_leaves_it_in_doubt(server, answer):
    assert answered(server, answer).refusal is Refusal.IN_DOUBT


def test_an_answer_is_cut_and_on_one_line(server):
    outcome = answered(server, refusal(400, "Bad Request:\n" + "x" * 2000))

    assert outcome.reason.startswith("Bad Request: xxx")
    assert len(outcome.reason) == 500


# ── What is remedied at once ────────────────────────────────────────────────────────────


def test_a_group_that_moved_is_followed_at_once(server):
    server.migrate(-100, -1009876543210)

    assert send(server, "-100") == Accepted(
        provider_id="-1009876543210:1", moved_to="-1009876543210"
    )
    assert [call.form["chat_id"] for call in server.calls] == ["-100", "-1009876543210"]


def test_a_refusal_at_the_new_place_still_tells_where_it_is(server):
    server.migrate(-100, -1009876543210)
    server.block(-1009876543210)
    outcome = send(server, "-100")

    assert (outcome.refusal, outcome.moved_to) == (Refusal.ADDRESS, "-1009876543210")


def test_a_group_that_moves_for_ever_is_followed_once(server):
    server.migrate(-100, -200)
    server.migrate(-200, -100)
    outcome = send(server, "-100")

    assert outcome.refusal is Refusal.MESSAGE
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("address", "options"), [(f"{GROUP}:45", {}), (GROUP, {"thread_id": 45})], ids=["own", "option"]
)
def test_a_topic_that_is_gone_is_left_out(server, address, options):
    server.forget(int(GROUP), 45)

    assert send(server, address, options=options) == Accepted(
        provider_id=f"{GROUP}:1", detail={"without_topic": 45}
    )
    assert server.messages[0].thread is None


def test_html_that_telegram_cannot_read_goes_out_as_text(server):
    words = 'Bad Request: can\'t parse entities: Unsupported start tag "b" at byte offset 0'
    server.script(refusal(400, words), when=lambda call: "parse_mode" in call.form)
    outcome = send(server, html="<b>a</b> &lt; c")

    assert outcome == Accepted(provider_id=f"{ADA}:1", detail={"as_text": words})
    assert server.messages[0].text == "a < c"


def test_text_that_telegram_cannot_read_either_is_not_tried_for_ever(server):
    outcome = answered(server, refusal(400, "Bad Request: can't parse entities: no"))

    assert outcome.refusal is Refusal.MESSAGE
    assert len(server.calls) == 2


def test_all_remedies_may_be_needed_for_one_message(server):
    server.migrate(-100, -1009876543210)
    server.forget(-1009876543210, 45)
    server.script(
        refusal(400, "Bad Request: can't parse entities"),
        when=lambda call: "parse_mode" in call.form and call.form["chat_id"] != "-100",
    )
    outcome = send(server, "-100:45", text="Hi")

    assert outcome.provider_id == "-1009876543210:1"
    assert outcome.moved_to == "-1009876543210"
