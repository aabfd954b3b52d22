"""``dsn_fire``: a trigger is fired as its signal would, or rehearsed."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsn_core.models import AccountState, Address, Backend, Delivery, Event, Subscription, Trigger
from dsn_core.models.payload import occurrence_of
from tests.host.models import Country, Order

pytestmark = pytest.mark.django_db

PAID = ("status", "changed_to", "paid")


def fire(*arguments: str) -> str:
    out = StringIO()
    call_command("dsn_fire", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        fire(*arguments)
    assert not Event.objects.exists()
    return str(caught.value)


def saved(*conditions: Any, thing: object = Order, **more: Any) -> Trigger:
    return Trigger.objects.watch("post_save", thing, conditions=conditions, name="Paid", **more)


def told(trigger: Trigger, *users: User, backend: str = "Console", **more: object) -> None:
    through = Backend.objects.create(name=backend, messenger="console", **more)
    Subscription.objects.subscribe(trigger, through, users=users, name=f"Who hears {backend}")


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada", email="ada@example.org")


@pytest.fixture
def order(ada) -> Order:
    return Order.objects.create(number="7", customer=ada)


# ── What is written ─────────────────────────────────────────────────────────────────────


def test_an_event_is_written_as_capture_writes_it(order, ada):
    saved()
    fire("Paid", "--object", str(order.pk), "--actor", str(ada.pk))
    fired = Event.objects.get()
    Event.objects.all().delete()
    Order.objects.get().save()
    heard = Event.objects.get()
    assert (fired.verb, fired.trigger_ids) == (heard.verb, heard.trigger_ids)
    assert fired.actor == f"auth.user:{ada.pk}"
    assert {**fired.payload, "actor": None} == heard.payload


def test_the_change_that_is_said_stands_in_the_event_and_nowhere_else(order):
    saved(PAID)
    fire("Paid", "--object", "latest", "--set", "status=paid")
    event = Event.objects.get()
    assert occurrence_of(event).changes == {"status": ("new", "paid")}
    assert occurrence_of(event).action_object.status == "paid"
    assert Order.objects.get().status == "new"


def test_what_a_field_was_may_be_said_instead(order):
    saved(PAID)
    Order.objects.update(status="paid")
    fire("Paid", "--object", "latest", "--was", "status=new")
    assert occurrence_of(Event.objects.get()).changes == {"status": ("new", "paid")}


def test_a_new_object_has_changed_all_its_fields(order):
    saved(PAID, ("created", "is", True))
    Order.objects.update(status="paid")
    fire("Paid", "--object", "latest", "--created")
    event = occurrence_of(Event.objects.get())
    assert event.changes["status"] == (None, "paid")
    assert event.values["created"] is True


def test_only_the_trigger_that_is_named_fires(order):
    saved()
    Trigger.objects.watch("post_save", Order, name="Other")
    fire("Paid", "--object", "latest")
    assert Event.objects.get().trigger_ids == [Trigger.objects.get(name="Paid").pk]


def test_no_receiver_of_the_project_hears_of_it(order):
    from django.db.models.signals import post_save

    heard = []

    def hear(**said):
        heard.append(said)

    saved()
    post_save.connect(hear, sender=Order)
    fire("Paid", "--object", "latest")
    post_save.disconnect(hear, sender=Order)
    assert heard == []


def test_a_trigger_on_one_object_needs_none_named(order):
    saved(thing=order)
    fire("Paid")
    assert occurrence_of(Event.objects.get()).action_object == order


def test_a_signal_of_the_project_is_fired_with_its_parts_and_values(order, ada):
    Trigger.objects.watch(
        "host.refunded", Order, actor_object=ada, target="front desk", name="Refund"
    )
    fire("Refund", "--object", "latest", "--value", "amount=12.5", "--value", "why=late")
    event = occurrence_of(Event.objects.get())
    assert (event.action_object, event.actor, event.target) == (order, ada, "front desk")
    assert event.values == {"amount": 12.5, "why": "late"}


@pytest.mark.parametrize(("text", "value"), [("False", False), ("1", True)])
def test_a_truth_is_read_as_people_write_it(order, text, value):
    saved()
    fire("Paid", "--object", "latest", "--value", f"created={text}")
    assert occurrence_of(Event.objects.get()).values["created"] is value


def test_anything_may_be_what_it_happens_to():
    Country.objects.create(code="de")
    Trigger.objects.watch("host.refunded", name="Any")
    fire("Any", "--object", "host.Country:de", "--target", "front desk")
    event = occurrence_of(Event.objects.get())
    assert event.action_object == Country(code="de")
    assert event.target == "front desk"
    Event.objects.all().delete()
    fire("Any", "--object", "the shop")
    assert occurrence_of(Event.objects.get()).action_object == "the shop"


def test_a_login_is_fired_with_who_logs_in(ada):
    Trigger.objects.watch("user_logged_in", name="Login")
    assert "say who does it" in refused("Login")
    fire("Login", "--actor", str(ada.pk))
    event = occurrence_of(Event.objects.get())
    assert event.actor == ada


def test_before_there_is_an_object_none_is_needed(order):
    Trigger.objects.watch("pre_init", Order, name="Begun")
    fire("Begun")
    assert occurrence_of(Event.objects.get()).action_object is None


def test_a_relation_and_a_deletion_are_fired_too(order):
    Trigger.objects.watch(
        "m2m_changed", Order, conditions=[("action", "is", "post_add")], name="Watched"
    )
    Trigger.objects.watch("post_delete", Order, name="Gone")
    fire("Watched", "--object", "latest")
    fire("Gone", "--object", "latest")
    assert [event.verb for event in Event.objects.all()] == ["post_delete", "m2m_changed"]
    assert Order.objects.exists()


# ── Why it is not fired ─────────────────────────────────────────────────────────────────


def test_it_says_which_condition_does_not_hold_and_what_the_value_is(order):
    saved(PAID, ("items", "gte", 1))
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("dsn_fire", "Paid", "--object", "latest", stdout=out)
    assert "NO  status changed_to 'paid' (it is 'new'; before: 'new')" in out.getvalue()
    assert "yes items gte 1 (it is '1')" in out.getvalue()
    assert "--was NAME=VALUE" in str(caught.value)
    assert "--ignore-conditions" in str(caught.value)
    assert not Event.objects.exists()


def test_conditions_can_be_ignored_but_never_what_it_is_about(order):
    other = Order.objects.create()
    saved(PAID, thing=order)
    said = refused("Paid", "--object", str(other.pk), "--ignore-conditions")
    assert "does not count this" in said
    assert "--ignore-conditions" not in said
    fire("Paid", "--ignore-conditions")
    assert Event.objects.exists()


def test_any_of_several_conditions_is_enough(order):
    saved(PAID, ("items", "is", 1), match="any")
    fire("Paid", "--object", "latest")
    assert Event.objects.exists()


def test_a_value_that_is_named_like_a_secret_is_not_shown(order):
    saved(("access_token", "is", "other"))
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("dsn_fire", "Paid", "--object", "latest", stdout=out)
    assert "s3cr3t" not in out.getvalue()
    assert "not shown" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Gone",), "There is no trigger 'Gone'; there are 'Paid'"),
        (("Paid",), "counts any host.Order as its action object: say which."),
        (("Paid", "--object", "4711"), "There is no host.Order with the key '4711'."),
        (("Paid", "--object", "x"), "'x' cannot be the key of a host.Order."),
        (("Paid", "--object", "latest"), "There is no host.Order yet."),
        (("Paid", "--object", "host.Nothing:1"), "cannot be the key"),
    ],
)
def test_what_is_named_and_is_not_there_is_said_in_words(arguments, words):
    saved()
    assert words in refused(*arguments)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--was", "colour=red"), "host.Order has no field 'colour'; it has"),
        (("--was", "items=many"), "'many' cannot be a value of 'items' (IntegerField)."),
        (("--set", "items"), "'items' is no NAME=VALUE."),
        (("--value", "created=maybe"), "'maybe' cannot be 'created', which is a bool."),
        (("--value", "amount=1"), "post_save provides no value 'amount'; it provides created"),
        (("--actor", "4711"), "There is no auth.User with the key '4711'."),
    ],
)
def test_what_cannot_have_happened_is_said_in_words(order, option, words):
    saved()
    assert words in refused("Paid", "--object", "latest", *option)


def test_only_a_save_knows_what_was_before(order):
    Trigger.objects.watch("post_delete", Order, name="Gone")
    assert "Only pre_save and post_save" in refused(
        "Gone", "--object", "latest", "--was", "status=new"
    )


def test_what_is_set_where_no_save_is_stands_in_the_object_and_is_no_change(order):
    Trigger.objects.watch("post_delete", Order, name="Gone")
    fire("Gone", "--object", "latest", "--set", "status=paid")
    event = Event.objects.get()
    assert event.payload["action_object"]["fields"]["status"] == "paid"
    assert event.payload["changes"] == {}


def test_a_trigger_that_is_switched_off_fires_nothing_but_can_be_rehearsed(order, ada):
    told(saved(enabled=False), ada)
    assert "is switched off" in refused("Paid", "--object", "latest")
    said = fire("Paid", "--object", "latest", "--dry-run")
    assert "The trigger is switched off: nobody is told. Were it on:" in said
    assert "1 would get it" in said


def test_a_verb_whose_plugin_is_gone_is_named(order):
    saved()
    Trigger.objects.update(verb="gone.sent")
    assert "'gone.sent'" in refused("Paid", "--object", "latest")


def test_a_model_that_is_gone_is_named(order):
    saved()
    Trigger.objects.update(action_object_model="gone.thing")
    assert "There is no model 'gone.thing'" in refused("Paid", "--object", "1")


def test_dsns_own_models_fire_nothing():
    trigger = Trigger.objects.watch("post_save", name="Any")
    assert "DSN's own" in refused("Any", "--object", f"dsn.Trigger:{trigger.pk}")


# ── The dry run ─────────────────────────────────────────────────────────────────────────


def test_a_dry_run_says_who_would_get_what_and_stores_nothing(order, ada):
    bob = User.objects.create(username="bob", is_active=False)
    told(saved(PAID), ada, bob, message_template="dsn.plain")
    said = fire("Paid", "--object", "latest", "--set", "status=paid", "--dry-run")
    assert "Console (console, account 'default'): 1 would get it, 1 would not (1 inactive)" in said
    assert f"user:{ada.pk} ada: {ada.pk}" in said
    assert f"user:{bob.pk} bob: inactive: the user is not active" in said
    assert "the message for" in said
    assert "Nothing was stored, and nothing sent." in said
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_what_is_read_to_fire_is_not_captured(order):
    saved()
    Trigger.objects.watch("post_init", Order)
    fire("Paid", "--object", "latest", "--dry-run")
    assert not Event.objects.exists()


def test_what_is_read_to_name_a_user_is_not_captured_either(order, ada, monkeypatch):
    told(saved(), ada)
    Trigger.objects.watch("post_init", Order)
    monkeypatch.setattr(User, "__str__", lambda _: str(Order.objects.get().number))
    assert f"user:{ada.pk} 7" in fire("Paid", "--object", str(order.pk), "--dry-run")
    assert not Event.objects.exists()


def test_a_dry_run_shows_the_first_message_and_with_full_all_of_them(order, ada):
    bob = User.objects.create(username="bob")
    told(saved(), ada, bob)
    assert fire("Paid", "--object", "latest", "--dry-run").count("the message for") == 1
    assert fire("Paid", "--object", "latest", "--dry-run", "--full").count("the message for") == 2


def test_a_long_list_is_cut_and_counted(order):
    users = [User.objects.create(username=f"user{n}") for n in range(5)]
    told(saved(), *users)
    said = fire("Paid", "--object", "latest", "--dry-run", "--limit", "2")
    assert "5 would get it" in said
    assert "… and 3 more" in said
    assert "user4" not in said


def test_a_dry_run_names_what_is_missing_and_what_waits(order, ada):
    trigger = saved()
    told(trigger, ada)
    told(trigger, ada, backend="Off", enabled=False)
    Backend.objects.create(name="Gone", messenger="console")
    Subscription.objects.subscribe(trigger, Backend.objects.get(name="Gone"), users=[ada])
    Backend.objects.filter(name="Gone").update(messenger="gone")
    AccountState.objects.create(
        messenger="console", account="default", held_since=order.placed_at or "2026-01-01T00:00Z"
    )
    said = fire("Paid", "--object", "latest", "--dry-run")
    assert "It would wait and be planned again: messenger 'gone' is not installed." in said
    assert "Left out: backend 'Off' is switched off." in said
    assert "The account is held" in said


def test_a_message_that_cannot_be_rendered_is_explained(order, ada):
    told(saved(), ada, message_template="dsn.plain")
    Backend.objects.update(message_template="shop.gone")
    said = fire("Paid", "--object", "latest", "--dry-run")
    assert "It would not go out: There is no message template 'shop.gone'" in said


def test_a_dry_run_without_subscribers_says_so(order):
    saved()
    said = fire("Paid", "--object", "latest", "--dry-run")
    assert "Left out: no subscription is switched on." in said
    assert "So nobody would be told." in said


def test_an_opted_out_address_is_explained_by_its_reason(order, ada):
    told(saved(), ada)
    Address.objects.create(
        user=ada, messenger="console", value="x", active=False, kind="opted_out", reason="STOP"
    )
    said = fire("Paid", "--object", "latest", "--dry-run")
    assert f"user:{ada.pk} ada: opted_out: STOP" in said


# ── What becomes of it ──────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_the_inline_engine_sends_at_once_and_the_command_says_so(capsys):
    ada = User.objects.create(username="ada")
    Order.objects.create()
    told(saved(), ada)
    said = fire("Paid", "--object", "latest")
    assert "is written." in said
    assert "Its deliveries: 1 delivered." in said
    assert "goes on" not in said
    assert "To: " in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_nobody_subscribed_is_said_after_the_fact_too():
    Order.objects.create()
    saved()
    assert "Nobody is told: no subscription is switched on." in fire("Paid", "--object", "latest")


def test_where_a_worker_sends_the_command_says_who(order, ada, settings):
    settings.DSN = {"ENGINE": "dsn_core.engines.worker.WorkerEngine"}
    told(saved(), ada)
    said = fire("Paid", "--object", "latest")
    assert "It is not fanned out yet." in said
    assert "WorkerEngine goes on with it; or run dsn_worker --once." in said
