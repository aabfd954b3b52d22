"""Two texts are one only if each character is, whatever the database would say."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, models

from dsn_core.models import Address, Backend, Delivery, Event, Trigger
from dsn_core.models.exact import exact_collation, texts_of
from dsn_core.states import EventState

pytestmark = pytest.mark.django_db

ALIKE = ["token", "Token", "tokén", "token ", "😀", "😎", "ß", "ss", "ﬁ", "fi"]
"""What one collation or another takes for the same."""


def test_no_two_texts_that_differ_are_one_recipient():
    backend = Backend.objects.create(name="Push", messenger="log")
    event = Event.objects.create(verb="post_save", state=EventState.DONE)
    rows = [
        Delivery(event=event, backend=backend, recipient_key=f"bare:{text}", address=text)
        for text in ALIKE
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    assert set(Delivery.objects.values_list("address", flat=True)) == set(ALIKE)


def test_an_address_is_told_from_one_that_only_looks_like_it():
    ada = get_user_model().objects.create(username="ada")
    for text in ALIKE:
        Address.objects.create(user=ada, messenger="log", value=text)
    Address.objects.filter(value="token").update(active=False)
    assert set(Address.objects.filter(active=False).values_list("value", flat=True)) == {"token"}


@pytest.mark.parametrize("label", ["dsn", "dsn_inbox"])
def test_every_text_of_ours_is_compared_exactly(label):
    if connection.vendor != "mysql":
        pytest.skip("only MySQL and MariaDB compare otherwise")
    rows = {model._meta.db_table: model for model in apps.get_app_config(label).get_models()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT TABLE_NAME, COLUMN_NAME, COLLATION_NAME FROM information_schema.COLUMNS "
            "WHERE TABLE_SCHEMA = DATABASE()"
        )
        found = {(table, column): collation for table, column, collation in cursor.fetchall()}
    wanted = {(table, field.column) for table, model in rows.items() for field in texts_of(model)}
    assert {found[place] for place in wanted} == {exact_collation(connection)}


@pytest.mark.parametrize("word", ["ORDERS", "orders"])
def test_whoever_looks_for_a_word_finds_it_in_capitals(word):
    made = Trigger.objects.create(name="Paid Orders", verb="post_save")
    assert Trigger.objects.filter(name__icontains=word).get() == made
    assert Trigger.objects.filter(verb__icontains="SAVE", name__icontains="d o").exists()
    assert not Trigger.objects.filter(name="paid orders").exists()


@pytest.mark.parametrize(
    ("lookup", "word"),
    [("iexact", "PAID orders"), ("istartswith", "PAID"), ("iendswith", "ORDERS"), ("iregex", "^p")],
)
def test_so_does_whoever_looks_for_it_by_its_beginning_end_or_whole(lookup, word):
    made = Trigger.objects.create(name="Paid Orders", verb="post_save")
    assert Trigger.objects.filter(**{f"name__{lookup}": word}).get() == made


def test_the_hosts_own_text_is_compared_as_it_was():
    field = get_user_model()._meta.get_field("username")
    assert type(field.get_lookup("icontains")) is type(models.CharField().get_lookup("icontains"))
    assert field.get_lookup("icontains") is models.CharField().get_lookup("icontains")
