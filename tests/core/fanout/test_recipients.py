"""Who is told: users, groups, sources, paths, bare addresses, and everybody at once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from dsn_core.contract.occurrence import To
from dsn_core.fanout import fan_out_next
from dsn_core.models import Event
from tests.core.fanout.plugins import Phone, Post, source
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
from tests.host.models import Country, Order, RushOrder, Ticket

pytestmark = pytest.mark.django_db


def key(user: User) -> str:
    return f"user:{user.pk}"


def test_users_groups_and_addresses_are_told():
    trigger, ada, bob = make_trigger(), make_user("ada"), make_user("bob")
    friends = make_group("friends", [bob])
    subscribe(trigger, make_backend(), users=[ada], groups=[friends], addresses=["Ops@Example.org"])
    event = happen(trigger)
    fan_out(event)
    assert dict(told(event)) == {
        "address:ops@example.org": "ops@example.org",
        key(ada): "ada@example.org",
        key(bob): "bob@example.org",
    }


def test_an_event_that_was_fanned_out_is_done_and_free():
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=[make_user("ada")])
    event = happen(trigger)
    fan_out(event)
    assert (event.state, event.lease, event.lease_until, event.cursor) == ("done", None, None, {})
    assert event.attempts == 1


def test_a_delivery_knows_its_backend_its_subscription_and_its_expiry():
    from datetime import timedelta

    trigger = make_trigger(expires_after=timedelta(hours=2))
    backend, ada = make_backend(account="second"), make_user("ada")
    subscription = subscribe(trigger, backend, users=[ada])
    event = happen(trigger)
    [row] = fan_out(event)
    assert (row.backend, row.subscription) == (backend, subscription)
    assert (row.messenger, row.account, row.user_pk) == ("post", "second", str(ada.pk))
    assert row.expires_at == event.captured_at + timedelta(hours=2)
    assert (row.state, row.finished_at) == ("queued", None)


def test_a_key_on_the_object_is_taken_as_it_was_at_the_event():
    ada, bob, trigger = make_user("ada"), make_user("bob"), make_trigger()
    order = Order.objects.create(customer=ada)
    subscribe(trigger, make_backend(), recipient_paths=["customer"])
    event = happen(trigger, order=order)
    Order.objects.update(customer=bob)
    fan_out(event)
    assert told(event) == [(key(ada), "ada@example.org")]


def test_relations_lead_to_users_by_their_names_and_accessors_at_any_depth():
    ada, bob, eve = make_user("ada"), make_user("bob"), make_user("eve")
    order = Order.objects.create(customer=ada)
    order.watchers.add(bob, eve)
    ticket = Ticket.objects.create(order=order)
    trigger = make_trigger(model="host.ticket")
    subscribe(trigger, make_backend(), recipient_paths=["order.customer", "order.watchers"])
    event = happen(trigger, order=ticket)
    fan_out(event)
    assert {who for who, _where in told(event)} == {key(ada), key(bob), key(eve)}

    round_about = make_trigger("round about")
    subscribe(
        round_about, make_backend(name="2"), recipient_paths=["tickets.order.rushorder.watchers"]
    )
    rush = RushOrder.objects.create(customer=ada)
    rush.watchers.add(eve)
    Ticket.objects.create(order=rush)
    event = happen(round_about, order=Order.objects.get(pk=rush.pk))
    fan_out(event)
    assert told(event) == [(key(eve), "eve@example.org")]


def test_a_multi_table_child_has_its_parents_relations():
    ada, bob, trigger = make_user("ada"), make_user("bob"), make_trigger(model="host.rushorder")
    rush = RushOrder.objects.create(customer=ada)
    rush.watchers.add(bob)
    subscribe(trigger, make_backend(), recipient_paths=["customer", "watchers"])
    event = happen(trigger, order=rush)
    fan_out(event)
    assert {who for who, _where in told(event)} == {key(ada), key(bob)}


def test_none_on_the_way_is_nobody():
    trigger = make_trigger(model="host.ticket")
    subscribe(trigger, make_backend(), recipient_paths=["order.customer"])
    event = happen(trigger, order=Ticket.objects.create())
    assert fan_out(event) == []
    assert (event.state, event.reason) == ("done", "")


def test_an_object_deleted_meanwhile_still_tells_what_its_snapshot_holds():
    ada, bob, trigger = make_user("ada"), make_user("bob"), make_trigger()
    order = Order.objects.create(customer=ada)
    order.watchers.add(bob)
    subscribe(trigger, make_backend(), recipient_paths=["customer", "watchers"])
    event = happen(trigger, order=order)
    order.delete()
    fan_out(event)
    assert told(event) == [(key(ada), "ada@example.org")]
    assert event.state == "done"


def test_a_user_deleted_meanwhile_is_nobody():
    ada, trigger = make_user("ada"), make_trigger()
    order = Order.objects.create(customer=ada)
    subscribe(trigger, make_backend(), recipient_paths=["customer"])
    event = happen(trigger, order=order)
    order.delete()
    ada.delete()
    assert fan_out(event) == []
    assert event.state == "done"


def test_a_path_that_is_no_relation_waits_for_a_named_cause_and_stops_nobody_else():
    ada, trigger = make_user("ada"), make_trigger()
    subscribe(trigger, make_backend(), users=[ada], recipient_paths=["owner"])
    event = happen(trigger)
    fan_out(event)
    assert [who for who, _where in told(event)] == [key(ada)]
    assert event.state == "pending"
    assert "owner" in event.reason
    assert "host.Order" in event.reason


def test_where_any_model_counts_one_without_the_relation_names_nobody():
    trigger = make_trigger(model="")
    subscribe(trigger, make_backend(), recipient_paths=["customer"])
    event = happen(trigger, order=Country.objects.create(code="de"))
    assert fan_out(event) == []
    assert event.state == "done"


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: User.objects.filter(username__startswith="a"),
        lambda _: User.objects.filter(username__startswith="a").order_by("-username")[:5],
        lambda _: User.objects.filter(username="ada").union(User.objects.filter(username="amy")),
        lambda _: list(User.objects.filter(username__startswith="a")) * 2,
        lambda _: (user for user in [None, *User.objects.filter(username__startswith="a")]),
    ],
    ids=["queryset", "slice", "union", "list", "generator"],
)
def test_a_source_gives_users_in_any_shape(install, small_pages, answer):
    install(Post, source(answer))
    ada, amy, _bob = make_user("ada"), make_user("amy"), make_user("bob")
    trigger = make_trigger()
    subscribe(trigger, make_backend(), recipient_sources=["shop.some"])
    event = happen(trigger)
    fan_out(event)
    assert {who for who, _where in told(event)} == {key(ada), key(amy)}
    assert event.state == "done"


def test_a_queryset_that_is_turned_round_still_names_everybody(install, small_pages):
    install(Post, source(lambda _: User.objects.order_by("pk").reverse()))
    crowd, trigger = make_users(7), make_trigger()
    subscribe(trigger, make_backend(), recipient_sources=["shop.some"])
    event = happen(trigger)
    fan_out(event)
    assert {who for who, _where in told(event)} == set(map(key, crowd))


class Reads:
    """A router whose replica goes away."""

    place = "default"

    def db_for_read(self, *_: object, **hints: object) -> str:
        return self.place


def test_a_queryset_that_was_looked_into_is_read_where_it_is_written(install, settings):
    settings.DATABASE_ROUTERS = [reads := Reads()]

    def some(_):
        rows = User.objects.all()
        assert len(rows) == 3
        reads.place = "nowhere"
        return rows

    install(Post, source(some))
    crowd, trigger = make_users(3), make_trigger()
    subscribe(trigger, make_backend(), recipient_sources=["shop.some"])
    event = happen(trigger)
    assert fan_out_next()
    reads.place = "default"
    assert {who for who, _where in told(event)} == set(map(key, crowd))


def test_a_source_gives_bare_addresses_for_one_messenger_or_for_all(install):
    install(
        Post,
        Phone,
        source(lambda _: [To(address="+49 30 1", messenger="phone"), To(address="a@example.org")]),
    )
    trigger = make_trigger()
    subscribe(trigger, make_backend("post"), make_backend("phone"), recipient_sources=["shop.some"])
    event = happen(trigger)
    fan_out(event)
    assert told(event) == [
        ("address:+49301", "+49301"),
        ("address:a@example.org", "a@example.org"),
    ]
    assert silenced(event) == {"address:a@example.org": "invalid_address"}


def test_whoever_did_it_is_told_where_it_was_a_user():
    ada, trigger = make_user("ada"), make_trigger()
    subscribe(trigger, make_backend(), recipient_sources=["dsn.actor"])
    by_her, by_cron = happen(trigger, actor=ada), happen(trigger, actor="cron")
    fan_out(by_her)
    fan_out(by_cron)
    assert told(by_her) == [(key(ada), "ada@example.org")]
    assert (told(by_cron), by_cron.state) == ([], "done")


def test_only_a_known_messenger_before_the_colon_takes_the_address_for_itself():
    trigger = make_trigger()
    backends = make_backend("console"), make_backend("phone")
    subscribe(trigger, *backends, addresses=["phone:+49 30 1", "https://example.org", "x:y"])
    event = happen(trigger)
    fan_out(event)
    assert [where for _who, where in told(event)] == ["+49301", "https://example.org", "x:y"]


def test_an_address_for_a_messenger_that_is_gone_is_not_given_to_another():
    trigger = make_trigger()
    subscribe(trigger, make_backend("gone"), make_backend("console"), addresses=["gone:1"])
    event = happen(trigger)
    fan_out(event)
    assert told(event) == []


def test_a_public_messenger_gets_one_message_whoever_subscribed():
    trigger, wall = make_trigger(), make_backend("wall")
    subscribe(trigger, wall, users=make_users(3), addresses=["a@example.org"])
    subscribe(trigger, wall, users=[make_user("ada")], exclude_actor=True)
    event = happen(trigger)
    fan_out(event)
    assert told(event) == [("public", "")]


def test_what_is_switched_off_tells_nobody_and_the_event_says_so():
    on, off = make_trigger("on"), make_trigger("off", enabled=False)
    ada, bob, eve = make_user("ada"), make_user("bob"), make_user("eve")
    closed = make_backend(name="closed", enabled=False)
    subscribe(off, make_backend(), users=[ada])
    subscribe(on, make_backend(name="other"), users=[bob], enabled=False)
    subscribe(on, closed, users=[eve])
    event = happen(on, off)
    assert fan_out(event) == []
    assert (event.state, event.reason) == ("done", "backend 'closed' is switched off")


def test_an_event_whose_triggers_are_gone_is_done_and_says_so():
    event = Event.objects.create(verb="post_save", trigger_ids=[12345])
    assert fan_out(event) == []
    assert (event.state, event.reason) == ("done", "its triggers are off or gone")


def test_a_person_named_by_many_is_told_once(small_pages):
    trigger, backend, crowd = make_trigger(), make_backend(), make_users(10)
    order = Order.objects.create(customer=crowd[4])
    order.watchers.set(crowd[2:8])
    group = make_group("all", crowd[::2])
    subscribe(trigger, backend, users=crowd[:6], recipient_paths=["customer"])
    subscribe(trigger, backend, groups=[group], recipient_paths=["watchers"])
    event = happen(trigger, order=order)
    rows = fan_out(event)
    assert [row.recipient_key for row in rows] == sorted(
        {key(user) for user in [*crowd[:8], crowd[8]]}, key=lambda k: int(k[5:])
    )


def test_the_actor_is_left_out_only_where_every_subscription_leaves_her_out(small_pages):
    crowd, trigger, backend = make_users(8), make_trigger(), make_backend()
    ada, other = crowd[6], make_backend(name="other")
    subscribe(trigger, backend, other, users=crowd, exclude_actor=True, name="first")
    welcoming = subscribe(trigger, backend, groups=[make_group("late", [ada])], name="second")
    event = happen(trigger, actor=ada)
    rows = {row.backend.name: row for row in fan_out(event) if row.user_pk == str(ada.pk)}
    assert (rows["post"].state, rows["post"].subscription) == ("queued", welcoming)
    assert (rows["other"].state, rows["other"].code) == ("suppressed", "actor_excluded")
    assert len(told(event)) == 15


def test_somebody_else_with_the_actors_number_is_no_actor():
    ada, trigger = make_user("ada"), make_trigger()
    subscribe(trigger, make_backend(), users=[ada], exclude_actor=True)
    event = happen(trigger, actor=Order.objects.create(pk=ada.pk))
    fan_out(event)
    assert [who for who, _where in told(event)] == [key(ada)]
