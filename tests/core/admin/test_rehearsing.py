"""The page on which a trigger is tried: who would get what, and nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dsn_core.models import (
    AccountState,
    Backend,
    Delivery,
    Event,
    StoredTemplate,
    Subscription,
    Trigger,
)
from dsn_core.models.payload import encode
from dsn_core.plugins.catalog import catalog
from tests.core.admin.strangers import HOSTILE
from tests.host.models import Order

pytestmark = pytest.mark.django_db

SEEING = ("view_trigger", "view_subscription", "view_backend", "view_event")
PEOPLE = ("view_user", "view_delivery")


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada")


@pytest.fixture
def trigger(ada) -> Trigger:
    """Tells ada, and bob who is not active, of paid orders."""
    StoredTemplate.objects.create(
        key="shop.paid", text="Dear {{ user.username }}, {{ action_object.number }}"
    )
    made = Trigger.objects.watch(
        "post_save", Order, name="Paid", conditions=[("status", "changed_to", "paid")]
    )
    backend = Backend.objects.create(
        name="Console", messenger="console", message_template="shop.paid"
    )
    bob = User.objects.create(username="bob", is_active=False)
    Subscription.objects.subscribe(made, backend, users=[ada, bob], name="Who hears")
    return made


def page_of(trigger: Trigger, **query: Any) -> str:
    asked = "&".join(f"{name.replace('_', '-')}={value}" for name, value in query.items())
    return f"/admin/dsn/trigger/{trigger.pk}/rehearsal/?{asked}"


def event_of(trigger: Trigger, number: str) -> Event:
    payload = {"action_object": encode(Order(pk=7, number=number))}
    return Event.objects.create(verb="post_save", trigger_ids=[trigger.pk], payload=payload)


def test_it_says_who_would_get_what(boss, trigger):
    order = Order.objects.create(number="A-7")
    response = boss.get(page_of(trigger, thing=order.pk, becomes_status="paid"))
    [told] = response.context["result"].told
    assert (told.part.told, dict(told.reasons)) == (1, {"the user is not active": 1})
    assert [(row.who, row.fate) for row in told.rows] == [
        ("ada", ""),
        ("bob", "the user is not active"),
    ]
    page = response.content.decode()
    assert f'<option value="{order.pk}">Order A-7</option>' in page
    assert "The trigger would count this." in page
    assert "Dear ada, A-7" in page


def test_nothing_is_stored_or_sent(boss, trigger, capsys):
    Order.objects.create()
    boss.get(page_of(trigger, thing="latest", becomes_status="paid"))
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()
    assert Order.objects.get().status == "new"
    assert capsys.readouterr().out == ""


def test_what_is_read_for_it_is_not_captured(boss, trigger):
    Order.objects.create()
    Trigger.objects.watch("post_init", Order)
    boss.get(page_of(trigger, thing="latest"))
    assert not Event.objects.exists()


def test_it_says_which_condition_does_not_hold_and_goes_on(boss, trigger):
    Order.objects.create()
    response = boss.get(page_of(trigger, thing="latest"))
    page = response.content.decode()
    assert "The trigger would not count this. If it did:" in page
    assert "(it is &#x27;new&#x27;; before: &#x27;new&#x27;)" in page
    assert response.context["result"].told[0].part.told == 1


def test_it_begins_with_the_last_event_that_the_trigger_counted(boss, trigger):
    for number in ("first", "second"):
        event_of(trigger, number)
    event_of(Trigger.objects.watch("post_delete", Order), "other")
    page = boss.get(f"/admin/dsn/trigger/{trigger.pk}/rehearsal/").content.decode()
    assert "Dear ada, second" in page
    first = Event.objects.order_by("pk").first()
    assert first is not None
    assert "Dear ada, first" in boss.get(page_of(trigger, event=first.pk)).content.decode()


def test_without_an_event_it_begins_with_the_latest_object(boss, trigger):
    Order.objects.create(number="A-8")
    page = boss.get(f"/admin/dsn/trigger/{trigger.pk}/rehearsal/").content.decode()
    assert "Dear ada, A-8" in page


def test_it_asks_only_for_what_the_trigger_leaves_open(boss, ada):
    order = Order.objects.create()
    asked = Trigger.objects.watch(
        "host.refunded",
        order,
        actor_object=ada,
        name="Refund",
        conditions=[("values.amount", "gte", 3), ("items", "is", 1)],
    )
    response = boss.get(page_of(asked, value_amount="5"))
    assert list(response.context["form"].fields) == [
        "event",
        "target",
        "value-amount",
        "becomes-items",
    ]
    assert response.context["result"].counts


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"thing": "4711"}, "There is no host.Order with the key &#x27;4711&#x27;."),
        ({"thing": "x"}, "cannot be the key of a host.Order"),
        ({"thing": "latest"}, "There is no host.Order yet."),
        ({"thing": ""}, "counts any host.Order"),
        ({"event": "4711"}, "is not one of the available choices"),
        ({"thing": "%00"}, "counts any host.Order"),
        ({"thing": "9" * 60}, "There is no host.Order with the key"),
    ],
)
def test_what_is_wrong_is_said_in_words(boss, trigger, query, words):
    response = boss.get(page_of(trigger, **query))
    assert response.status_code == 200
    assert words in response.content.decode()


def test_a_trigger_that_is_off_can_be_tried(boss, trigger):
    Order.objects.create()
    Trigger.objects.update(enabled=False)
    response = boss.get(page_of(trigger, thing="latest"))
    assert "The trigger is switched off" in response.content.decode()
    assert response.context["result"].told[0].part.told == 1


def test_what_waits_and_what_is_missing_is_named(boss, trigger):
    Order.objects.create()
    AccountState.objects.create(
        messenger="console", account="default", held_since="2026-01-01T00:00Z"
    )
    Subscription.objects.update(recipient_sources=["shop.gone"])
    page = boss.get(page_of(trigger, thing="latest")).content.decode()
    assert "The account is held" in page
    assert "recipient source &#x27;shop.gone&#x27; is not installed" in page


def test_a_verb_that_is_gone_is_named(boss, trigger):
    Trigger.objects.update(verb="gone.sent")
    assert "gone.sent" in boss.get(page_of(trigger, thing="")).content.decode()


def test_what_people_wrote_is_escaped(boss, trigger, ada):
    Order.objects.create(number=HOSTILE)
    User.objects.filter(pk=ada.pk).update(username=HOSTILE)
    Trigger.objects.update(name=HOSTILE)
    page = boss.get(page_of(trigger, thing="latest", becomes_status=HOSTILE)).content.decode()
    assert HOSTILE not in page


# ── Who may see it ──────────────────────────────────────────────────────────────────────


def test_names_and_addresses_are_for_those_who_may_see_them(staff, trigger):
    event_of(trigger, "7")
    page = staff(*SEEING).get(page_of(trigger, event=Event.objects.get().pk))
    assert page.context["result"].told[0].part.told == 1
    assert page.context["result"].told[0].rows == ()
    assert "ada" not in page.content.decode()


def test_with_leave_they_are_shown(staff, trigger):
    event_of(trigger, "7")
    page = staff(*SEEING, *PEOPLE).get(page_of(trigger, event=Event.objects.get().pk))
    assert "Dear ada, 7" in page.content.decode()


def test_an_object_is_for_those_who_may_see_it(staff, trigger):
    order = Order.objects.create(number="secret order")
    for thing in ("latest", order.pk, f"host.Order:{order.pk}"):
        client = staff(*SEEING, *PEOPLE)
        page = client.get(page_of(trigger, thing=thing, becomes_status="paid")).content.decode()
        assert "You may not see any order." in page
        assert "secret order" not in page
        User.objects.filter(username="clerk").delete()
    page = staff(*SEEING, "view_order").get(page_of(trigger, thing="latest")).content.decode()
    assert "secret order" in page


def test_nobody_learns_which_objects_there_are(staff, trigger):
    client = staff(*SEEING, *PEOPLE)
    for thing in ("4711", "x", "host.Country:de"):
        page = client.get(page_of(trigger, thing=thing)).content.decode()
        assert "You may not see any" in page


def test_nor_is_what_the_signal_sends_along_shown_without_leave(staff, monkeypatch):
    provided: Any = catalog().verb("host.refunded").provides
    monkeypatch.setitem(provided, "order", "host.Order")
    StoredTemplate.objects.create(key="shop.sent", text="{{ order.number }}")
    sent = Trigger.objects.watch("host.refunded", name="Sent", conditions=[("order", "is", 1)])
    log = Backend.objects.create(name="Log", messenger="log", message_template="shop.sent")
    Subscription.objects.subscribe(sent, log, addresses=["ops"])
    order = Order.objects.create(number="secret order")
    page = staff(*SEEING, *PEOPLE).get(page_of(sent, value_order=order.pk)).content.decode()
    assert "You may not see any order." in page
    assert "secret order" not in page


def test_many_recipients_take_as_many_queries_as_few(boss, trigger):
    Order.objects.create()
    counts = []
    for number in (3, 15):
        users = [User.objects.create(username=f"u{number}-{n}") for n in range(number)]
        Subscription.objects.get().recipient_users.add(*users)
        with CaptureQueriesContext(connection) as queries:
            boss.get(page_of(trigger, thing="latest"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_so_is_the_object_that_the_trigger_names(staff, ada):
    order = Order.objects.create(number="secret order")
    one = Trigger.objects.watch("post_save", order, name="One")
    page = staff(*SEEING).get(page_of(one, event="")).content.decode()
    assert "You may not see any order." in page


def test_a_model_that_is_gone_is_named(boss, trigger):
    Trigger.objects.update(action_object_model="gone.thing")
    assert "gone.thing" in boss.get(page_of(trigger, thing="1")).content.decode()


@pytest.mark.parametrize("missing", SEEING)
def test_it_needs_leave_for_all_that_it_shows(staff, trigger, missing):
    client = staff(*(name for name in SEEING if name != missing))
    assert client.get(page_of(trigger)).status_code == 403
    assert client.get(f"/admin/dsn/trigger/{trigger.pk}/rehearsal/").status_code == 403


def test_it_is_only_asked(boss, trigger):
    assert boss.post(page_of(trigger)).status_code == 405
    assert boss.get("/admin/dsn/trigger/4711/rehearsal/").status_code == 404


def test_the_page_of_a_trigger_leads_there(boss, staff, trigger):
    there = f"/admin/dsn/trigger/{trigger.pk}/rehearsal/"
    assert there in boss.get(f"/admin/dsn/trigger/{trigger.pk}/change/").content.decode()
    page = staff("view_trigger").get(f"/admin/dsn/trigger/{trigger.pk}/change/")
    assert there not in page.content.decode()
