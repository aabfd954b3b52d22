"""What is indexed: on PostgreSQL only what is still looked for."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.db.utils import ConnectionHandler

from dsn_core.models import Delivery, Event
from dsn_core.models.indexes import IndexApart, IndexOfSome
from tests.settings import POSTGRES, SQLITE

pytestmark = pytest.mark.django_db
SOME = [
    (model, index)
    for model in (Event, Delivery)
    for index in model._meta.indexes
    if isinstance(index, IndexOfSome)
]


def statement(index, model, database) -> str:
    return str(index.create_sql(model, database.SchemaEditorClass(database, collect_sql=True)))


@pytest.mark.parametrize(("model", "index"), SOME, ids=[index.name for _, index in SOME])
def test_on_postgresql_an_index_leaves_out_what_nobody_looks_for(model, index):
    unopened = ConnectionHandler({"default": POSTGRES})["default"]
    assert " WHERE " in statement(index, model, unopened)


@pytest.mark.parametrize(("model", "index"), SOME, ids=[index.name for _, index in SOME])
def test_what_is_looked_for_is_indexed_on_every_database(model, index):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    columns = [model._meta.get_field(name).column for name in index.fields]
    assert found[index.name]["columns"] == columns


def test_on_postgresql_one_index_can_be_mistaken_for_no_other():
    unopened = ConnectionHandler({"default": POSTGRES})["default"]
    (apart,) = [one for one in Delivery._meta.indexes if isinstance(one, IndexApart)]
    made = statement(apart, Delivery, unopened)
    assert '("address", (("event_id" + 0)), "backend_id")' in made
    assert "+ 0" not in statement(
        apart, Delivery, ConnectionHandler({"default": SQLITE})["default"]
    )


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL uses the condition")
def test_where_a_condition_would_not_be_used_the_index_has_none():
    made = [statement(index, model, connection) for model, index in SOME]
    assert not [one for one in made if " WHERE " in one]


def test_no_database_complains_of_an_index_with_a_condition():
    found = run_checks(databases=["default"])
    assert not [message for message in found if message.id == "models.W037"]
