"""The page of a subscription: whom, checked at the field."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User

from dsn_core.models import Backend, Subscription, Trigger
from tests.core.admin.forms import form_values
from tests.host.models import Order

ADD = "/admin/dsn/subscription/add/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strange")]


@pytest.fixture
def trigger() -> Trigger:
    return Trigger.objects.watch("post_save", Order, name="Paid")


@pytest.fixture
def backend() -> Backend:
    return Backend.objects.create(name="Log", messenger="log")


@pytest.fixture
def subscription(trigger, backend) -> Subscription:
    return Subscription.objects.subscribe(
        trigger,
        backend,
        users=[User.objects.create_user("ada")],
        groups=[Group.objects.create(name="Desk")],
        sources=["tests.night_shift"],
        paths=["customer"],
        addresses=["ops@example.org"],
        name="Who hears",
    )


def url_of(subscription: Subscription) -> str:
    return f"/admin/dsn/subscription/{subscription.pk}/change/"


def as_posted(boss, subscription) -> dict[str, str | list[str]]:
    return form_values(boss.get(url_of(subscription)))


def errors_of(response) -> list[str]:
    return list(response.context["adminform"].form.errors)


def test_an_untouched_save_changes_nothing(boss, subscription):
    response = boss.post(url_of(subscription), as_posted(boss, subscription))
    assert response.status_code == 302
    subscription.refresh_from_db()
    assert [user.username for user in subscription.recipient_users.all()] == ["ada"]
    assert [group.name for group in subscription.recipient_groups.all()] == ["Desk"]
    assert subscription.recipient_sources == ["tests.night_shift"]
    assert subscription.recipient_paths == ["customer"]
    assert subscription.addresses == ["ops@example.org"]


def test_a_path_that_leads_to_no_user_is_refused_at_its_field(boss, subscription):
    values = as_posted(boss, subscription) | {"recipient_paths": "customer\ntickets"}
    response = boss.post(url_of(subscription), values)
    assert errors_of(response) == ["recipient_paths"]


def test_a_template_that_the_verb_cannot_fill_is_refused_at_the_backends(boss, subscription):
    demanding = Backend.objects.create(
        name="D", messenger="log", message_template="tests.demanding"
    )
    values = as_posted(boss, subscription) | {"backends": [demanding.pk]}
    assert errors_of(boss.post(url_of(subscription), values)) == ["backends"]


def test_a_subscription_needs_a_backend(boss, subscription):
    values = as_posted(boss, subscription) | {"backends": []}
    assert errors_of(boss.post(url_of(subscription), values)) == ["backends"]


def test_sources_are_offered_by_their_labels(boss, subscription):
    page = boss.get(url_of(subscription)).content.decode()
    assert "Night shift" in page
    assert "Whoever did it" in page


def test_a_source_that_is_gone_is_shown_said_and_kept(boss, subscription):
    Subscription.objects.update(recipient_sources=["shop.gone", "dsn.staff"])
    page = boss.get(url_of(subscription)).content.decode()
    assert "shop.gone (not installed)" in page
    assert "The recipient source shop.gone is not installed" in page
    assert boss.post(url_of(subscription), as_posted(boss, subscription)).status_code == 302
    subscription.refresh_from_db()
    assert sorted(subscription.recipient_sources) == ["dsn.staff", "shop.gone"]


def test_a_gone_verb_or_model_does_not_lock_the_subscription(boss, subscription, trigger):
    Trigger.objects.update(verb="shop.gone", action_object_model="shop.gone")
    response = boss.post(url_of(subscription), as_posted(boss, subscription))
    assert response.status_code == 302


def test_users_are_searched_where_their_admin_can(boss, subscription):
    assert "admin-autocomplete" in boss.get(url_of(subscription)).content.decode()


def test_users_are_added_by_key_where_there_is_no_javascript(boss, subscription):
    bob = User.objects.create_user("bob")
    values = as_posted(boss, subscription) | {"recipient_users_keys": f" {bob.pk}, "}
    assert boss.post(url_of(subscription), values).status_code == 302
    assert {user.username for user in subscription.recipient_users.all()} == {"ada", "bob"}


def test_users_are_named_by_key_where_their_admin_has_no_search(boss, subscription, monkeypatch):
    monkeypatch.setattr(type(admin.site.get_model_admin(User)), "search_fields", ())
    page = boss.get(url_of(subscription)).content.decode()
    assert "admin-autocomplete" not in page
    assert 'class="vManyToManyRawIdAdminField' in page


def test_users_are_named_by_key_where_they_have_no_admin(boss, subscription):
    page_of_users = type(admin.site.get_model_admin(User))
    admin.site.unregister(User)
    try:
        page = boss.get(url_of(subscription)).content.decode()
        values = as_posted(boss, subscription) | {"recipient_users": ""}
        response = boss.post(url_of(subscription), values)
    finally:
        admin.site.register(User, page_of_users)
    assert 'name="recipient_users"' in page
    assert response.status_code == 302
    assert not subscription.recipient_users.exists()


def test_who_may_not_see_users_names_them_by_key(staff, subscription):
    client = staff("change_subscription", "view_subscription")
    assert "admin-autocomplete" not in client.get(url_of(subscription)).content.decode()


def test_the_list_asks_as_often_for_one_as_for_ten(
    boss, subscription, trigger, backend, django_assert_max_num_queries
):
    def count() -> int:
        with django_assert_max_num_queries(20) as asked:
            boss.get("/admin/dsn/subscription/")
        return len(asked.captured_queries)

    boss.get("/admin/dsn/subscription/")
    once = count()
    for number in range(10):
        Subscription.objects.subscribe(trigger, backend, name=str(number))
    assert count() == once


def test_of_many_triggers_one_is_searched_for_or_named_by_its_key(boss):
    names = [f"Trigger {number}" for number in range(40)]
    made = Trigger.objects.bulk_create(Trigger(name=name, verb="post_save") for name in names)
    backend = Backend.objects.create(name="Log", messenger="log")
    page = boss.get(ADD)
    assert "Trigger 7" not in page.content.decode()
    assert "admin-autocomplete" in page.content.decode()
    values = form_values(page) | {"name": "S", "backends": [str(backend.pk)]}
    assert boss.post(ADD, values | {"trigger_keys": str(made[7].pk)}).status_code == 302
    assert Subscription.objects.get().trigger == made[7]


def test_the_list_says_how_many_users_are_named(boss, subscription):
    subscription.recipient_users.add(User.objects.create_user("bob"))
    listed = boss.get("/admin/dsn/subscription/").content.decode()
    assert "2 users, Desk, Night shift, customer, ops@example.org" in listed
