"""Twilio's answers, each over a socket, as outcomes."""

from __future__ import annotations

import pytest

from dsn_core import Accepted, Refusal, Scope
from dsn_core.testing import Answer
from dsn_sms import codes, outcomes
from dsn_sms.accounts import Account
from dsn_sms.pretending import Fault, message_json
from tests.sms.texting import envelope, through

RETRY, ADDRESS, MESSAGE, ACCOUNT, IN_DOUBT = Refusal
DAY = 86_400

DEAD = [21211, 21214, 21217, 21265, 21266, 21604, 21610, 21612, 21614, 21635, 63003, 63024]
UNFIT = [21408, 21602, 21609, 21617, 21619, 21620, 21623, 21654, 21655, 21656, 21658, 63015, 63016]
UNUSABLE = [21212, 21601, 21603, 21606, 21607, 21608, 21659, 21660, 21661, 21703, 21704, 21705]
UNREGISTERED = [30018, 30024, 30032, 30033, 30034, 30035]
ROWS = {
    (429, 20429): (RETRY, Scope.ACCOUNT),
    (500, 20500): (RETRY, Scope.MESSAGE),
    (503, 20503): (RETRY, Scope.ACCOUNT),
    (400, 21730): (RETRY, Scope.ACCOUNT),
    (429, 21611): (RETRY, Scope.ACCOUNT),
    (429, 63018): (RETRY, Scope.ACCOUNT),
    (429, 63038): (RETRY, Scope.ACCOUNT),
    (429, 30023): (RETRY, Scope.ACCOUNT),
    (429, 30027): (RETRY, Scope.ACCOUNT),
    (400, 30001): (RETRY, Scope.MESSAGE),
    (500, 63012): (RETRY, Scope.MESSAGE),
    **{(400, code): (ADDRESS, Scope.MESSAGE) for code in DEAD},
    **{(400, code): (MESSAGE, Scope.MESSAGE) for code in UNFIT},
    **{(400, code): (ACCOUNT, Scope.ACCOUNT) for code in [*UNUSABLE, *UNREGISTERED]},
    (401, 20003): (ACCOUNT, Scope.ACCOUNT),
    (403, 10001): (ACCOUNT, Scope.ACCOUNT),
    (403, 20005): (ACCOUNT, Scope.ACCOUNT),
    (403, 30002): (ACCOUNT, Scope.ACCOUNT),
    (404, 20404): (ACCOUNT, Scope.ACCOUNT),
    (400, 63001): (ACCOUNT, Scope.ACCOUNT),
    (400, 63007): (ACCOUNT, Scope.ACCOUNT),
    # What the table does not know.
    (400, 21999): (MESSAGE, Scope.MESSAGE),
    (400, 30999): (MESSAGE, Scope.MESSAGE),
    (400, 20001): (MESSAGE, Scope.MESSAGE),
    (405, 20004): (MESSAGE, Scope.MESSAGE),
    (401, 20999): (ACCOUNT, Scope.ACCOUNT),
    (402, 20998): (ACCOUNT, Scope.ACCOUNT),
    (403, 20006): (ACCOUNT, Scope.ACCOUNT),
    (429, 20999): (RETRY, Scope.ACCOUNT),
    (500, 20999): (IN_DOUBT, Scope.MESSAGE),
}


def refused(server, answer, **fields):
    """What becomes of a message to which `server` says `answer`; it is asked only once."""
    before = len(server.calls)
    server.script(answer)
    outcome = through(server, **fields).send(envelope())
    assert len(server.calls) == before + 1
    return outcome


@pytest.mark.parametrize(("said", "meant"), ROWS.items(), ids=str)
def test_each_code_has_its_meaning(one_server, said, meant):
    status, code = said
    outcome = refused(one_server, Fault(status, str(code), "Twilio's words").answer())

    assert (outcome.refusal, outcome.scope) == meant
    assert outcome.code == str(code)
    assert outcome.reason.endswith("Twilio says: Twilio's words")


@pytest.mark.parametrize("code", sorted(codes.TABLE))
def test_each_code_has_plain_words_of_its_own(one_server, code):
    outcome = refused(one_server, Fault(400, code, "").answer())

    assert outcome.refusal is codes.TABLE[code].refusal
    assert outcome.reason == codes.TABLE[code].words
    assert outcome.reason[0].isupper()
    assert not outcome.reason.endswith(".")


def test_only_a_stop_is_an_opt_out(one_server):
    stopped = refused(one_server, Fault(400, "21610", "").answer())
    dead = refused(one_server, Fault(400, "21614", "").answer())

    assert stopped.opted_out
    assert "opted out (STOP)" in stopped.reason
    assert "START" in stopped.reason
    assert not dead.opted_out


def test_a_newer_error_is_read_as_well(one_server):
    problem = {
        "type": "https://www.twilio.com/docs/api/errors/21614",
        "title": "Not a mobile number",
        "detail": "The number is a landline",
        "status": 400,
        "code": 21614,
    }
    outcome = refused(one_server, Answer(status=400, json=problem))
    untold = refused(one_server, Answer(status=400, json={**problem, "detail": None}))

    assert (outcome.refusal, outcome.code) == (ADDRESS, "21614")
    assert outcome.reason == "This is no mobile number. Twilio says: The number is a landline"
    assert untold.reason.endswith("Twilio says: Not a mobile number")


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (500, IN_DOUBT),
        (502, IN_DOUBT),
        (503, IN_DOUBT),
        (504, IN_DOUBT),
        (429, RETRY),
        (408, RETRY),
        (425, RETRY),
        (401, ACCOUNT),
        (403, ACCOUNT),
        (404, ACCOUNT),
        (301, ACCOUNT),
        (400, MESSAGE),
        (413, MESSAGE),
    ],
)
@pytest.mark.parametrize("body", ["<html>Oh no</html>", "[]", '"no"', '{"code": null}', ""])
def test_an_answer_that_is_none_of_twilios_is_judged_by_its_status(
    one_server, status, refusal, body
):
    outcome = refused(one_server, Answer(status=status, body=body))

    assert (outcome.refusal, outcome.code) == (refusal, str(status))
    assert (outcome.scope is Scope.ACCOUNT) is (refusal is ACCOUNT or status == 429)
    assert "html" not in outcome.reason
    assert "Unable" not in outcome.reason


def test_a_gateway_that_says_when_to_come_back_has_not_taken_it(one_server):
    answer = Answer(status=503, body="<html>", headers={"Retry-After": "7"})
    outcome = refused(one_server, answer)

    assert (outcome.refusal, outcome.scope, outcome.retry_after) == (RETRY, Scope.ACCOUNT, 7)


@pytest.mark.parametrize("code", ["20429", "20503", "21611"])
def test_a_wish_to_wait_is_kept(one_server, code):
    json = {"code": int(code), "message": "", "status": 429}
    outcome = refused(one_server, Answer(status=429, json=json, headers={"Retry-After": "12"}))

    assert (outcome.refusal, outcome.retry_after) == (RETRY, 12)


def test_what_is_not_tried_again_has_nothing_to_wait_for(one_server):
    answer = Answer(status=400, json={"code": 21211}, headers={"Retry-After": "12"})

    assert refused(one_server, answer).retry_after is None


def test_a_wish_of_an_earlier_answer_is_not_kept(one_server):
    refused(one_server, Answer(status=429, headers={"Retry-After": "12"}))

    assert refused(one_server, Answer(status=429)).retry_after is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3),
        (" 30 ", 30),
        ("soon", None),
        ("-1", None),
        ("", None),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 0),
    ],
)
def test_a_wish_is_a_number_or_a_date(header, seconds):
    assert outcomes.retry_after({"Retry-After": header}) == seconds


def test_a_date_in_the_future_is_waited_for():
    assert outcomes.retry_after({"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}) > 1e9


@pytest.mark.parametrize(
    ("hour", "minute", "seconds"), [(0, 0, DAY), (23, 59, 60), (12, 30, 41_400)]
)
def test_a_daily_limit_ends_at_midnight_utc(hour, minute, seconds):
    day = 20_000 * DAY

    assert outcomes.until_midnight(day + hour * 3600 + minute * 60) == seconds + 60


@pytest.mark.parametrize("code", ["30023", "30027", "63038"])
def test_after_a_daily_limit_the_account_waits_until_then(one_server, code):
    outcome = refused(one_server, Fault(429, code, "").answer())

    assert outcome.scope is Scope.ACCOUNT
    assert 60 < outcome.retry_after <= DAY + 60


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=200, body="<html>Please log in to the hotel's network</html>"),
        Answer(status=201, json={}),
        Answer(status=201, body="[]"),
        Answer(status=201, body='"yes"'),
        Answer(status=204),
        Answer(status=201, body="[" * 100_000),
    ],
    ids=["html", "empty", "list", "text", "nothing", "deep"],
)
def test_an_assent_that_cannot_be_read_is_in_doubt(one_server, answer):
    outcome = refused(one_server, answer)

    assert (outcome.refusal, outcome.code) == (IN_DOUBT, "unreadable")


@pytest.mark.parametrize(
    ("status", "code", "refusal"),
    [
        ("failed", 30005, ADDRESS),
        ("undelivered", 30007, MESSAGE),
        ("failed", None, MESSAGE),
        ("canceled", None, MESSAGE),
    ],
)
def test_a_message_that_failed_at_once_is_refused(one_server, status, code, refusal):
    through(one_server).send(envelope())
    taken = message_json(one_server.messages[-1], one_server.account_sid)
    json = taken | {"status": status, "error_code": code, "error_message": "Sorry"}
    outcome = refused(one_server, Answer(status=201, json=json))

    assert (outcome.refusal, outcome.code) == (refusal, str(code or status))
    assert "Sorry" in outcome.reason


@pytest.mark.parametrize("status", [["queued"], {}, 7, None])
def test_whatever_twilio_says_of_what_it_took_it_is_taken(one_server, status):
    outcome = refused(one_server, Answer(status=201, json={"sid": "SM1", "status": status}))

    assert (outcome.provider_id, outcome.delivered) == ("SM1", False)


@pytest.mark.parametrize("told", [None, "", "many", 3, "3", "9" * 5000])
def test_whatever_twilio_counts_what_it_took_is_taken(one_server, told):
    json = {"sid": "SM1", "status": "queued", "num_segments": told}
    outcome = refused(one_server, Answer(status=201, json=json))

    assert outcome.provider_id == "SM1"
    assert outcome.detail["segments"] == (3 if told in ("3", 3) else 1)


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_what_has_arrived_already_is_delivered(one_server, status):
    through(one_server).send(envelope())
    taken = message_json(one_server.messages[-1], one_server.account_sid)
    outcome = refused(one_server, Answer(status=201, json=taken | {"status": status}))

    assert isinstance(outcome, Accepted)
    assert outcome.delivered


@pytest.mark.parametrize(
    ("own", "refusal", "scope"),
    [
        ({"30008": "address"}, ADDRESS, Scope.MESSAGE),
        ({30008: "retry"}, RETRY, Scope.MESSAGE),
        ({"30008": "account"}, ACCOUNT, Scope.ACCOUNT),
        ({"30008": "in_doubt"}, IN_DOUBT, Scope.MESSAGE),
        ({"30008": "message"}, MESSAGE, Scope.MESSAGE),
        ({"30008": "nonsense"}, MESSAGE, Scope.MESSAGE),
        ({"30007": "address"}, MESSAGE, Scope.MESSAGE),
    ],
)
def test_an_account_may_say_what_a_code_means(one_server, own, refusal, scope):
    outcome = refused(one_server, Fault(400, "30008", "").answer(), codes=own)

    assert (outcome.refusal, outcome.scope) == (refusal, scope)
    assert "carrier" in outcome.reason


def test_an_account_that_agrees_with_the_table_changes_nothing(one_server):
    outcome = refused(one_server, Fault(429, "21611", "").answer(), codes={"21611": "retry"})

    assert (outcome.refusal, outcome.scope) == (RETRY, Scope.ACCOUNT)


def test_an_account_may_say_what_an_unknown_code_means(one_server):
    answer = Fault(400, "29999", "A novelty").answer()
    outcome = refused(one_server, answer, codes={"29999": "retry"})

    assert (outcome.refusal, outcome.reason) == (RETRY, "Twilio says: A novelty")


def test_a_stop_that_an_account_thinks_less_of_is_no_opt_out(one_server):
    outcome = refused(one_server, Fault(400, "21610", "").answer(), codes={"21610": "message"})

    assert outcome.refusal is MESSAGE
    assert not outcome.opted_out


@pytest.mark.parametrize("text", ["\ud83d", "Paid \udc00 now"])
def test_a_text_that_cannot_be_written_is_refused(one_server, text):
    outcome = through(one_server).send(envelope(text))

    assert (outcome.refusal, outcome.code) == (MESSAGE, "UnicodeEncodeError")


@pytest.mark.parametrize("field", ["auth_token", "account_sid"])
def test_credentials_that_cannot_be_written_hold_the_account(one_server, field):
    outcome = through(one_server, **{field: "“copied from a mail”"}).send(envelope())

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)
    assert "copy it again" in outcome.reason
    assert "copied" not in outcome.reason


def test_a_status_in_the_body_that_is_none_is_not_believed(one_server):
    json = {"type": "t", "title": "Oh no", "status": "bad", "code": 99_999}
    outcome = refused(one_server, Answer(status=400, json=json))

    assert (outcome.refusal, outcome.code) == (MESSAGE, "99999")


def test_words_that_were_not_said_at_once_are_not_quoted(one_server):
    json = {"sid": "SM1", "status": "failed", "error_code": 30005, "error_message": None}
    outcome = refused(one_server, Answer(status=201, json=json))

    assert outcome.reason == codes.TABLE["30005"].words


def test_words_that_are_none_are_not_quoted(one_server):
    json = {"code": 21211, "message": None, "status": 400}
    outcome = refused(one_server, Answer(status=400, json=json))

    assert outcome.reason == codes.TABLE["21211"].words


@pytest.mark.parametrize("error", [RuntimeError(), TypeError(), ValueError(), KeyError()])
def test_a_fault_of_ours_is_no_outcome(error):
    assert outcomes.of_error(error, {}, Account(account_sid="", auth_token="")) is None


def test_a_fault_of_ours_after_an_answer_is_none_either():
    account = Account(account_sid="", auth_token="")

    assert outcomes.of_error(KeyError(), {"Date": "today"}, account) is None
