"""Users with keys of any type are merged in one order."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.db import connection, models

from dsn_core.fanout.keys import Branch, Users, merged
from tests.host.models import Country, Order, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.django_db


def users_of(model: type[models.Model], monkeypatch: pytest.MonkeyPatch) -> Users:
    """As if ``model`` were the project's user model."""
    monkeypatch.setattr("dsn_core.fanout.keys.get_user_model", lambda: model)
    return Users.of_the_project()


def united(users: Users, *queries: models.QuerySet[models.Model], after=None) -> list[object]:
    streams: Iterable[Branch] = (
        Branch(keys=users.stream(rows, "pk", after), subscriptions=frozenset({number}))
        for number, rows in enumerate(queries)
    )
    return [(item.key, sorted(item.subscriptions)) for item in merged(streams)]


def test_numbers_and_uuids_are_paged_by_the_database(small_pages, monkeypatch):
    orders = Order.objects.bulk_create(Order() for _ in range(10))
    users = users_of(Order, monkeypatch)
    assert users.native
    few = Order.objects.filter(pk__in=[orders[4].pk, orders[8].pk])
    found = united(users, Order.objects.all(), few, after=orders[1].pk)
    assert [key for key, _named in found] == [order.pk for order in orders[2:]]
    assert [key for key, named in found if named == [0, 1]] == [orders[4].pk, orders[8].pk]

    Ticket.objects.bulk_create(Ticket() for _ in range(50))
    users = users_of(Ticket, monkeypatch)
    assert users.native is (connection.vendor != "mysql")
    keys = [key for key, named in united(users, Ticket.objects.all(), Ticket.objects.all())]
    assert keys == sorted(map(users.key_of, Ticket.objects.values_list("pk", flat=True)))
    assert users.parse(str(keys[3])) == keys[3]


def test_texts_are_merged_whatever_the_databases_collation(small_pages, monkeypatch):
    names = ["a", "B", "c", "Z", "_", "aa", "é", "10", "9"]
    if connection.vendor != "mysql":  # whose own collation takes these for keys that are there
        names += ["Ä", "ä", "z"]
    Country.objects.bulk_create(Country(code=name) for name in names)
    users = users_of(Country, monkeypatch)
    assert not users.native
    rest = Country.objects.exclude(code="é")
    found = united(users, Country.objects.all(), rest)
    assert [key for key, _named in found] == sorted(names)
    assert [key for key, named in found if named == [0]] == ["é"]
    assert [key for key, _named in united(users, rest, after="a")] == [
        name for name in sorted(names) if name > "a" and name != "é"
    ]


def test_the_users_of_a_page_are_found_by_their_keys(monkeypatch):
    ticket = Ticket.objects.create()
    users = users_of(Ticket, monkeypatch)
    assert users.load([users.key_of(ticket.pk), users.key_of(uuid.uuid4())], []) == {
        users.key_of(ticket.pk): ticket
    }


def test_keys_that_were_read_as_text_are_looked_up_as_the_column_holds_them(monkeypatch):
    ticket = Ticket.objects.create()
    monkeypatch.setattr("dsn_core.fanout.keys._is_native", lambda *_: False)
    users = users_of(Ticket, monkeypatch)
    assert users.load([str(ticket.pk), str(uuid.uuid4())], []) == {str(ticket.pk): ticket}
