"""An event that is planned in turns: read once, handed back, and right whoever comes or goes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.db import OperationalError
from django.utils import timezone

from dsn_core.contract.occurrence import To
from dsn_core.engines import draining
from dsn_core.engines.draining import drain
from dsn_core.fanout import leasing
from dsn_core.fanout.planning import FanOut
from dsn_core.models import Event, Subscription
from dsn_core.pausing import is_capture_paused
from tests.core.fanout.plugins import Post, source
from tests.core.fanout.scene import (
    deliveries,
    fan_out,
    happen,
    make_backend,
    make_group,
    make_trigger,
    make_user,
    make_users,
    subscribe,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_pages")]


def big_event(**fields):
    trigger, crowd = make_trigger(), make_users(10)
    subscribe(trigger, make_backend(), users=crowd, **fields)
    return happen(trigger), crowd


def test_a_source_is_asked_once_however_many_turns_its_event_takes(install, monkeypatch):
    asked = []
    install(Post, source(lambda _: asked.append(1) or [To(address="a@example.org")]))
    event, _crowd = big_event(recipient_sources=["shop.some"])
    monkeypatch.setattr(draining, "EVENTS_IN_TURN", 1)
    monkeypatch.setattr(draining, "deliver_next", lambda *_args, **_more: 0)
    drain()
    event.refresh_from_db()
    assert (event.state, len(told(event)), asked) == ("done", 11, [1])


def test_a_generator_of_users_is_taken_to_its_end_once(install):
    given = []

    def everybody(_):
        for user in User.objects.order_by("-pk").iterator():
            given.append(user.pk)
            yield user

    install(Post, source(everybody))
    make_users(10)
    trigger = make_trigger()
    subscribe(trigger, make_backend(), recipient_sources=["shop.some"])
    event = happen(trigger)
    with FanOut() as turns:
        while turns.plan():
            pass
    assert len(told(event)) == len(given) == 10


def test_what_is_under_way_is_handed_back_and_no_attempt_counts():
    event, crowd = big_event()
    with FanOut() as turns:
        assert turns.plan()
        assert turns.is_under_way
        assert leasing.claim() is None
    event.refresh_from_db()
    assert (event.state, event.lease, event.attempts) == ("pending", None, 0)
    assert event.cursor["after"] == str(crowd[2].pk)
    fan_out(event)
    assert len(told(event)) == 10


def test_a_database_that_is_gone_is_no_second_error(monkeypatch):
    def gone(_event):
        raise OperationalError("server closed the connection")

    big_event()
    monkeypatch.setattr(leasing, "hand_back", gone)
    turns = FanOut()
    turns.plan()
    turns.__exit__()
    assert not turns.is_under_way


def test_an_event_that_somebody_else_took_between_two_turns_is_let_go():
    event, _crowd = big_event()
    with FanOut() as turns:
        turns.plan()
        type(event).objects.update(lease="00000000-0000-0000-0000-000000000001")
        turns.plan()
        assert not turns.is_under_way
    event.refresh_from_db()
    assert str(event.lease).endswith("1")
    assert len(deliveries(event)) == 3


def test_capture_goes_on_between_two_turns():
    big_event()
    with FanOut() as turns:
        turns.plan()
        assert not is_capture_paused()


def test_users_who_come_or_go_between_two_pages_stop_nobody():
    event, crowd = big_event()
    through = Subscription.recipient_users.through.objects
    subscription = Subscription.objects.get()
    with FanOut() as turns:
        turns.plan()
        late = make_user("late")
        through.create(subscription_id=subscription.pk, user_id=late.pk)
        through.filter(user_id__in=[crowd[0].pk, crowd[5].pk]).delete()
        User.objects.filter(pk__in=[crowd[0].pk, crowd[5].pk]).delete()
        while turns.plan():
            pass
    expected = {f"user:{user.pk}" for user in [*crowd, late] if user not in (crowd[5],)}
    event.refresh_from_db()
    assert event.state == "done"
    assert {key for key, _address in told(event)} == expected


@pytest.mark.django_db(transaction=True)
def test_whoever_is_named_twice_is_told_though_one_subscription_goes_between_two_pages():
    event, crowd = big_event()
    first = Subscription.objects.get()
    subscribe(first.trigger, first.backends.get(), users=crowd)
    with FanOut() as turns:
        turns.plan()
        first.delete()
        turns.plan()
    Event.objects.update(next_at=timezone.now())
    fan_out(event)
    assert {key for key, _address in told(event)} == {f"user:{user.pk}" for user in crowd}


@pytest.mark.parametrize("named", ["nobody", "empty group", "empty path", "empty source"])
def test_an_empty_set_of_recipients_ends_in_no_delivery(install, named):
    install(Post, source(lambda _: ()))
    trigger = make_trigger()
    subscribe(
        trigger,
        make_backend(),
        groups=[Group.objects.create(name="empty")] if named == "empty group" else [],
        recipient_paths=["watchers"] if named == "empty path" else [],
        recipient_sources=["shop.some"] if named == "empty source" else [],
    )
    event = happen(trigger)
    assert fan_out(event) == []
    assert (event.state, event.reason) == ("done", "")


def test_an_empty_group_beside_a_full_one_takes_nobody_away():
    trigger, crowd = make_trigger(), make_users(7)
    empty = Group.objects.create(name="empty")
    subscribe(trigger, make_backend(), groups=[empty, make_group("full", crowd)])
    event = happen(trigger)
    fan_out(event)
    assert len(told(event)) == 7
