"""What each answer of an SMTP server means, over a socket."""

from __future__ import annotations

import pytest

from dsn_core import Accepted, Refusal, Refused, Scope
from dsn_email.accounts import Account
from dsn_email.smtp_answers import MAILBOX_FULL_WAIT
from dsn_email.testing import DROP, HANG, SMTPServer
from tests.email.posting import envelope, free_port, messenger, through

RETRY, ADDRESS, MESSAGE = Refusal.RETRY, Refusal.ADDRESS, Refusal.MESSAGE
ACCOUNT, IN_DOUBT = Refusal.ACCOUNT, Refusal.IN_DOUBT

RCPT = [
    ("421 4.3.2 Shutting down", RETRY, "4.3.2", Scope.ACCOUNT),
    ("421 Too many connections", RETRY, "421", Scope.ACCOUNT),
    ("450 4.2.0 Greylisted", RETRY, "4.2.0", Scope.ADDRESS),
    ("450 Mailbox busy", RETRY, "450", Scope.MESSAGE),
    ("451 4.7.1 Greylisted, try again", RETRY, "4.7.1", Scope.MESSAGE),
    ("452 4.3.1 Out of storage", RETRY, "4.3.1", Scope.ACCOUNT),
    ("454 4.7.1 Relay access denied", RETRY, "4.7.1", Scope.MESSAGE),
    ("550 No such user", ADDRESS, "550", Scope.MESSAGE),
    ("551 User not local", ADDRESS, "551", Scope.MESSAGE),
    ("553 Mailbox name not allowed", ADDRESS, "553", Scope.MESSAGE),
    ("501 5.1.3 Bad address syntax", ADDRESS, "5.1.3", Scope.MESSAGE),
    ("556 5.1.10 The domain takes no mail", ADDRESS, "5.1.10", Scope.MESSAGE),
    ("550 5.1.1 No such user", ADDRESS, "5.1.1", Scope.MESSAGE),
    ("550 5.1.2 No such domain", ADDRESS, "5.1.2", Scope.MESSAGE),
    ("554 5.1.1 No such user", ADDRESS, "5.1.1", Scope.MESSAGE),
    ("550 5.2.1 Disabled", ADDRESS, "5.2.1", Scope.MESSAGE),
    ("550 5.4.1 Recipient address rejected", ADDRESS, "5.4.1", Scope.MESSAGE),
    ("552 Mailbox full", RETRY, "552", Scope.ADDRESS),
    ("552 5.2.2 Over quota", RETRY, "5.2.2", Scope.ADDRESS),
    ("550 5.2.2 Over quota", RETRY, "5.2.2", Scope.ADDRESS),
    ("452 4.2.2 Over quota", RETRY, "4.2.2", Scope.ADDRESS),
    ("552 5.3.4 Message too big", MESSAGE, "5.3.4", Scope.MESSAGE),
    ("550 5.7.1 Blocked by policy", MESSAGE, "5.7.1", Scope.MESSAGE),
    ("554 5.7.26 Not authenticated by SPF or DKIM", MESSAGE, "5.7.26", Scope.MESSAGE),
    ("554 Spam", MESSAGE, "554", Scope.MESSAGE),
    ("554 5.7.1 <a@b.example>: Relay access denied", ACCOUNT, "5.7.1", Scope.ACCOUNT),
    ("550 5.7.54 Unable to relay", ACCOUNT, "5.7.54", Scope.ACCOUNT),
    ("550 relay not permitted", ACCOUNT, "550", Scope.ACCOUNT),
    ("550 5.1.1 No such user at our relay", ADDRESS, "5.1.1", Scope.MESSAGE),
    ("530 5.7.0 Log in first", ACCOUNT, "5.7.0", Scope.ACCOUNT),
    ("534 5.7.9 Mechanism too weak", ACCOUNT, "5.7.9", Scope.ACCOUNT),
    ("535 5.7.8 Wrong password", ACCOUNT, "5.7.8", Scope.ACCOUNT),
    ("538 5.7.11 Encryption needed", ACCOUNT, "5.7.11", Scope.ACCOUNT),
    ("550 5.1.8 Sender's domain not found", ACCOUNT, "5.1.8", Scope.ACCOUNT),
    ("550 5.7.60 May not send as this sender", ACCOUNT, "5.7.60", Scope.ACCOUNT),
    ("550 4.7.1 Come back later", RETRY, "4.7.1", Scope.MESSAGE),
    ("504 5.5.4 Not implemented", MESSAGE, "5.5.4", Scope.MESSAGE),
]
MAIL = [
    ("421 4.3.2 Shutting down", RETRY, "4.3.2", Scope.ACCOUNT),
    ("451 4.7.1 Too many messages", RETRY, "4.7.1", Scope.ACCOUNT),
    ("552 5.3.4 Message too big", MESSAGE, "5.3.4", Scope.MESSAGE),
    ("552 Message too big", MESSAGE, "552", Scope.MESSAGE),
    ("550 5.7.1 Sender rejected", ACCOUNT, "5.7.1", Scope.ACCOUNT),
    ("553 5.1.8 Unknown sender", ACCOUNT, "5.1.8", Scope.ACCOUNT),
    ("530 5.7.0 Must issue STARTTLS first", ACCOUNT, "5.7.0", Scope.ACCOUNT),
    ("554 No", ACCOUNT, "554", Scope.ACCOUNT),
]
END = [
    ("421 4.3.2 Shutting down", RETRY, "4.3.2", Scope.ACCOUNT),
    ("451 4.3.0 Local error", RETRY, "4.3.0", Scope.ACCOUNT),
    ("450 Later", RETRY, "450", Scope.MESSAGE),
    ("554 5.7.1 Spam", MESSAGE, "5.7.1", Scope.MESSAGE),
    ("554 Spam", MESSAGE, "554", Scope.MESSAGE),
    ("550 Content rejected", MESSAGE, "550", Scope.MESSAGE),
    ("550 5.1.1 No such user", ADDRESS, "5.1.1", Scope.MESSAGE),
    ("550 5.2.1 Disabled", ADDRESS, "5.2.1", Scope.MESSAGE),
    ("552 5.2.2 Over quota", RETRY, "5.2.2", Scope.ADDRESS),
    ("552 Too much mail data", MESSAGE, "552", Scope.MESSAGE),
    ("554 5.7.1 Relay access denied", ACCOUNT, "5.7.1", Scope.ACCOUNT),
    ("530 5.7.0 Log in first", ACCOUNT, "5.7.0", Scope.ACCOUNT),
    ("345 What?", IN_DOUBT, "345", Scope.MESSAGE),
    ("what?", IN_DOUBT, "-1", Scope.MESSAGE),
]


def outcome_of(server, sent=None, **smtp):
    with through(server, **smtp) as email:
        return email.send(sent or envelope())


def check_reply(server, stage, row):
    reply, refusal, code, scope = row
    server.answer(stage, reply)
    outcome = outcome_of(server)

    assert isinstance(outcome, Refused)
    assert (outcome.refusal, outcome.code, outcome.scope) == (refusal, code, scope)
    return outcome


@pytest.mark.parametrize("row", RCPT, ids=[row[0] for row in RCPT])
def test_an_answer_about_the_recipient(server, row):
    outcome = check_reply(server, "RCPT", row)

    assert outcome.reason == row[0].split(row[2])[-1].strip()
    assert server.mail == []


@pytest.mark.parametrize("row", MAIL, ids=[row[0] for row in MAIL])
def test_an_answer_about_the_sender(server, row):
    check_reply(server, "MAIL", row)


@pytest.mark.parametrize("row", END, ids=[row[0] for row in END])
def test_an_answer_about_the_message(server, row):
    check_reply(server, "END", row)


@pytest.mark.parametrize("row", [row for row in END if row[0][0] in "45"])
def test_an_answer_to_the_data_command(server, row):
    check_reply(server, "DATA", row)


@pytest.mark.parametrize(
    ("stage", "reply"),
    [("RCPT", "552 5.2.2 Full"), ("RCPT", "452 4.2.2 Full"), ("END", "552 5.2.2 Full")],
)
def test_a_full_mailbox_is_left_in_peace_for_hours(server, stage, reply):
    server.answer(stage, reply)

    assert outcome_of(server).retry_after == MAILBOX_FULL_WAIT >= 3600


def test_an_accepted_message_bears_our_id(server):
    outcome = outcome_of(server, envelope(key="k"))

    assert outcome == Accepted(provider_id="k@shop.example")


def test_the_words_of_several_lines_are_one_line_without_their_codes(server):
    server.answer("RCPT", "550-5.1.1 The account does not exist.\r\n550 5.1.1 See our help.")

    assert outcome_of(server).reason == "The account does not exist. See our help."


@pytest.mark.parametrize(
    ("stage", "refusal"),
    [
        ("CONNECT", RETRY),
        ("EHLO", RETRY),
        ("MAIL", RETRY),
        ("RCPT", RETRY),
        ("DATA", RETRY),
        ("BODY", IN_DOUBT),
        ("END", IN_DOUBT),
    ],
)
@pytest.mark.parametrize("deed", [DROP, HANG])
def test_silence_before_the_message_is_sure_and_after_it_doubt(server, stage, refusal, deed):
    server.answer(stage, deed)
    outcome = outcome_of(server, timeout=0.3)

    assert outcome.refusal is refusal
    assert outcome.scope is (Scope.MESSAGE if refusal is IN_DOUBT else Scope.ACCOUNT)
    assert len(server.mail) == (stage == "END")


def test_a_large_message_cut_off_on_its_way_is_in_doubt(server):
    server.answer("BODY", DROP)

    assert outcome_of(server, envelope(text=("x" * 60 + "\n") * 200_000)).refusal is IN_DOUBT


def test_a_server_that_is_not_there_makes_everybody_wait():
    outcome = outcome_of_account(host="127.0.0.1", port=free_port())

    assert (outcome.refusal, outcome.scope) == (RETRY, Scope.ACCOUNT)
    assert outcome.code == "ConnectionRefusedError"
    assert outcome.reason.startswith("Nothing listens at 127.0.0.1:")


def test_a_name_that_dns_does_not_know_makes_everybody_wait():
    outcome = outcome_of_account(host="mail.invalid", port=25)

    assert (outcome.refusal, outcome.scope, outcome.code) == (RETRY, Scope.ACCOUNT, "gaierror")


def test_a_name_that_cannot_be_a_host_holds_the_account():
    assert outcome_of_account(host="mail..example", port=25).refusal is ACCOUNT


@pytest.mark.parametrize(
    ("greeting", "refusal"),
    [("421 Too busy", RETRY), ("554 5.7.1 You are on a blocklist", ACCOUNT)],
)
def test_a_server_may_refuse_by_its_greeting(server, greeting, refusal):
    server.answer("CONNECT", greeting)
    outcome = outcome_of(server)

    assert (outcome.refusal, outcome.scope) == (refusal, Scope.ACCOUNT)


def test_a_right_password_is_let_in():
    with SMTPServer(users={"shop": "hunter2"}) as server:
        assert isinstance(outcome_of(server, username="shop", password="hunter2"), Accepted)


@pytest.mark.parametrize(
    ("login", "refusal", "code"),
    [
        ({"username": "shop", "password": "wrong"}, ACCOUNT, "5.7.8"),
        ({}, ACCOUNT, "5.7.0"),
        ({"username": "shop", "password": "pässword"}, ACCOUNT, "UnicodeEncodeError"),
    ],
)
def test_a_login_that_fails_holds_the_account(login, refusal, code):
    with SMTPServer(users={"shop": "hunter2"}) as server:
        outcome = outcome_of(server, **login)

    assert (outcome.refusal, outcome.code, outcome.scope) == (refusal, code, Scope.ACCOUNT)


def test_a_login_that_cannot_be_checked_now_is_tried_later():
    with SMTPServer(users={"shop": "hunter2"}) as server:
        server.answer("AUTH", "454 4.7.0 Temporary authentication failure")
        outcome = outcome_of(server, username="shop", password="hunter2")

    assert (outcome.refusal, outcome.code, outcome.scope) == (RETRY, "4.7.0", Scope.ACCOUNT)


def test_a_server_without_login_holds_an_account_that_has_one(server):
    outcome = outcome_of(server, username="shop", password="hunter2")

    assert (outcome.refusal, outcome.code) == (ACCOUNT, "SMTPNotSupportedError")


def test_a_server_without_starttls_holds_an_account_that_wants_it(server):
    outcome = outcome_of(server, use_tls=True)

    assert (outcome.refusal, outcome.code) == (ACCOUNT, "SMTPNotSupportedError")


def test_a_server_that_insists_on_starttls_holds_an_account_without(tls):
    with SMTPServer(tls=tls, needs_starttls=True) as server:
        outcome = outcome_of(server)

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)


@pytest.mark.usefixtures("trusted")
def test_starttls_and_a_login_carry_a_batch(tls):
    users = {"shop": "hunter2"}
    with SMTPServer(tls=tls, needs_starttls=True, users=users) as server:
        login = {"host": "localhost", "use_tls": True, "username": "shop", "password": "hunter2"}
        with through(server, **login) as email:
            outcomes = list(email.send_many([envelope(), envelope()]))

    assert {type(outcome) for outcome in outcomes} == {Accepted}
    assert (len(server.mail), server.connections) == (2, 1)


@pytest.mark.usefixtures("trusted")
def test_tls_from_the_start_carries_a_message(tls):
    with SMTPServer(tls=tls, tls_from_start=True) as server:
        assert isinstance(outcome_of(server, host="localhost", use_ssl=True), Accepted)


@pytest.mark.parametrize("way", [{"use_ssl": True}, {"use_tls": True}])
def test_a_certificate_that_nobody_vouches_for_holds_the_account(tls, way):
    with SMTPServer(tls=tls, tls_from_start="use_ssl" in way) as server:
        outcome = outcome_of(server, host="localhost", **way)

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)
    assert outcome.code == "SSLCertVerificationError"
    assert "certificate of localhost:" in outcome.reason


def test_tls_from_the_start_at_a_plain_port_holds_the_account(server):
    outcome = outcome_of(server, use_ssl=True)

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)


def test_a_certificate_file_that_is_not_there_holds_the_account(tls):
    with SMTPServer(tls=tls) as server:
        outcome = outcome_of(server, use_tls=True, ssl_certfile="/nowhere/cert.pem")

    assert (outcome.refusal, outcome.code) == (ACCOUNT, "FileNotFoundError")


@pytest.mark.parametrize("address", ["ada", "@example.org", "ada@", "ada@ex ample.org", "adä@a.de"])
def test_what_is_no_address_is_refused_before_the_server_is_asked(server, address):
    assert outcome_of(server, envelope(address)).refusal is ADDRESS
    assert server.connections == 0


def test_letters_that_cannot_be_encoded_cost_the_message(server):
    assert outcome_of(server, envelope(text="\ud800")).refusal is MESSAGE


def outcome_of_account(**smtp):
    return messenger(Account(options={"timeout": 5, **smtp})).send(envelope())
