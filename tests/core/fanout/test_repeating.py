"""Whatever is gone, raises, or dies on the way: nobody is missed, and nobody has two rows."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.utils import timezone

from dsn_core.contract.occurrence import To
from dsn_core.engines.draining import tidy
from dsn_core.fanout import fan_out_next, leasing, wake
from dsn_core.models import Address, Backend, Delivery, Event, Subscription
from dsn_core.pausing import is_capture_paused
from tests.core.fanout.plugins import Phone, Post, judging, source
from tests.core.fanout.scene import (
    fan_out,
    happen,
    make_backend,
    make_due,
    make_group,
    make_trigger,
    make_user,
    make_users,
    subscribe,
    told,
)
from tests.host.models import Order

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at(words: str, number: int, error: BaseException | None = None):
    """Die at the ``number``-th statement that begins like this, or raise ``error`` there."""
    seen = []

    def execute(run, sql, params, many, context):
        if sql.startswith(words):
            seen.append(sql)
            if len(seen) == number:
                raise error or Killed
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def fan_out_and_die(words: str, number: int) -> bool:
    """Did it get as far as that?"""
    with killed_at(words, number):
        try:
            fan_out_next()
        except Killed:
            return True
    return False


def crowded_event() -> tuple[Event, list[User]]:
    """Eleven people named in many ways, two of them at one address, and three bare addresses."""
    trigger, crowd, backend = make_trigger(), make_users(11), make_backend()
    User.objects.filter(pk__in=[crowd[1].pk, crowd[8].pk]).update(email="family@example.org")
    subscribe(trigger, backend, users=crowd[:7], addresses=["a@x", "b@x"])
    subscribe(trigger, backend, users=crowd[3:], addresses=["b@x", "c@x"])
    return happen(trigger), crowd


@pytest.mark.fault
@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize(
    "words",
    [
        "INSERT",
        'UPDATE "dsn_event" SET "cursor"',
        'SELECT "auth_user"',
        'SELECT "dsn_subscription_recipient_users"',
        'SELECT "dsn_delivery"',
    ],
)
def test_a_planner_killed_anywhere_is_repeated_without_a_second_row(small_pages, words, number):
    event, crowd = crowded_event()
    words = words.replace('"', "`") if connection.vendor == "mysql" else words
    for _ in range(3):
        fan_out_and_die(words, number)
        make_due(event)
    fan_out(event)
    assert event.state == "done"
    assert sorted(event.deliveries.values_list("recipient_key", flat=True)) == sorted(
        [f"user:{user.pk}" for user in crowd] + [f"address:{name}@x" for name in "abc"]
    )
    assert event.deliveries.filter(code="duplicate").count() == 1
    assert len(told(event)) == 13


def named_in_every_way() -> tuple[Event, list[str]]:
    """Twelve people: users, a group and a path, some in two of them; two at one address.

    And three bare addresses. One backend tells all, another only the first of two subscriptions.
    """
    crowd, order, trigger = make_users(12), Order.objects.create(), make_trigger()
    User.objects.filter(pk__in=[crowd[1].pk, crowd[9].pk]).update(email="family@example.org")
    order.watchers.set(crowd[2:8])
    both, post = (make_backend(), make_backend("muddled")), Backend.objects.get(name="post")
    subscribe(
        trigger,
        *both,
        users=crowd[:4],
        groups=[make_group("front desk", crowd[3:11])],
        recipient_paths=["watchers"],
        addresses=["a@x", "b@x"],
    )
    subscribe(trigger, post, users=[crowd[11]], addresses=["b@x", "c@x"])
    first = [f"user:{user.pk}" for user in crowd[:11]] + ["address:a@x", "address:b@x"]
    return happen(trigger, order=order), [*first, f"user:{crowd[11].pk}", "address:c@x"]


@pytest.mark.fault
def test_a_planner_killed_at_every_statement_in_turn_makes_no_second_row(small_pages):
    event, everybody = named_in_every_way()
    number = 0
    while fan_out_and_die("", number := number + 1):
        make_due(event)
    event.refresh_from_db()
    assert number > 20
    assert event.state == "done"
    for backend, expected in (("post", everybody), ("muddled", everybody[:-2])):
        rows = event.deliveries.filter(backend__name=backend)
        assert sorted(rows.values_list("recipient_key", flat=True)) == sorted(expected)
        assert rows.filter(code="duplicate").count() == 1


def test_a_page_and_its_cursor_are_stored_together(small_pages):
    event, crowd = crowded_event()
    assert fan_out_and_die("INSERT", 2)
    event.refresh_from_db()
    assert event.cursor["after"] == str(crowd[2].pk)
    assert event.deliveries.count() == 3


def test_what_a_killed_planner_could_not_plan_is_not_forgotten(install, small_pages):
    event, crowd = crowded_event()
    broken = [True]

    def judge(candidate):
        if candidate.user == crowd[0] and broken:
            raise ValueError

    install(Post, judging(judge))
    assert fan_out_and_die("INSERT", 3)
    broken.clear()
    make_due(event)
    fan_out(event)
    assert event.state == "pending"
    make_due(event)
    fan_out(event)
    assert (event.state, event.deliveries.count()) == ("done", 14)


def test_a_leased_event_is_left_alone_until_the_lease_runs_out(settings):
    settings.DSN = {"LEASE_SECONDS": 60}
    event, _crowd = crowded_event()
    taken = leasing.claim()
    assert taken is not None
    assert leasing.claim() is None
    make_due(event)
    again = leasing.claim()
    assert again is not None
    assert (again.pk, again.attempts) == (event.pk, 2)
    assert again.lease != taken.lease
    assert not leasing.finish(taken, "")
    assert leasing.finish(again, "")


def test_a_lease_lasts_as_long_as_the_settings_say(settings):
    settings.DSN = {"LEASE_SECONDS": 600}
    event, _crowd = crowded_event()
    leasing.claim()
    event.refresh_from_db()
    assert event.lease_until is not None
    left = event.lease_until - timezone.now()
    assert timedelta(seconds=590) < left < timedelta(seconds=610)


def test_each_page_renews_the_lease(small_pages):
    event, _crowd = crowded_event()
    assert fan_out_and_die("INSERT", 2)
    event.refresh_from_db()
    first = event.lease_until
    make_due(event)
    assert fan_out_and_die("INSERT", 3)
    event.refresh_from_db()
    assert event.lease_until > first


def test_a_planner_that_lost_its_lease_writes_nothing_more(install):
    def steal(_):
        Event.objects.update(lease="00000000-0000-0000-0000-000000000001")
        return User.objects.all()

    install(Post, source(steal))
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=make_users(3), recipient_sources=["shop.some"])
    event = happen(trigger)
    assert fan_out_next()
    event.refresh_from_db()
    assert (event.state, event.deliveries.count()) == ("pending", 0)


def test_the_oldest_event_that_is_due_comes_first():
    trigger = make_trigger()
    now = timezone.now()
    later = happen(trigger, next_at=now - timedelta(minutes=1))
    older = happen(trigger, next_at=now - timedelta(minutes=2))
    future = happen(trigger, next_at=now + timedelta(minutes=1))
    assert [fan_out_next(), older.refresh_from_db(), older.state] == [True, None, "done"]
    later.refresh_from_db()
    assert later.state == "pending"
    assert [fan_out_next(), fan_out_next()] == [True, False]
    future.refresh_from_db()
    assert future.attempts == 0


def test_the_rest_may_be_left_to_the_next_call(small_pages):
    event, _crowd = crowded_event()
    assert fan_out_next(pages=2)
    event.refresh_from_db()
    assert (event.deliveries.count(), event.lease, event.attempts) == (6, None, 0)
    fan_out(event)
    assert (event.state, event.deliveries.count()) == ("done", 14)


def broken_first(given: object, mended: list[bool]):
    def answer(_):
        yield given
        if not mended:
            raise ConnectionError("the directory is down")

    return answer


def test_a_source_that_raises_waits_for_it_and_keeps_what_it_gave(install):
    mended: list[bool] = []
    ada, bob = make_user("ada"), make_user("bob")
    install(Post, source(broken_first(ada, mended)))
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=[bob], recipient_sources=["shop.some"])
    event = happen(trigger)
    fan_out(event)
    assert len(told(event)) == 2
    assert (event.state, event.lease, event.cursor) == ("pending", None, {})
    assert event.reason == (
        "recipient source 'shop.some' raised ConnectionError: the directory is down"
    )
    mended.append(True)
    make_due(event)
    fan_out(event)
    assert (event.state, event.reason, len(told(event))) == ("done", "", 2)


def exits(_):
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (exits, "SystemExit: 3"),
        (lambda _: None, "TypeError"),
        (lambda _: [object()], "no user and no To"),
        (lambda _: Subscription.objects.all(), "gave a Subscription, no user and no To"),
        (lambda _: User.objects.extra(where=["nonsense = 1"]), "raised"),
    ],
)
def test_a_broken_source_stops_nobody_else(install, answer, cause, transactional_db):
    install(Post, source(answer))
    ada, trigger = make_user("ada"), make_trigger()
    subscribe(
        trigger,
        make_backend(),
        users=[ada],
        recipient_sources=["shop.some"],
        addresses=["a@example.org"],
    )
    event = happen(trigger)
    fan_out(event)
    assert [who for who, _where in told(event)] == ["address:a@example.org", f"user:{ada.pk}"]
    assert event.state == "pending"
    assert cause in event.reason


def test_a_source_that_is_gone_is_waited_for(install):
    ada, trigger = make_user("ada"), make_trigger()
    subscribe(trigger, make_backend(), users=[ada], recipient_sources=["shop.some"])
    event = happen(trigger)
    fan_out(event)
    assert (event.state, len(told(event))) == ("pending", 1)
    assert event.reason == "recipient source 'shop.some' is not installed"
    assert (wake(), fan_out_next()) == (0, False)
    install(Post, source(lambda _: [To(address="a@example.org")]))
    assert wake() == 1, "it goes on at once, however long it has waited"
    fan_out(event)
    assert (event.state, len(told(event))) == ("done", 2)


def test_a_messenger_that_is_gone_is_waited_for_and_the_others_are_not(install):
    ada, trigger = make_user("ada"), make_trigger()
    Address.objects.create(user=ada, messenger="phone", value="+491")
    subscribe(trigger, make_backend("phone"), make_backend("post"), users=[ada])
    event = happen(trigger)
    install(Post)
    fan_out(event)
    assert told(event) == [(f"user:{ada.pk}", "ada@example.org")]
    assert (event.state, event.reason) == ("pending", "messenger 'phone' is not installed")
    assert (wake(), fan_out_next()) == (0, False)
    install(Post, Phone)
    assert tidy() == 1
    fan_out(event)
    assert (event.state, len(told(event))) == ("done", 2)


def test_each_try_waits_longer_than_the_last_up_to_an_hour():
    delays = [[leasing.delay(attempts) for _ in range(20)] for attempts in (1, 2, 5, 12, 99)]
    for tries, most in zip(delays, (2, 4, 32, 3600, 3600), strict=True):
        assert most / 2 <= min(tries) < max(tries) <= most


def test_a_failed_page_is_planned_again_from_where_it_began(small_pages):
    event, _crowd = crowded_event()
    with killed_at("INSERT", 2, DatabaseError("deadlock")):
        assert fan_out_next()
    event.refresh_from_db()
    assert (event.state, event.lease) == ("pending", None)
    assert event.reason == "DatabaseError: deadlock"
    assert event.next_at > timezone.now()
    make_due(event)
    fan_out(event)
    assert (event.state, event.deliveries.count()) == ("done", 14)


def test_nothing_is_captured_while_recipients_are_read(install):
    seen = []
    install(Post, source(lambda _: seen.append(is_capture_paused()) or []))
    trigger = make_trigger()
    subscribe(trigger, make_backend(), recipient_sources=["shop.some"])
    fan_out(happen(trigger))
    assert seen == [True]
    assert not is_capture_paused()


def test_no_plugin_runs_inside_a_transaction(install, transactional_db):
    seen = []

    def look(_):
        seen.append(connection.in_atomic_block)

    install(Post, source(lambda o: look(o) or []), judging(look))
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=make_users(2), recipient_sources=["shop.some"])
    event = happen(trigger)
    fan_out(event)
    assert seen == [False] * 3
    assert Delivery.objects.count() == 2
