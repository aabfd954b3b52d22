"""What X's limits mean, and that the messengers stay within them."""

from __future__ import annotations

import time

import pytest

from dsn_core import Refusal, Scope
from dsn_core.testing import Answer
from dsn_twitter.testing import Limit, XServer
from tests.twitter.posting import dm, envelope, post

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def waits(server, **headers):
    """How long a 429 with these headers makes the account wait, in seconds."""
    named = {f"x-{name.replace('_', '-')}": str(value) for name, value in headers.items()}
    server.script(Answer(status=429, headers=named))
    outcome = post(server).send(envelope())
    assert (outcome.refusal, outcome.scope) == (Refusal.RETRY, Scope.ACCOUNT)
    return outcome.retry_after


def test_the_last_of_the_limits_that_are_used_up_counts(server):
    now = int(time.time())
    wait = waits(
        server,
        rate_limit_remaining=0,
        rate_limit_reset=now + 100,
        user_limit_24hour_remaining=0,
        user_limit_24hour_reset=now + 5000,
        app_limit_24hour_remaining=3,
        app_limit_24hour_reset=now + 9000,
    )

    assert wait == pytest.approx(5000, abs=3)


@pytest.mark.parametrize("limit", ["rate_limit", "user_limit_24hour", "app_limit_24hour"])
def test_each_limit_counts(server, limit):
    ends = int(time.time()) + 300

    assert waits(server, **{f"{limit}_remaining": 0, f"{limit}_reset": ends}) == pytest.approx(
        300, abs=3
    )


def test_where_none_is_used_up_the_last_reset_counts(server):
    ends = int(time.time()) + 60

    assert waits(server, rate_limit_remaining=7, rate_limit_reset=ends) == pytest.approx(60, abs=3)


def test_a_retry_after_counts_too(server):
    server.script(Answer(status=429, headers={"Retry-After": "33"}))

    assert post(server).send(envelope()).retry_after == pytest.approx(33, abs=1)


def test_where_nothing_is_said_a_window_passes(server):
    assert waits(server) == 900


@pytest.mark.parametrize(("reset", "wait"), [(0, 1), (10**11, 86_400)])
def test_no_clock_makes_it_wait_for_nothing_or_for_ever(server, reset, wait):
    assert waits(server, rate_limit_remaining=0, rate_limit_reset=reset) == wait


@pytest.mark.parametrize("reset", ["soon", "-5", "", "\u00b2"])
def test_a_header_that_is_no_number_is_passed_over(server, reset):
    assert waits(server, rate_limit_remaining=0, rate_limit_reset=reset) == 900


@pytest.mark.parametrize("messenger", [post, dm])
def test_the_server_counts_as_x_does(messenger):
    with XServer(limits=True) as server:
        server.post_limits = server.message_limits = (
            Limit("x-rate-limit", 2, 900),
            Limit("x-user-limit-24hour", 1, 86_400),
        )
        sent = messenger(server).send(envelope("a"))
        outcome = messenger(server).send(envelope("b"))

    assert sent.provider_id
    assert (outcome.refusal, outcome.code) == (Refusal.RETRY, "429")
    assert outcome.retry_after == pytest.approx(86_400, abs=5)
    assert len(server.posts) + len(server.direct_messages) == 1


@pytest.mark.parametrize(
    ("messenger", "limits"),
    [(post, "post_limits"), (dm, "message_limits")],
)
def test_the_rate_never_exceeds_a_limit(server, messenger, limits):
    count, _, unit = messenger().rate.partition("/")
    a_second = int(count) / SECONDS[unit]

    for limit in getattr(server, limits):
        assert a_second * limit.seconds <= limit.most
