"""Every list and every page asks as often for three rows as for thirty; none counts a million."""

from __future__ import annotations

import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from dsn_core.admin import paging
from dsn_core.admin.paging import BoundedPaginator
from dsn_core.admin.searching import find_deliveries
from dsn_core.models import (
    AccountState,
    Address,
    Backend,
    Condition,
    Delivery,
    InboundReport,
    Link,
    StoredTemplate,
    Subscription,
    Trigger,
)
from dsn_core.states import State
from tests.core.admin.daily import DELIVERIES, make_delivery, make_event, make_many

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

MOST_QUERIES = 16


def _user(number: int) -> User:
    return User.objects.create(username=f"user {number}")


def _trigger(number: int) -> Trigger:
    made = Trigger.objects.create(
        name=f"Trigger {number}",
        verb="post_save",
        action_object_model="host.order",
        actor_object_model="auth.user",
        actor_object_pk=str(_user(number).pk),
    )
    Condition.objects.create(trigger=made, field="status", operator="is", value="paid")
    return made


def _backend(number: int) -> Backend:
    return Backend.objects.create(name=f"Backend {number}", messenger=["log", "gone"][number % 2])


def _subscription(number: int) -> Subscription:
    made = Subscription.objects.create(name=f"Sub {number}", trigger=_trigger(number))
    made.backends.add(_backend(number))
    made.recipient_users.add(_user(1000 + number))
    made.recipient_groups.add(Group.objects.create(name=f"Group {number}"))
    return made


def _delivery(number: int) -> Delivery:
    made = make_delivery(
        make_event(actor=f"actor {number}", trigger_ids=[number]),
        subscription=_subscription(number),
        backend=Backend.objects.get(name=f"Backend {number}"),
        user_pk=str(User.objects.latest("pk").pk),
        state=list(State)[number % 9],
    )
    made.tries.create(outcome="retry")
    return made


def _report(number: int) -> InboundReport:
    return InboundReport.objects.create(
        messenger="log",
        account="default",
        fingerprint=str(number),
        kind="receipt",
        subject=str(number),
        values={"delivered": True},
    )


def _link(number: int) -> Link:
    return Link.objects.create(
        token_hash=str(number), user=_user(number), messenger="log", expires_at=timezone.now()
    )


def _account(number: int) -> AccountState:
    _backend(number)
    return AccountState.objects.create(messenger="log", account=str(number), reason="x")


def _inbox_message(number: int) -> Any:
    models = pytest.importorskip("dsn_inbox.models")
    return models.InboxMessage.objects.create(user=_user(number), subject=str(number), verb="x")


MAKERS: dict[str, Callable[[int], Any]] = {
    "dsn/trigger": _trigger,
    "dsn/backend": _backend,
    "dsn/subscription": _subscription,
    "dsn/address": lambda number: Address.objects.create(
        messenger="log", value=str(number), user=_user(number)
    ),
    "dsn/storedtemplate": lambda number: StoredTemplate.objects.create(
        key=f"a.b{number}", text="x"
    ),
    "dsn/accountstate": _account,
    "dsn/delivery": _delivery,
    "dsn/event": lambda number: make_event(actor=f"actor {number}"),
    "dsn/inboundreport": _report,
    "dsn/link": _link,
    "dsn_inbox/inboxmessage": _inbox_message,
}


def test_no_list_is_forgotten():
    ours = {f"{m._meta.app_label}/{m._meta.model_name}" for m in site._registry}
    known = set(MAKERS) if find_spec("dsn_inbox") else set(MAKERS) - {"dsn_inbox/inboxmessage"}
    assert {name for name in ours if name.startswith("dsn")} == known


@pytest.mark.parametrize("name", list(MAKERS))
def test_a_list_and_a_page_ask_as_often_for_three_as_for_thirty(
    boss, name, django_assert_max_num_queries
):
    def count(path: str) -> int:
        with django_assert_max_num_queries(MOST_QUERIES) as asked:
            assert boss.get(f"/admin/{name}/{path}").status_code == 200
        return len(asked.captured_queries)

    first = MAKERS[name](1)
    for number in range(2, 4):
        MAKERS[name](number)
    page = f"{first.pk}/change/"
    count(""), count(page)  # Content types and the like are asked for once.
    before = count(""), count(page)
    for number in range(4, 31):
        MAKERS[name](number)
    assert (count(""), count(page)) == before


@pytest.mark.parametrize("name", ["delivery", "event", "inboundreport"])
def test_what_grows_is_counted_to_a_limit_and_by_its_keys_alone(
    boss, name, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(paging, "MOST_COUNTED", 4)
    for number in range(6):
        MAKERS[f"dsn/{name}"](number)
    with django_assert_max_num_queries(MOST_QUERIES) as asked:
        response = boss.get(f"/admin/dsn/{name}/")
    counts = [query["sql"] for query in asked.captured_queries if "COUNT(" in query["sql"]]
    assert [("LIMIT 5" in sql, "reason" in sql, "payload" in sql) for sql in counts] == [
        (True, False, False)
    ]
    assert response.context["cl"].result_count == 5


def test_pages_are_turned_to_the_limit(boss, monkeypatch):
    monkeypatch.setattr(paging, "MOST_COUNTED", 300)
    make_many(305)
    assert BoundedPaginator(Delivery.objects.order_by("-pk"), 100).num_pages == 4
    assert boss.get(DELIVERIES, {"p": "4"}).status_code == 200


@pytest.mark.parametrize("name", ["delivery", "event", "inboundreport"])
def test_nothing_that_grows_is_ordered_by_what_no_index_has(name):
    page = next(page for model, page in site._registry.items() if model._meta.model_name == name)
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    changelist = page.get_changelist_instance(request)
    columns = [changelist.get_ordering_field(column) for column in page.sortable_by]
    assert set(columns) == {"id"}
    assert page.date_hierarchy is None


def plan_of(rows: Any) -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    return str(rows.explain())


@pytest.mark.parametrize(
    "term", ["ada@example.org", "SM1", "7", "boss", "b0b0b0b0-b0b0-4b0b-8b0b-b0b0b0b0b0b0"]
)
def test_an_index_finds_what_is_searched_for(term):
    if connection.vendor == "mysql":
        pytest.skip("MariaDB reads a small table whole, whatever indexes it has.")
    make_delivery()
    plan = plan_of(find_deliveries(Delivery.objects.order_by("-pk"), term))
    assert "Seq Scan on dsn_delivery" not in plan
    assert "SCAN dsn_delivery" not in plan
    assert "dsn_delivery" in plan


@pytest.fixture
def wanted() -> Delivery:
    """One among others, of a user with a name and an address."""
    user = User.objects.create(username="ada")
    Address.objects.create(user=user, messenger="log", value="ada-at-work")
    make_delivery(recipient_key="other", address="other", user_pk="77", provider_id="SM2")
    return make_delivery(
        user_pk=str(user.pk), provider_id="SM1", key=uuid.UUID("b0" * 16), address="ada@example.org"
    )


@pytest.mark.parametrize(
    "term",
    [
        "ada@example.org",
        " ADA@example.org ",
        "ada",
        "ada-at-work",
        "SM1",
        "b0b0b0b0-b0b0-b0b0-b0b0-b0b0b0b0b0b0",
        "B0" * 16,
        "{user}",
    ],
)
def test_a_delivery_is_found_by_whatever_support_is_told(boss, wanted, term):
    response = boss.get(DELIVERIES, {"q": term.format(user=wanted.user_pk)})
    assert [row.pk for row in response.context["cl"].result_list] == [wanted.pk]


def test_a_user_who_is_gone_is_found_by_her_key(boss, wanted):
    response = boss.get(DELIVERIES, {"q": "77"})
    assert [row.address for row in response.context["cl"].result_list] == ["other"]


@pytest.mark.parametrize("term", ["nobody", "9" * 400, "\x00", "%", "x" * 3000, "'; --", "٣"])
def test_what_nothing_has_finds_nothing(boss, wanted, term):
    response = boss.get(DELIVERIES, {"q": term})
    assert response.status_code == 200
    found = {row.pk for row in response.context["cl"].result_list}
    assert term == "\x00" or not found


def test_users_may_be_named_by_numbers(boss, wanted, monkeypatch):
    monkeypatch.setattr(User, "USERNAME_FIELD", "id")
    response = boss.get(DELIVERIES, {"q": "ada@example.org"})
    assert [row.pk for row in response.context["cl"].result_list] == [wanted.pk]


def test_an_empty_search_shows_all(boss, wanted):
    assert len(boss.get(DELIVERIES, {"q": "  "}).context["cl"].result_list) == 2
