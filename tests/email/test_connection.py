"""One connection for a batch, and what becomes of it when the server hangs up."""

from __future__ import annotations

import pytest

from dsn_core import Accepted, Refusal, Scope
from dsn_email.testing import DROP, HANG
from tests.email.posting import envelope, through


def batch(count):
    return [envelope(f"a{number}@example.org", key=f"k{number}") for number in range(count)]


def keys(server):
    """The keys of what the server took, in order."""
    return [mail.message["Message-ID"].strip("<>").split("@")[0] for mail in server.mail]


def test_nothing_is_connected_before_the_first_message(server):
    with through(server):
        assert server.connections == 0


def test_twenty_messages_share_one_connection(server):
    with through(server) as email:
        outcomes = list(email.send_many(batch(20)))

    assert [type(outcome) for outcome in outcomes] == [Accepted] * 20
    assert keys(server) == [f"k{number}" for number in range(20)]
    assert all(len(mail.recipients) == 1 for mail in server.mail)
    assert server.connections == 1


def test_each_batch_has_a_connection_of_its_own(server):
    email = through(server)
    for _ in range(2):
        with email:
            list(email.send_many(batch(2)))

    assert server.connections == 2


def test_a_message_outside_a_batch_hangs_up_afterwards(server):
    email = through(server)
    email.send(envelope())
    email.send(envelope())

    assert server.connections == 2
    assert email._line is None


@pytest.mark.parametrize(
    ("stage", "deed"),
    [
        ("MAIL", DROP),
        ("RCPT", DROP),
        ("DATA", DROP),
        ("MAIL", "421 4.4.2 Idle too long, closing"),
        ("RCPT", "421 4.4.2 Idle too long, closing"),
    ],
)
def test_after_a_hang_up_a_second_connection_loses_and_doubles_nothing(server, stage, deed):
    server.answer(stage, deed, wait=5, times=1)

    with through(server) as email:
        outcomes = list(email.send_many(batch(20)))

    assert {type(outcome) for outcome in outcomes} == {Accepted}
    assert keys(server) == [f"k{number}" for number in range(20)]
    assert server.connections == 2


def test_a_connection_that_broke_while_nobody_spoke_is_replaced(server):
    with through(server) as email:
        email.send(envelope(key="k0"))
        server.hang_up()
        outcome = email.send(envelope(key="k1"))

    assert isinstance(outcome, Accepted)
    assert keys(server) == ["k0", "k1"]
    assert server.connections == 2


def test_a_message_that_cannot_be_written_costs_no_connection(server):
    with through(server) as email:
        email.send(envelope())
        assert email.send(envelope(text="\ud800")).refusal is Refusal.MESSAGE
        assert isinstance(email.send(envelope()), Accepted)

    assert server.connections == 1


def test_a_server_that_always_hangs_up_is_asked_only_once_more(server):
    server.answer("MAIL", DROP, wait=1)

    with through(server) as email:
        first, second = email.send_many(batch(2))

    assert isinstance(first, Accepted)
    assert (second.refusal, second.scope) == (Refusal.RETRY, Scope.ACCOUNT)
    assert server.connections == 2


def test_a_fresh_connection_that_is_closed_is_not_tried_again_at_once(server):
    server.answer("MAIL", DROP)

    with through(server) as email:
        outcome = email.send(envelope())

    assert (outcome.refusal, outcome.code) == (Refusal.RETRY, "SMTPServerDisconnected")
    assert server.connections == 1


def test_a_message_in_doubt_is_not_sent_again_at_once(server):
    server.answer("END", DROP, wait=1, times=1)

    with through(server) as email:
        outcomes = list(email.send_many(batch(4)))

    assert [getattr(outcome, "refusal", None) for outcome in outcomes] == [
        None,
        Refusal.IN_DOUBT,
        None,
        None,
    ]
    assert keys(server) == ["k0", "k1", "k2", "k3"]
    assert server.connections == 2


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("RCPT", "550 5.1.1 No such user"),
        ("MAIL", "552 5.3.4 Too big"),
        ("DATA", "451 4.3.0 Try again"),
        ("END", "554 5.7.1 Spam"),
    ],
)
def test_the_refusal_of_one_touches_no_other(server, stage, reply):
    server.answer(stage, reply, wait=1, times=1)

    with through(server) as email:
        outcomes = list(email.send_many(batch(4)))

    assert [type(outcome) is Accepted for outcome in outcomes] == [True, False, True, True]
    assert keys(server) == ["k0", "k2", "k3"]
    assert server.connections == 1


def test_a_connection_that_cannot_be_reset_is_replaced(server):
    server.answer("END", "554 5.7.1 Spam", times=1)
    server.answer("RSET", DROP)

    with through(server) as email:
        outcomes = list(email.send_many(batch(2)))

    assert [type(outcome) is Accepted for outcome in outcomes] == [False, True]
    assert server.connections == 2


def test_an_outcome_is_known_before_the_next_message_goes_out(server):
    with through(server) as email:
        outcomes = email.send_many(batch(2))
        next(outcomes)
        assert keys(server) == ["k0"]


def test_hanging_up_cannot_undo_what_was_sent(server):
    with through(server) as email:
        outcome = email.send(envelope())
        server.hang_up()

    assert isinstance(outcome, Accepted)


def test_a_server_that_says_nothing_is_waited_for_only_so_long(server):
    server.answer("CONNECT", HANG)

    with through(server, timeout=0.2) as email:
        outcome = email.send(envelope())

    assert (outcome.refusal, outcome.scope) == (Refusal.RETRY, Scope.ACCOUNT)
