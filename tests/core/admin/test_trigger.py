"""The page of a trigger: its parts, its conditions, its sentence, and what is gone."""

from __future__ import annotations

import pytest

from dsn_core.models import Backend, Condition, Subscription, Trigger
from tests.core.admin.forms import form_values
from tests.host.models import Order

ADD = "/admin/dsn/trigger/add/"

pytestmark = pytest.mark.django_db


def url_of(trigger: Trigger) -> str:
    return f"/admin/dsn/trigger/{trigger.pk}/change/"


def condition(index: int, field: str, operator: str, value: str = "") -> dict[str, str]:
    return {
        f"conditions-{index}-field": field,
        f"conditions-{index}-operator": operator,
        f"conditions-{index}-value": value,
    }


@pytest.fixture
def blank(boss):
    """A new trigger's form with its name, verb and model filled in."""
    return form_values(boss.get(ADD)) | {
        "name": "Paid",
        "verb": "post_save",
        "action_object_model": "host.order",
    }


@pytest.fixture
def paid() -> Trigger:
    return Trigger.objects.watch(
        "post_save", Order, conditions=[("status", "changed_to", "paid")], name="Paid"
    )


def test_a_trigger_with_conditions_is_stored_in_order(boss, blank):
    values = blank | {"conditions-TOTAL_FORMS": "2"}
    values |= condition(0, "status", "changed_to", "paid") | condition(1, "items", "gte", "2")
    assert boss.post(ADD, values).status_code == 302
    trigger = Trigger.objects.get()
    rows = trigger.conditions.values_list("position", "field", "operator", "value")
    assert list(rows) == [(0, "status", "changed_to", "paid"), (1, "items", "gte", 2)]


def test_a_new_condition_comes_after_the_last(boss, paid):
    paid.conditions.update(position=4)
    values = form_values(boss.get(url_of(paid))) | condition(1, "items", "gte", "2")
    assert boss.post(url_of(paid), values).status_code == 302
    assert list(paid.conditions.values_list("position", flat=True)) == [4, 5]


def test_models_and_verbs_are_chosen_from_what_is_installed(boss):
    page = boss.get(ADD).content.decode()
    assert '<option value="host.order">Order (host.Order)</option>' in page
    assert '<optgroup label="Django&#x27;s own signals">' in page
    assert "An object is saved (post_save)" in page
    assert '<option value="host.refunded">refunded (host.refunded)</option>' in page
    assert 'value="dsn.trigger"' not in page


@pytest.mark.parametrize(
    "row", [("nonsense", "is", "1"), ("items", "is", "many"), ("customer.name", "is", "x")]
)
def test_a_condition_that_cannot_be_is_refused_at_its_row(boss, blank, row):
    response = boss.post(ADD, blank | condition(0, *row))
    form = response.context["inline_admin_formsets"][0].formset.forms[0]
    assert form.non_field_errors()
    assert not Trigger.objects.exists()


def test_a_condition_is_held_against_the_verb_that_was_just_chosen(boss, blank):
    values = blank | {"verb": "post_delete"} | condition(0, "status", "changed_to", "paid")
    response = boss.post(ADD, values)
    form = response.context["inline_admin_formsets"][0].formset.forms[0]
    assert "needs to know what was there before" in form.non_field_errors()[0]


def test_a_part_that_cannot_be_is_refused(boss, blank):
    response = boss.post(ADD, blank | {"action_object_pk": "seven"})
    assert list(response.context["adminform"].form.errors) == ["action_object_model"]


def test_the_sentence_says_what_the_trigger_means(boss, paid):
    paid.conditions.create(position=1, field="items", operator="gte", value=2)
    page = boss.get(url_of(paid)).content.decode()
    assert "When any order is saved, and status changed to paid and items is at least 2." in page
    assert "When any order is saved, and" in boss.get("/admin/dsn/trigger/").content.decode()


def test_the_sentence_names_an_object_an_actor_and_a_target(boss):
    trigger = Trigger.objects.create(
        name="T",
        verb="host.refunded",
        action_object_model="host.order",
        action_object_pk="5",
        actor_object_value="clerk",
        target_value="front desk",
        enabled=False,
    )
    page = boss.get(url_of(trigger)).content.decode()
    assert (
        "When “refunded” happens to order 5, done by “clerk”, with the target “front desk”. "
        "It is switched off."
    ) in page


@pytest.fixture
def lost(paid: Trigger) -> Trigger:
    """Both its verb and its model are gone."""
    Trigger.objects.update(verb="shop.gone", action_object_model="shop.gone")
    paid.refresh_from_db()
    return paid


def test_what_is_gone_is_shown_and_said(boss, lost):
    page = boss.get(url_of(lost)).content.decode()
    assert "The verb shop.gone is not installed" in page
    assert "Action object: the model shop.gone is not installed" in page
    assert "shop.gone (not installed)</option>" in page


def test_what_is_gone_is_kept_when_the_rest_is_saved(boss, lost):
    values = form_values(boss.get(url_of(lost))) | {"name": "Renamed"}
    values |= condition(1, "colour", "is", "red")
    assert boss.post(url_of(lost), values).status_code == 302
    lost.refresh_from_db()
    assert (lost.name, lost.verb, lost.action_object_model) == ("Renamed", "shop.gone", "shop.gone")
    assert lost.conditions.count() == 2


def test_a_gone_verb_cannot_be_chosen_anew(boss, blank):
    response = boss.post(ADD, blank | {"verb": "shop.gone"})
    assert "verb" in response.context["adminform"].form.errors


def test_who_may_only_view_reads_verb_condition_and_sentence(staff, lost):
    client = staff("view_trigger", "view_condition")
    page = client.get(url_of(lost)).content.decode()
    assert "shop.gone (not installed)" in page
    assert "<p>paid</p>" in page
    assert "<select" not in page
    assert client.post(url_of(lost), {"name": "Mine"}).status_code == 403


def test_who_may_not_view_is_refused(staff, paid):
    assert staff("view_backend").get(url_of(paid)).status_code == 403


def test_a_subscription_is_made_with_its_trigger(boss, blank):
    backend = Backend.objects.create(name="Log", messenger="log")
    values = blank | {
        "subscriptions-0-name": "Who hears",
        "subscriptions-0-enabled": "on",
        "subscriptions-0-backends": [str(backend.pk)],
        "subscriptions-0-recipient_sources": ["dsn.actor"],
        "subscriptions-0-recipient_paths": "customer\nwatchers",
        "subscriptions-0-addresses": "ops@example.org",
    }
    assert boss.post(ADD, values).status_code == 302
    made = Subscription.objects.get()
    assert made.trigger.name == "Paid"
    assert made.recipient_paths == ["customer", "watchers"]
    assert made.addresses == ["ops@example.org"]


def test_an_inline_path_is_held_against_the_model_that_was_just_chosen(boss, blank):
    backend = Backend.objects.create(name="Log", messenger="log")
    values = blank | {
        "subscriptions-0-name": "Who hears",
        "subscriptions-0-backends": [str(backend.pk)],
        "subscriptions-0-recipient_paths": "number",
    }
    response = boss.post(ADD, values)
    form = response.context["inline_admin_formsets"][1].formset.forms[0]
    assert list(form.errors) == ["recipient_paths"]


def test_the_page_asks_as_often_for_one_subscription_as_for_five(
    boss, paid, django_assert_max_num_queries
):
    backend = Backend.objects.create(name="Log", messenger="log")

    def count() -> int:
        with django_assert_max_num_queries(60) as asked:
            boss.get(url_of(paid))
        return len(asked.captured_queries)

    Subscription.objects.subscribe(paid, backend, name="0")
    boss.get(url_of(paid))
    once = count()
    for number in range(1, 6):
        Subscription.objects.subscribe(paid, backend, name=str(number))
    assert count() == once


def test_the_list_asks_as_often_for_one_trigger_as_for_ten(
    boss, paid, django_assert_max_num_queries
):
    def count() -> int:
        with django_assert_max_num_queries(20) as asked:
            boss.get("/admin/dsn/trigger/")
        return len(asked.captured_queries)

    boss.get("/admin/dsn/trigger/")
    once = count()
    for number in range(10):
        other = Trigger.objects.create(name=str(number), verb="post_save")
        Condition.objects.create(trigger=other, field="status", operator="is", value="new")
    assert count() == once


def test_a_trigger_with_many_subscriptions_is_saved_without_them(boss, paid):
    backend = Backend.objects.create(name="Log", messenger="log")
    names = [f"Sub {number}" for number in range(100)]
    made = Subscription.objects.bulk_create(Subscription(name=n, trigger=paid) for n in names)
    for one in made[:3]:
        one.backends.add(backend)
    page = boss.get(url_of(paid))
    assert f"/admin/dsn/subscription/?trigger__id__exact={paid.pk}" in page.content.decode()
    values = form_values(page) | {"name": "Paid at last"}
    assert boss.post(url_of(paid), values).status_code == 302
    assert Trigger.objects.get().name == "Paid at last"
    assert paid.subscriptions.count() == 100
    listed = boss.get("/admin/dsn/subscription/", {"trigger__id__exact": paid.pk})
    assert listed.context["cl"].result_count == 100
