"""Deliveries, events and accounts to read; addresses and templates to write."""

from __future__ import annotations

import re
import uuid

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsn_core.models import (
    AccountState,
    Address,
    Backend,
    Delivery,
    Event,
    StoredTemplate,
    Subscription,
    Trigger,
)
from dsn_core.states import State
from tests.core.admin.forms import form_values

pytestmark = pytest.mark.django_db

DELIVERIES = "/admin/dsn/delivery/"
MODELS = (
    "trigger",
    "backend",
    "subscription",
    "address",
    "storedtemplate",
    "accountstate",
    "delivery",
    "event",
)
WRITTEN_BY_DSN = ("accountstate", "delivery", "event")


@pytest.fixture
def event() -> Event:
    return Event.objects.create(verb="post_save", payload={"number": "<script>alert(1)</script>"})


def make_delivery(event: Event, number: int = 0, **fields: object) -> Delivery:
    trigger, _ = Trigger.objects.get_or_create(name=f"T{number}", verb="post_save")
    backend, _ = Backend.objects.get_or_create(name=f"B{number}", messenger="log")
    subscription, _ = Subscription.objects.get_or_create(name=f"S{number}", trigger=trigger)
    values: dict[str, object] = {
        "event": event,
        "backend": backend,
        "subscription": subscription,
        "messenger": "log",
        "account": "default",
        "address": f"ada{number}@example.org",
        "user_pk": str(700 + number),
        "recipient_key": str(number),
    }
    return Delivery.objects.create(**(values | fields))


@pytest.fixture
def delivery(event) -> Delivery:
    made = make_delivery(event, state=State.FAILED, code="550", reason="Mailbox unavailable")
    made.tries.create(outcome="retry", code="421", reason="Try again later")
    return made


def test_a_delivery_is_listed_with_its_state_and_reason(boss, delivery):
    page = boss.get(DELIVERIES).content.decode()
    assert '<span class="dsn-badge dsn-badge-failed">failed</span>' in page
    assert "ada0@example.org (#700)" in page
    assert "550: Mailbox unavailable" in page
    assert "T0" in page


def test_a_site_without_time_zones_has_its_list(boss, delivery, settings):
    settings.USE_TZ = False
    assert boss.get(DELIVERIES).status_code == 200


def test_a_named_cause_is_put_in_words(boss, event):
    make_delivery(event, state=State.HELD, code="plugin")
    assert "its messenger is not installed" in boss.get(DELIVERIES).content.decode()


@pytest.mark.parametrize("query", ["ada1@example.org", "701", "{key}"])
def test_a_delivery_is_found_by_address_user_and_key(boss, event, query):
    make_delivery(event)
    wanted = make_delivery(event, 1)
    response = boss.get(DELIVERIES, {"q": query.format(key=wanted.key)})
    assert [row.pk for row in response.context["cl"].result_list] == [wanted.pk]


@pytest.mark.parametrize(
    "query", [{"state__exact": "held"}, {"messenger": "gone"}, {"backend__id__exact": "B1"}]
)
def test_deliveries_are_filtered(boss, event, query):
    make_delivery(event)
    wanted = make_delivery(event, 1, state=State.HELD, messenger="gone")
    if "backend__id__exact" in query:
        query = {"backend__id__exact": wanted.backend_id}
    response = boss.get(DELIVERIES, query)
    assert [row.pk for row in response.context["cl"].result_list] == [wanted.pk]


def test_the_story_of_a_delivery_is_read_on_its_page(boss, delivery):
    page = boss.get(f"{DELIVERIES}{delivery.pk}/change/").content.decode()
    assert "Try again later" in page
    assert 'name="_save"' not in page


def test_a_delivery_outlives_its_backend_and_subscription(boss, delivery):
    Backend.objects.all().delete()
    Subscription.objects.all().delete()
    assert "An object is saved" in boss.get(DELIVERIES).content.decode()
    assert boss.get(f"{DELIVERIES}{delivery.pk}/change/").status_code == 200


@pytest.mark.parametrize("name", ["delivery", "event", "accountstate"])
def test_what_dsn_writes_is_neither_added_changed_nor_deleted(boss, delivery, event, name):
    AccountState.objects.create(pk=1, messenger="log", account="default")
    pk = {"delivery": delivery.pk, "event": event.pk, "accountstate": 1}[name]
    home = f"/admin/dsn/{name}/"
    assert boss.get(f"{home}add/").status_code == 403
    assert boss.post(f"{home}{pk}/change/", {"state": "sent"}).status_code == 403
    assert boss.post(f"{home}{pk}/delete/", {"post": "yes"}).status_code == 403
    acts = {"accountstate": ["use_again"], "delivery": ["retry", "release", "cancel"]}
    actions = acts.get(name, [])
    page = boss.get(home).content.decode()
    assert ('name="action"' in page) is bool(actions)
    assert all(f'value="{action}"' in page for action in actions)
    assert "delete_selected" not in page


def test_a_look_at_any_page_changes_no_delivery(boss, delivery):
    before = Delivery.objects.values().get()
    boss.get(DELIVERIES)
    boss.get(f"{DELIVERIES}{delivery.pk}/change/")
    assert Delivery.objects.values().get() == before


@pytest.mark.parametrize("name", MODELS)
def test_every_list_needs_a_permission(staff, name):
    assert staff().get(f"/admin/dsn/{name}/").status_code == 403


@pytest.mark.parametrize("name", MODELS)
def test_who_may_view_sees_the_list_and_adds_nothing(staff, name):
    client = staff(f"view_{name}")
    assert client.get(f"/admin/dsn/{name}/").status_code == 200
    assert client.get(f"/admin/dsn/{name}/add/").status_code == 403


def test_a_held_account_is_listed_with_its_reason(boss):
    AccountState.objects.create(
        messenger="log", account="default", held_since=timezone.now(), reason="401 Unauthorized"
    )
    page = boss.get("/admin/dsn/accountstate/").content.decode()
    assert "401 Unauthorized" in page
    assert "dsn-badge-held" in page


@pytest.mark.parametrize(
    ("active", "is_hers", "words"),
    [
        (True, True, "in use"),
        (True, False, "not linked"),
        (False, True, "not used"),
        (False, False, "not used"),
    ],
)
def test_an_address_says_whether_it_is_used(boss, active, is_hers, words):
    user = User.objects.create(username="ada") if is_hers else None
    Address.objects.create(messenger="log", value="4711", user=user, active=active)
    page = boss.get("/admin/dsn/address/").content.decode()
    assert re.findall(r'dsn-badge-\w+">([^<]+)<', page) == [words]


def test_an_event_leads_to_its_deliveries(boss, delivery, event):
    make_delivery(Event.objects.create(verb="post_save"), 1)
    page = boss.get(f"/admin/dsn/event/{event.pk}/change/").content.decode()
    link = f"{DELIVERIES}?event__id__exact={event.pk}"
    assert link in page
    assert [row.pk for row in boss.get(link).context["cl"].result_list] == [delivery.pk]


@pytest.mark.usefixtures("strange", "accounts")
def test_an_address_is_stored_as_its_messenger_writes_it(boss):
    url = "/admin/dsn/address/add/"
    values = {"messenger": "pager", "value": "+49 151", "active": "on"}
    assert boss.post(url, values).status_code == 302
    assert Address.objects.get().value == "+49151"
    response = boss.post(url, values | {"value": "0151"})
    assert list(response.context["adminform"].form.errors) == ["value"]


@pytest.mark.usefixtures("strange")
def test_an_address_that_breaks_its_messenger_is_refused_in_words_without_a_secret(boss):
    values = {"messenger": "evil", "value": "4711", "active": "on"}
    response = boss.post("/admin/dsn/address/add/", values)
    errors = response.context["adminform"].form.errors
    assert errors == {"value": ["evil cannot read it: SystemExit."]}
    assert "s3cr3t" not in response.content.decode()
    assert not Address.objects.exists()


def test_an_address_of_a_gone_messenger_is_kept(boss):
    address = Address.objects.create(messenger="gone", value="@ada")
    url = f"/admin/dsn/address/{address.pk}/change/"
    response = boss.get(url)
    assert "The messenger gone is not installed" in response.content.decode()
    values = form_values(response) | {"reason": "moved"}
    assert boss.post(url, values).status_code == 302
    address.refresh_from_db()
    assert (address.messenger, address.value, address.reason) == ("gone", "@ada", "moved")


def test_an_address_that_is_used_again_has_a_clean_record(boss):
    off = {"active": False, "kind": "dead", "reason": "No such number", "soft_failures": 3}
    address = Address.objects.create(messenger="log", value="4711", **off)
    url = f"/admin/dsn/address/{address.pk}/change/"
    boss.post(url, form_values(boss.get(url)) | {"reason": "Asked again"})
    address.refresh_from_db()
    assert (address.kind, address.soft_failures) == ("dead", 3)
    boss.post(url, form_values(boss.get(url)) | {"active": "on"})
    address.refresh_from_db()
    kept = (address.active, address.kind, address.reason, address.soft_failures)
    assert kept == (True, "", "", 0)


@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_a_template_that_does_not_compile_is_refused_at_its_part(boss, part):
    values = {"key": "shop.hello", "text": "Hello", part: "{% if %}"}
    response = boss.post("/admin/dsn/storedtemplate/add/", values)
    assert list(response.context["adminform"].form.errors) == [part]


def test_a_template_is_stored_for_a_language_of_the_site(boss):
    values = {"key": "shop.hello", "language": "de", "text": "Hallo {{ user }}"}
    assert boss.post("/admin/dsn/storedtemplate/add/", values).status_code == 302
    assert StoredTemplate.objects.get().language == "de"


def test_a_template_without_words_is_refused(boss):
    response = boss.post("/admin/dsn/storedtemplate/add/", {"key": "shop.hello"})
    assert response.context["adminform"].form.non_field_errors()


def test_a_key_that_nothing_has_finds_nothing(boss, delivery):
    response = boss.get(DELIVERIES, {"q": str(uuid.uuid4())})
    assert list(response.context["cl"].result_list) == []
