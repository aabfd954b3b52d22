"""Whom the gates let through, and what becomes of those they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from dsn_core.contract.gate import Pass, Postpone, Suppress
from dsn_core.fanout.gates import MOST_FAILURES
from tests.core.fanout.plugins import Post, Wall, gate, judging
from tests.core.fanout.scene import (
    deliveries,
    fan_out,
    happen,
    make_backend,
    make_due,
    make_trigger,
    make_user,
    make_users,
    silenced,
    subscribe,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd():
    return make_users(5)


def told_to(*users, backend=None, **fields):
    trigger = make_trigger()
    subscribe(trigger, backend or make_backend(), users=users, **fields)
    event = happen(trigger)
    fan_out(event)
    return event


def test_an_inactive_user_is_left_out_also_where_she_has_no_address():
    ada = make_user("ada", is_active=False, email="")
    event = told_to(ada)
    assert silenced(event) == {f"user:{ada.pk}": "inactive"}


def test_a_plugins_no_is_kept_with_its_key_and_reason(install, crowd):
    muted = judging(
        lambda candidate: Suppress(reason="muted") if candidate.user.pk == crowd[1].pk else None
    )
    install(Post, muted)
    event = told_to(*crowd)
    [row] = event.deliveries.filter(state="suppressed")
    assert (row.user_pk, row.code) == (str(crowd[1].pk), "gate")
    assert row.reason == "shop.gate: muted"
    assert len(told(event)) == 4


def test_a_postponed_message_is_due_later_and_says_why(install, crowd):
    until = timezone.now() + timedelta(hours=8)
    install(Post, judging(lambda _: Postpone(until=until, reason="night")))
    [row] = deliveries(told_to(crowd[0]))
    assert (row.state, row.next_at, row.reason) == ("queued", until, "shop.gate: night")


def test_a_plugin_is_asked_in_batches_about_messages_that_would_be_sent(install, crowd):
    asked = []

    def screen(candidates):
        asked.append([(c.address, c.user, c.backend, c.messenger) for c in candidates])
        return [Pass() for _ in candidates]

    install(Post, gate(screen))
    crowd[0].email, crowd[1].is_active = "", False
    crowd[0].save()
    crowd[1].save()
    told_to(*crowd, addresses=["a@example.org"])
    assert asked == [
        [(user.email, user, "post", "post") for user in crowd[2:]],
        [("a@example.org", None, "post", "post")],
    ]


def test_a_gate_is_asked_about_a_public_message_with_nobody_as_the_user(install):
    asked = []
    install(Wall, judging(asked.append))
    event = told_to(backend=make_backend("wall"))
    assert told(event) == [("public", "")]
    assert [(c.user, c.address) for c in asked] == [(None, "")]


def test_one_whom_a_gate_cannot_judge_waits_and_the_others_do_not(install, crowd):
    mended = []

    def judge(candidate):
        if candidate.user.pk == crowd[3].pk and not mended:
            raise LookupError("who is that?")

    install(Post, judging(judge))
    event = told_to(*crowd)
    assert {who for who, _where in told(event)} == {f"user:{crowd[n].pk}" for n in (0, 1, 2, 4)}
    assert (event.state, event.reason) == (
        "pending",
        "gate 'shop.gate' raised LookupError: who is that?",
    )
    mended.append(True)
    make_due(event)
    fan_out(event)
    assert (event.state, event.reason, len(told(event))) == ("done", "", 5)


@pytest.mark.parametrize(
    "screen",
    [
        lambda _: 1 / 0,
        lambda _: exec("raise SystemExit"),
        lambda _: [],
        lambda _: None,
        lambda candidates: ["yes" for _ in candidates],
        lambda candidates: [Postpone(until=datetime(2030, 1, 1), reason="") for _ in candidates],
        lambda candidates: (Pass() for _ in [*candidates, 1]),
    ],
)
def test_a_broken_gate_lets_nobody_through_and_loses_nobody(install, crowd, screen):
    install(Post, gate(screen))
    event = told_to(*crowd)
    assert (event.state, deliveries(event)) == ("pending", [])
    assert "shop.gate" in event.reason
    assert event.next_at > timezone.now()
    install(Post)
    make_due(event)
    fan_out(event)
    assert (event.state, len(told(event))) == ("done", 5)


def test_a_gate_that_always_fails_is_given_up_soon(install):
    asked = []

    def screen(candidates):
        asked.append(len(candidates))
        raise ValueError

    install(Post, gate(screen))
    told_to(*make_users(200, "many"))
    assert len(asked) == MOST_FAILURES


def test_one_who_has_a_row_is_not_judged_again(install, crowd):
    asked = []

    def judge(candidate):
        asked.append(candidate.user.pk)
        if candidate.user.pk == crowd[4].pk:
            raise ValueError

    install(Post, judging(judge))
    event = told_to(*crowd)
    asked.clear()
    make_due(event)
    fan_out(event)
    assert asked == [crowd[4].pk]


def test_the_latest_of_several_postponements_counts(install, crowd):
    early, late = datetime(2040, 1, 1, tzinfo=UTC), datetime(2040, 1, 2, tzinfo=UTC)
    second = judging(lambda _: Postpone(until=early, reason="early"))
    second.key = "shop.second"
    install(Post, judging(lambda _: Postpone(until=late, reason="late")), second)
    [row] = deliveries(told_to(crowd[0]))
    assert (row.next_at, row.reason) == (late, "shop.gate: late")
