"""What is noted of addresses, whichever room asks for it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from dsn_core.models import Address, Delivery
from dsn_core.records import contending
from dsn_core.records.addresses import inactive_among, move_address, why_not
from dsn_core.states import SuppressedBy

PLACE = {"messenger": "pager", "account": "default"}


@pytest.mark.django_db
def test_inactive_ones_are_asked_for_by_both_columns_of_the_index():
    dead = Address.objects.create(**PLACE, value="a1", active=False)
    Address.objects.create(**PLACE, value="a2", active=False)
    rows = [Delivery(**PLACE, address=address) for address in ("a1", "a3", "")]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert inactive_among(rows) == {("pager", "default", "a1"): dead}
    (asked,) = queries.captured_queries
    where = asked["sql"].replace("`", '"').partition(" WHERE ")[2]
    assert '"messenger" IN' in where
    assert '"value" IN' in where


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("dead", SuppressedBy.DEAD),
        ("opted_out", SuppressedBy.OPTED_OUT),
        ("", SuppressedBy.DEAD),
    ],
)
def test_every_room_gives_the_same_reason(kind, code):
    assert why_not(Address(**PLACE, value="a1", active=False, kind=kind)) is code


@pytest.mark.django_db(transaction=True)
def test_a_move_waits_for_whoever_is_in_the_way(monkeypatch):
    monkeypatch.setattr(contending, "_pause", lambda attempt: None)
    user = User.objects.create_user("ada")
    Address.objects.create(**PLACE, value="old", user=user)
    refused = iter([OperationalError("database is locked")])

    def in_the_way(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and (error := next(refused, None)):
            raise error
        return execute(sql, params, many, context)

    with connection.execute_wrapper(in_the_way):
        move_address("pager", "default", "old", "new")
    address = Address.objects.get()
    assert (address.value, address.active) == ("new", True)
