"""A rehearsal is what would be planned, and stores nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsn_core.contract.gate import Postpone, Suppress
from dsn_core.contract.occurrence import To
from dsn_core.fanout.rehearsing import LEFT_OUT, rehearse
from dsn_core.models import Address, Delivery, Event, Trigger
from tests.core.fanout.plugins import Post, gate, judging, source
from tests.core.fanout.scene import (
    fan_out,
    happen,
    make_backend,
    make_group,
    make_trigger,
    make_user,
    make_users,
    silenced,
    subscribe,
    told,
)
from tests.host.models import Order

pytestmark = pytest.mark.django_db


def played(event, **options):
    """The one part of the rehearsal."""
    [part] = rehearse(event, **options).parts
    return part


def test_a_rehearsal_says_what_fan_out_then_does():
    ada, bob, eve = make_user("ada"), make_user("bob", email=""), make_user("eve", email="EVE@x.de")
    trigger, mail = make_trigger(), make_backend()
    Address.objects.create(messenger="post", value="eve@x.de", active=False, kind="dead")
    friends = make_group("friends", [ada, bob])
    subscribe(trigger, mail, users=[eve], groups=[friends], addresses=["Ada@Example.org"])
    event = happen(trigger)
    part = played(event)
    fan_out(event)
    assert [(one.recipient_key, one.address) for one in part.lines if one.is_told] == told(event)
    assert {one.recipient_key: one.code for one in part.lines if one.code} == silenced(event)
    assert part.counts == {"": 1, "no_address": 1, "dead_address": 1, "duplicate": 1}
    assert (part.told, part.looked_at) == (1, 4)


def test_nothing_is_stored_and_the_stored_event_is_untouched(install):
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=[make_user("ada")])
    event = happen(trigger)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rehearse(event)
    assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []
    assert Event.objects.filter(pk=event.pk, state="pending", attempts=0).exists()
    assert not Delivery.objects.exists()


def test_an_event_that_was_fanned_out_can_be_rehearsed_again():
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=[make_user("ada")])
    event = happen(trigger)
    fan_out(event)
    event.attempts = 2  # whereupon a planner leaves out whoever has a row
    assert played(event).told == 1


def test_two_with_one_address_on_different_pages_get_it_once(small_pages):
    users = make_users(4)
    for user in (users[0], users[3]):
        user.email = "one@example.org"
        user.save()
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=users)
    part = played(happen(trigger))
    assert part.counts == {"": 3, "duplicate": 1}
    assert part.lines[3].reason == f"The message goes to user:{users[0].pk}."


def test_only_the_first_lines_are_kept_but_all_are_counted(small_pages):
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=make_users(10))
    part = played(happen(trigger), lines=2)
    assert (len(part.lines), part.told) == (2, 10)
    assert part.first == part.lines[0]
    assert played(happen(trigger), lines=0).first is not None


def test_a_look_at_many_can_be_cut_short(small_pages):
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=make_users(10))
    found = rehearse(happen(trigger), most=5)
    assert not found.is_whole
    assert found.parts[0].looked_at == 6
    assert rehearse(happen(trigger)).is_whole


def test_gates_are_asked_and_quoted(install):
    until = timezone.now() + timedelta(days=1)

    def judge(candidate):
        if candidate.user.username == "ada":
            return Suppress(reason="on leave")
        return Postpone(until=until, reason="night")

    install(Post, judging(judge))
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=[make_user("ada"), make_user("bob")])
    ada, bob = played(happen(trigger)).lines
    assert (ada.code, ada.reason) == ("gate", "shop.gate: on leave")
    assert (bob.is_told, bob.until, bob.reason) == (True, until, "shop.gate: night")


def test_what_cannot_be_said_is_left_out_and_its_cause_named(install):
    install(Post, gate(lambda candidates: 1 / 0), source(lambda occurrence: [To(address="a@b")]))
    trigger = make_trigger()
    subscribe(trigger, make_backend(), recipient_sources=["shop.some", "shop.gone"])
    found = rehearse(happen(trigger))
    assert found.parts[0].counts == {LEFT_OUT: 1}
    assert "recipient source 'shop.gone' is not installed" in found.causes
    assert any("ZeroDivisionError" in cause for cause in found.causes)


def test_a_backend_without_recipients_is_there_and_empty():
    trigger = make_trigger()
    subscribe(trigger, make_backend("wall"), make_backend("phone"))
    wall, phone = rehearse(happen(trigger)).parts
    assert (wall.told, wall.lines[0].address) == (1, "")
    assert (phone.looked_at, phone.first) == (0, None)


def test_a_trigger_that_is_off_is_rehearsed_only_when_asked():
    trigger = make_trigger(enabled=False)
    subscribe(trigger, make_backend(), users=[make_user("ada")])
    event = happen(trigger)
    assert rehearse(event).notes == ("its triggers are off or gone",)
    assert played(event, even_if_off=True).told == 1
    assert not Trigger.objects.get().enabled


def test_an_event_that_is_not_stored_is_planned_like_one_that_is():
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=[make_user("ada")], recipient_sources=["dsn.staff"])
    stored = happen(trigger)
    loose = Event(verb=stored.verb, trigger_ids=stored.trigger_ids, payload=stored.payload)
    assert played(loose) == played(stored)


def test_what_sources_and_gates_read_is_not_captured(install):
    install(Post, source(lambda occurrence: [occurrence.action_object.customer]))
    Trigger.objects.watch("post_init", Order)
    trigger = make_trigger()
    subscribe(trigger, make_backend(), recipient_sources=["shop.some"])
    event = happen(trigger, order=Order.objects.create(customer=make_user("ada")))
    before = Event.objects.count()
    assert before > 1
    assert played(event).told == 1
    assert Event.objects.count() == before
