"""What each answer of X means, over a socket."""

from __future__ import annotations

import pytest

from dsn_core import Accepted, Refusal, Scope
from dsn_core.testing import DROP, HANG, Answer
from dsn_twitter import connecting
from dsn_twitter.testing import APP_ONLY, DUPLICATE, NOT_TO_THEM, TOO_LONG, problem
from tests.twitter.posting import dm, envelope, post

RETRY, ADDRESS, MESSAGE = Refusal.RETRY, Refusal.ADDRESS, Refusal.MESSAGE
ACCOUNT, IN_DOUBT = Refusal.ACCOUNT, Refusal.IN_DOUBT

PAGE = "<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry</body></html>"
BOTH = pytest.mark.parametrize("messenger", [post, dm])


def forbidden(detail, kind="about:blank", title="Forbidden", **more):
    return problem(403, title, detail, kind, **more)


def old(status, code, words):
    """An error in the form of API v1.1."""
    return Answer(status=status, json={"errors": [{"code": code, "message": words}]})


OF_BOTH = [
    (problem(401, "Unauthorized", "Unauthorized"), ACCOUNT, "401"),
    (old(401, 32, "Could not authenticate you."), ACCOUNT, "32"),
    (Answer(status=401, body=PAGE), ACCOUNT, "401"),
    (problem(402, "CreditsDepleted", "No credits are left."), ACCOUNT, "402"),
    (Answer(status=402), ACCOUNT, "402"),
    (problem(429, "Too Many Requests", "Too Many Requests"), RETRY, "429"),
    (Answer(status=429, body=PAGE), RETRY, "429"),
    (problem(429, "UsageCapExceeded", "Usage cap", "usage-capped"), ACCOUNT, "usage-capped"),
    (problem(429, "UsageCapExceeded", "Usage cap"), ACCOUNT, "usage-capped"),
    (DUPLICATE, MESSAGE, "403"),
    (old(403, 187, "Status is a duplicate."), MESSAGE, "187"),
    (old(403, 187, "No."), MESSAGE, "187"),
    (forbidden("You are not permitted to perform this action."), ACCOUNT, "403"),
    (forbidden("x", "client-forbidden", "Client Forbidden"), ACCOUNT, "client-forbidden"),
    (forbidden("No", "oauth1-permissions"), ACCOUNT, "oauth1-permissions"),
    (APP_ONLY, ACCOUNT, "unsupported-authentication"),
    (forbidden("No", "unsupported-authentication"), ACCOUNT, "unsupported-authentication"),
    (forbidden("x", title="Unsupported Authentication"), ACCOUNT, "unsupported-authentication"),
    (forbidden("Your token lacks the scope tweet.write"), ACCOUNT, "403"),
    (forbidden("Your account is suspended."), ACCOUNT, "403"),
    (forbidden("This account is temporarily locked."), ACCOUNT, "403"),
    (old(403, 64, "Your account is suspended"), ACCOUNT, "64"),
    (old(403, 261, "Application cannot perform write actions."), ACCOUNT, "261"),
    (old(403, 185, "User is over daily status update limit."), RETRY, "185"),
    (Answer(status=403, body=PAGE), ACCOUNT, "403"),
    (Answer(status=404, body=PAGE), ACCOUNT, "404"),
    (problem(400, "Invalid Request", "No", "invalid-request"), MESSAGE, "invalid-request"),
    (Answer(status=400, body=PAGE), MESSAGE, "400"),
    (Answer(status=413), MESSAGE, "413"),
    (Answer(status=422, json={"detail": "No"}), MESSAGE, "422"),
    (Answer(status=407), ACCOUNT, "407"),
    (Answer(status=408), RETRY, "408"),
    (Answer(status=410), ACCOUNT, "410"),
    (Answer(status=302, headers={"Location": "/elsewhere"}), ACCOUNT, "TooManyRedirects"),
    (Answer(status=304), ACCOUNT, "304"),
    (Answer(status=500, json={"title": "Internal Server Error"}), IN_DOUBT, "500"),
    (Answer(status=502, body=PAGE), IN_DOUBT, "502"),
    (problem(503, "Service Unavailable", "Service Unavailable"), IN_DOUBT, "503"),
    (Answer(status=504), IN_DOUBT, "504"),
    (problem(500, "Internal Server Error", "A duplicate request"), IN_DOUBT, "500"),
    (Answer(status=200, body=PAGE), IN_DOUBT, "200"),
    (Answer(status=201, json={"data": {}}), IN_DOUBT, "201"),
    (Answer(status=201, json=["data"]), IN_DOUBT, "201"),
    (DROP, IN_DOUBT, "ConnectionError"),
]
OLDER_CODES = {
    **dict.fromkeys([32, 64, 89, 99, 135, 215, 220, 226, 261, 326, 416], ACCOUNT),
    **dict.fromkeys([88, 185, 344], RETRY),
}
NO_PARTICIPANT = problem(
    400,
    "Invalid Request",
    "One or more parameters to your request was invalid.",
    "invalid-request",
    errors=[{"parameters": {"participant_id": ["0"]}, "message": "It is not valid"}],
)
OF_POSTS = [
    (NO_PARTICIPANT, MESSAGE, "invalid-request"),
    (forbidden("The user of this post has been suspended"), ACCOUNT, "403"),
    (TOO_LONG, MESSAGE, "403"),
    (forbidden("Whatever"), MESSAGE, "403"),
    (Answer(status=403), MESSAGE, "403"),
    (Answer(status=404), ACCOUNT, "404"),
    (problem(404, "Not Found Error", "No", "resource-not-found"), ACCOUNT, "resource-not-found"),
]
OF_MESSAGES = [
    (NOT_TO_THEM, ADDRESS, "403"),
    (forbidden("Whatever"), ADDRESS, "403"),
    (Answer(status=403), ADDRESS, "403"),
    (old(403, 349, "You cannot send messages to this user."), ADDRESS, "349"),
    (old(403, 150, "You cannot send messages to users who are not following you."), ADDRESS, "150"),
    (old(403, 349, "From your account nobody can write to them."), ADDRESS, "349"),
    (old(403, 476, "Sender is not verified to send message requests"), ADDRESS, "476"),
    (forbidden("The recipient has blocked you; this is not permitted."), ADDRESS, "403"),
    (Answer(status=404), ADDRESS, "404"),
    (problem(404, "Not Found Error", "No", "resource-not-found"), ADDRESS, "resource-not-found"),
    (NO_PARTICIPANT, ADDRESS, "invalid-request"),
]


def check(server, messenger, answer, refusal, code):
    server.script(answer, times=None)
    outcome = messenger(server).send(envelope())

    assert (outcome.refusal, outcome.code) == (refusal, code), outcome
    everybody_waits = refusal in (ACCOUNT, RETRY)
    assert outcome.scope is (Scope.ACCOUNT if everybody_waits else Scope.MESSAGE)
    assert (outcome.retry_after is not None) == (refusal is RETRY)
    assert outcome.reason
    assert "()" not in outcome.reason
    assert len(server.calls) == 1


@BOTH
@pytest.mark.parametrize(("answer", "refusal", "code"), OF_BOTH)
def test_an_answer_means_for_both(server, messenger, answer, refusal, code):
    check(server, messenger, answer, refusal, code)


@pytest.mark.parametrize(("answer", "refusal", "code"), OF_POSTS)
def test_an_answer_means_for_a_post(server, answer, refusal, code):
    check(server, post, answer, refusal, code)


@pytest.mark.parametrize(("answer", "refusal", "code"), OF_MESSAGES)
def test_an_answer_means_for_a_direct_message(server, answer, refusal, code):
    check(server, dm, answer, refusal, code)


@BOTH
@pytest.mark.parametrize(("code", "refusal"), OLDER_CODES.items())
def test_an_older_code_tells_without_words(server, messenger, code, refusal):
    check(server, messenger, old(403, code, "No."), refusal, str(code))


@pytest.mark.parametrize("code", [34, 50, 63, 108, 150, 349, 476])
def test_an_older_code_of_an_address_goes_before_any_words(server, code):
    check(server, dm, old(403, code, "From your account, no."), ADDRESS, str(code))


@BOTH
@pytest.mark.parametrize(
    "words",
    [
        "Unsupported Authentication",
        "The scope is missing",
        "Scopes are missing",
        "OAuth says no",
        "This client may not",
        "This app may not",
        "Please enroll first",
        "Your access level is too low",
        "There are no credits",
        "It is your account",
    ],
)
def test_words_about_the_account_hold_it(server, messenger, words):
    check(server, messenger, forbidden(words), ACCOUNT, "403")


@pytest.mark.parametrize(
    "words",
    [
        "Not permitted with this participant",
        "Not permitted with this recipient",
        "Not permitted with this user",
        "Not permitted with one or more of them",
        "Not permitted, as they do not follow you",
        "Not permitted, as she is following you no more",
        "Not permitted: she blocks you",
        "She has been suspended",
    ],
)
def test_words_about_the_recipient_are_about_the_address(server, words):
    check(server, dm, forbidden(words), ADDRESS, "403")


@BOTH
@pytest.mark.parametrize("words", ["It is not permitted", "It is suspended", "It is locked"])
def test_words_that_may_be_about_the_account_hold_it(server, messenger, words):
    check(server, messenger, forbidden(words), ACCOUNT, "403")


@BOTH
@pytest.mark.parametrize("answer", [DUPLICATE, old(403, 187, "Status is a duplicate.")])
def test_a_duplicate_after_doubt_was_sent(server, messenger, answer):
    server.script(answer)
    outcome = messenger(server).send(envelope(doubted=True))

    assert isinstance(outcome, Accepted)
    assert outcome.provider_id == ""
    assert "had arrived" in str(outcome.detail["duplicate"])


def test_x_itself_drops_the_double(server):
    server.script(DROP, when=lambda call: server.answer(call).status == 201)
    first = post(server).send(envelope())
    again = post(server).send(envelope(doubted=True))

    assert first.refusal is IN_DOUBT
    assert isinstance(again, Accepted)
    assert len(server.posts) == 1


@BOTH
def test_silence_after_the_question_is_doubt(server, messenger, monkeypatch):
    monkeypatch.setattr(connecting, "TIMEOUT", 0.2)
    server.script(HANG)
    outcome = messenger(server).send(envelope())

    assert (outcome.refusal, outcome.code) == (IN_DOUBT, "ReadTimeout")


@pytest.mark.parametrize(
    ("body", "refusal", "code"),
    [
        ({"title": "Not Found Error", "type": "…/resource-not-found"}, ADDRESS, None),
        ({"title": "x", "type": "…/not-authorized-for-resource", "detail": "x"}, ADDRESS, None),
        ({"title": "x", "type": "…/client-forbidden", "detail": "x"}, ACCOUNT, None),
        ({"title": "x", "status": 401}, ACCOUNT, "401"),
        ({"title": "x"}, MESSAGE, "400"),
    ],
)
def test_a_success_without_a_message_is_none(server, body, refusal, code):
    server.script(Answer(status=200, json={"errors": [body]}))
    outcome = dm(server).send(envelope())

    assert outcome.refusal is refusal
    assert outcome.code == code or code is None


@BOTH
def test_what_was_sent_with_errors_was_sent(server, messenger):
    data = {"id": "1", "dm_event_id": "1"}
    errors = [{"title": "Field Error", "detail": "Something else is amiss."}]
    server.script(Answer(status=201, json={"data": data, "errors": errors}))
    outcome = messenger(server).send(envelope())

    assert outcome.provider_id == "1"
    assert outcome.detail["errors"] == ["Field Error: Something else is amiss."]


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        [],
        "text",
        {"errors": None},
        {"errors": [7, None, []]},
        {"errors": {"code": 1}},
        {"detail": 7, "title": None},
        {"errors": [{"code": "187x", "message": None}]},
        {"errors": [{"parameters": [1]}], "status": "x"},
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403, 429, 503])
def test_no_body_makes_it_raise(server, status, body):
    server.script(Answer(status=status, json=body, body="null" if body is None else ""))

    assert post(server).send(envelope()).refusal in Refusal


@pytest.mark.parametrize(("status", "refusal"), [(201, IN_DOUBT), (400, MESSAGE), (429, RETRY)])
def test_a_body_too_deep_to_be_read_is_judged_by_its_status(server, status, refusal):
    server.script(Answer(status=status, body="[" * 100_000))

    assert post(server).send(envelope()).refusal is refusal


def test_a_broken_body_is_judged_by_its_status(server):
    class Short(Answer):
        def content(self):
            return b"This is not gzip.", "application/json"

    for status, refusal in ((201, IN_DOUBT), (500, IN_DOUBT), (400, MESSAGE), (401, ACCOUNT)):
        server.script(Short(status=status, headers={"Content-Encoding": "gzip"}))
        outcome = post(server).send(envelope())
        assert (outcome.refusal, outcome.code) == (refusal, str(status))
        assert (outcome.scope is Scope.ACCOUNT) is (refusal is ACCOUNT)


def test_a_cap_is_told_from_too_many_at_once(server):
    server.script(problem(429, "UsageCapExceeded", "Usage cap", "usage-capped"))

    assert post(server).send(envelope()).reason.startswith("X's cap on what the app may use")


def test_a_reason_is_plain_and_has_xs_words(server):
    server.script(problem(401, "Unauthorized", "Bad timestamp"))
    server.script(NOT_TO_THEM)
    server.script(Answer(status=403, json=forbidden("No", "oauth1-permissions").json))
    reasons = [dm(server).send(envelope()).reason for _ in range(3)]

    assert reasons[0].startswith("X does not accept these keys")
    assert reasons[0].endswith("(Unauthorized: Bad timestamp)")
    assert "permission to DM one or more participants" in reasons[1]
    assert "let it write (and send direct messages)" in reasons[2]
