"""The pages on which DSN is set up: what they log, withstand, and ask of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dsn_core.models import Backend, Condition, StoredTemplate, Subscription, Trigger
from tests.core.admin.forms import form_values
from tests.host.models import Order

if TYPE_CHECKING:
    from django.db.models import Model

pytestmark = pytest.mark.django_db

HOME = "/admin/dsn/"
ODD = (
    "🎉🎊 party",
    "הזמנה שולמה",
    "تم دفع الطلب",
    "<b>bold</b> & \"quoted\" 'it'",
    "x" * 200,
)
"""Names that somebody may give."""


def url_of(row: Model) -> str:
    return f"{HOME}{row._meta.model_name}/{row.pk}/change/"


@pytest.fixture
def rows() -> dict[str, Model]:
    """One of each that is set up, leading to one another."""
    stored = StoredTemplate.objects.create(key="shop.paid", text="Thank you.")
    backend = Backend.objects.create(name="Log", messenger="log", message_template="shop.paid")
    trigger = Trigger.objects.watch(
        "post_save", Order, conditions=[("status", "is", "paid")], name="Paid"
    )
    subscription = Subscription.objects.subscribe(trigger, backend, name="Who hears")
    made: tuple[Model, ...] = (stored, backend, trigger, subscription)
    return {str(row._meta.model_name): row for row in made}


def save(client: Any, row: Model, **changed: object) -> int:
    values = form_values(client.get(url_of(row))) | changed
    return client.post(url_of(row), values).status_code


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("trigger", {"name": "Other"}, "Changed Name."),
        ("trigger", {"conditions-0-value": "new"}, "Changed value for condition “status is new”."),
        ("trigger", {"subscriptions-0-name": "S"}, "Changed Name for subscription “S”."),
        ("backend", {"option_level": "warning"}, "Changed Level."),
        ("backend", {"enabled": ""}, "Changed Enabled."),
        ("subscription", {"addresses": "ops@example.org"}, "Changed Addresses."),
        ("storedtemplate", {"text": "Thanks."}, "Changed Text."),
    ],
)
def test_what_is_changed_is_in_the_log(boss, rows, name, changed, words):
    assert save(boss, rows[name], **changed) == 302
    assert LogEntry.objects.get().get_change_message() == words


@pytest.mark.parametrize("name", ["trigger", "backend", "subscription"])
@pytest.mark.parametrize("odd", ODD)
def test_a_name_of_any_letters_is_stored_and_shown_as_it_is(boss, rows, name, odd):
    assert save(boss, rows[name], name=odd) == 302
    rows[name].refresh_from_db()
    assert rows[name].name == odd
    assert "<b>bold</b>" not in boss.get(f"{HOME}{name}/").content.decode()
    assert boss.get(url_of(rows[name])).status_code == 200


@pytest.mark.parametrize("name", ["trigger", "backend", "subscription"])
def test_a_name_that_is_too_long_is_refused_at_its_field(boss, rows, name):
    values = form_values(boss.get(url_of(rows[name]))) | {"name": "y" * 300}
    form = boss.post(url_of(rows[name]), values).context["adminform"].form
    assert list(form.errors) == ["name"]


@pytest.mark.parametrize("name", ["trigger", "backend", "subscription", "storedtemplate"])
def test_who_may_add_may_not_change(staff, rows, name):
    client = staff(f"add_{name}")
    assert client.get(f"{HOME}{name}/add/").status_code == 200
    assert client.get(url_of(rows[name])).status_code == 403
    assert client.post(url_of(rows[name]), {"name": "Mine"}).status_code == 403


def test_of_two_who_edit_at_once_each_keeps_what_the_other_added(boss, rows):
    """The first one's new condition is not in the second one's form, and stays."""
    trigger = rows["trigger"]
    seen_before = form_values(boss.get(url_of(trigger)))
    added = {"conditions-1-field": "items", "conditions-1-operator": "is"}
    assert save(boss, trigger, **added, **{"conditions-1-value": "1"}) == 302
    other = {"conditions-1-field": "gift", "conditions-1-operator": "is"}
    other |= {"conditions-1-value": "true"}
    assert boss.post(url_of(trigger), seen_before | other).status_code == 302
    assert isinstance(trigger, Trigger)
    names = trigger.conditions.values_list("field", flat=True)
    assert list(names) == ["status", "items", "gift"]


def test_a_condition_that_another_has_deleted_is_refused_in_words(boss, rows):
    trigger = rows["trigger"]
    values = form_values(boss.get(url_of(trigger))) | {"conditions-0-value": "new"}
    assert isinstance(trigger, Trigger)
    trigger.conditions.all().delete()
    response = boss.post(url_of(trigger), values)
    assert response.status_code == 200
    assert response.context["errors"]


def test_a_template_that_would_read_the_site_s_files_is_refused(boss, rows):
    values = form_values(boss.get(url_of(rows["storedtemplate"])))
    values["text"] = "{% include 'admin/base.html' %}"
    form = boss.post(url_of(rows["storedtemplate"]), values).context["adminform"].form
    assert list(form.errors) == ["text"]


def make_many(count: int, start: int) -> None:
    """So many rows of each, leading to one another."""
    names = [f"{number:03}" for number in range(start, start + count)]
    backends = Backend.objects.bulk_create(Backend(name=name, messenger="log") for name in names)
    users = User.objects.bulk_create(User(username=name) for name in names)
    StoredTemplate.objects.bulk_create(StoredTemplate(key=f"a.b{name}", text="x") for name in names)
    made = Trigger.objects.bulk_create(
        Trigger(name=name, verb="post_save", action_object_model="host.order") for name in names
    )
    Condition.objects.bulk_create(
        Condition(trigger=trigger, position=place, field="items", operator="gt", value=place)
        for trigger in made
        for place in (0, 1)
    )
    hearing = Subscription.objects.bulk_create(
        Subscription(name=trigger.name, trigger=trigger) for trigger in made
    )
    for subscription, backend, user in zip(hearing, backends, users, strict=True):
        subscription.backends.add(backend)
        subscription.recipient_users.add(user)


@pytest.mark.parametrize("name", ["trigger", "backend", "subscription", "storedtemplate"])
def test_a_list_of_fifty_asks_as_often_as_one_of_five(boss, name):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert boss.get(f"{HOME}{name}/").status_code == 200
        return len(asked)

    make_many(5, 0)
    boss.get(f"{HOME}{name}/")
    few = count()
    make_many(45, 5)
    assert count() == few <= 12


def test_the_page_of_a_trigger_asks_as_often_whatever_stands_on_it(boss, rows):
    trigger, backend = rows["trigger"], rows["backend"]
    assert isinstance(trigger, Trigger)
    assert isinstance(backend, Backend)

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert boss.get(url_of(trigger)).status_code == 200
        return len(asked)

    boss.get(url_of(trigger))
    few = count()
    for number in range(1, 8):
        trigger.conditions.create(position=number, field="items", operator="gt", value=number)
        Subscription.objects.subscribe(trigger, backend, name=f"S{number}")
    make_many(10, 0)
    assert count() == few <= 30
