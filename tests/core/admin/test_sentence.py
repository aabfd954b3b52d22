"""The sentence that says what a trigger means, of every kind of trigger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from dsn_core.admin import sentence
from dsn_core.admin.sentence import sentence_of
from dsn_core.models import Backend, Subscription, Trigger
from tests.host.models import Order, ProxyOrder, RushOrder

pytestmark = pytest.mark.django_db

LIST = "/admin/dsn/trigger/"


def stored(verb: str = "post_save", thing: object = None, **given: Any) -> Trigger:
    return Trigger.objects.watch(verb, thing, name="T", **given)


@pytest.mark.parametrize(
    ("verb", "model", "words"),
    [
        ("pre_save", Order, "Before any order is saved."),
        ("post_save", None, "When any object is saved."),
        ("post_save", ProxyOrder, "When any proxy order is saved."),
        ("post_save", RushOrder, "When any rush order is saved."),
        ("pre_delete", Order, "Before any order is deleted."),
        ("post_delete", Order, "When any order is deleted."),
        ("m2m_changed", Order, "When a many-to-many relation of any order is changed."),
        ("post_init", Order, "When any order is made or loaded."),
        ("post_migrate", None, "After migrations."),
        ("user_logged_in", None, "When a user logs in."),
        ("user_login_failed", None, "When a login fails."),
        ("got_request_exception", None, "When a request fails."),
        ("host.refunded", None, "When “refunded” happens."),
        ("host.refunded", Order, "When “refunded” happens to any order."),
        ("host.refunded", "till 3", "When “refunded” happens to “till 3”."),
    ],
)
def test_what_happens_is_said_in_plain_words(verb, model, words):
    assert sentence_of(stored(verb, model)) == words


def test_one_object_and_who_does_it_and_for_whom():
    order, ada = Order.objects.create(), User.objects.create_user("ada")
    actor, target = f"user {ada.pk}", f"order {order.pk}"
    assert sentence_of(stored(thing=order)) == f"When {target} is saved."
    assert sentence_of(stored(actor_object=User)) == "When any object is saved, done by any user."
    assert sentence_of(stored("host.refunded", order, actor_object=ada, target="front desk")) == (
        f"When “refunded” happens to {target}, done by {actor}, with the target “front desk”."
    )
    assert sentence_of(stored("host.refunded", target=order)) == (
        f"When “refunded” happens, with the target {target}."
    )


def test_child_models_are_named_where_they_count():
    trigger = stored(thing=Order, include_children=True)
    assert sentence_of(trigger) == "When any order (also of its child models) is saved."


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (("status", "is", "paid"), "status is paid"),
        (("status", "is", "paid and more"), "status is “paid and more”"),
        (("number", "is", "5"), "number is “5”"),
        (("placed_at", "is", None), "placed_at is nothing"),
        (("status", "in", ["new", "to pay"]), "status is one of new, “to pay”"),
        (("gift", "is", True), "gift is true"),
        (("items", "lt", 5), "items is less than 5"),
        (("status", "is_empty"), "status is empty"),
        (("status", "is_empty", False), "status is not empty"),
        (("status", "changed"), "status changed"),
        (("status", "changed_from", "new"), "status changed from new"),
    ],
)
def test_a_condition_is_said_in_plain_words(condition, words):
    trigger = stored(thing=Order, conditions=[condition])
    assert sentence_of(trigger) == f"When any order is saved, and {words}."


@pytest.mark.parametrize(("match", "joint"), [("all", "and"), ("any", "or")])
def test_it_says_how_conditions_go_together(match, joint):
    conditions = [("status", "is", "paid"), ("items", "gt", 2), ("gift", "is", True)]
    words = sentence_of(stored(thing=Order, conditions=conditions, match=match))
    assert words.endswith(f"and status is paid {joint} items is more than 2 {joint} gift is true.")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(hours=12), "12 hours"),
        (timedelta(days=2, hours=3), "2 days, 3 hours"),
        (timedelta(seconds=30), "30 seconds"),
    ],
)
def test_it_says_until_when_it_is_told(span, words):
    said = sentence_of(stored(expires_after=span)).replace("\xa0", " ")
    assert said.endswith(f"What is not sent within {words} is cancelled.")


def test_it_says_that_it_is_switched_off():
    assert sentence_of(stored(enabled=False)) == "When any object is saved. It is switched off."


@pytest.fixture
def heard() -> Trigger:
    """One subscription is on and one off, and so are the backends of the first."""
    mail = Backend.objects.create(name="Mail", messenger="console")
    note = Backend.objects.create(name="Log", messenger="log", enabled=False)
    trigger = stored(thing=Order)
    Subscription.objects.subscribe(trigger, mail, note, name="Customers")
    Subscription.objects.subscribe(trigger, mail, name="Staff", enabled=False)
    return trigger


def test_it_says_who_hears_of_it(boss, heard):
    words = "It tells: Customers, by Log (switched off), Mail; Staff (switched off)."
    assert words in boss.get(LIST).content.decode()
    assert words in boss.get(f"{LIST}{heard.pk}/change/").content.decode()


def test_it_says_that_nobody_hears_of_it(boss):
    stored()
    assert "Nobody hears of it yet." in boss.get(LIST).content.decode()


def test_of_many_who_hear_it_names_the_first(boss, heard):
    for number in range(5):
        Subscription.objects.create(name=f"S{number}", trigger=heard)
    page = boss.get(LIST).content.decode()
    assert "S2, by no backend; S3, by no backend; and 2 more." in page


def test_who_may_not_see_subscriptions_is_not_told_of_them(staff, heard):
    page = staff("view_trigger").get(LIST).content.decode()
    assert "When any order is saved." in page
    assert "Customers" not in page


def test_a_hostile_name_is_only_shown(boss, heard):
    Subscription.objects.filter(name="Customers").update(name="<script>alert(1)</script>")
    page = boss.get(LIST).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_every_part_can_be_put_elsewhere_in_another_language(monkeypatch):
    """A translation may turn the order round, as one sentence."""
    turned = {
        "%(what)s, and %(conditions)s.": "%(conditions)s: %(what)s!",
        "%(what)s, done by %(actor)s": "%(actor)s, %(what)s",
    }
    monkeypatch.setattr(sentence, "_", lambda text: turned.get(text, text))
    trigger = stored(thing=Order, conditions=[("status", "is", "paid")])
    with translation.override("de"):
        assert sentence_of(trigger) == "status is paid: When any order is saved!"


def test_what_the_name_of_a_subscription_says_is_not_said_again(boss):
    trigger = stored(thing=Order)
    ways = [Backend.objects.create(name=name, messenger="log") for name in ("Mail", "Log")]
    Subscription.objects.subscribe(trigger, *ways)
    assert "It tells: T → Mail, Log." in boss.get(LIST).content.decode()
    Backend.objects.filter(name="Log").update(enabled=False)
    words = "It tells: T → Mail, Log, by Log (switched off), Mail."
    assert words in boss.get(LIST).content.decode()
