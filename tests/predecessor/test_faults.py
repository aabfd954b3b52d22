"""None of the predecessor's faults: a test for each, by its name in the documentation."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.signals import post_save
from psycopg.conninfo import make_conninfo

from dsn_core import Accepted, Messenger
from dsn_core.models import Attempt, Backend, Delivery, Event, Subscription, Trigger
from tests.host.models import Order, Unwatched
from tests.host.signals import refunded
from tests.predecessor.proving import Table
from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

TABLE = Table("What went wrong")
fault = TABLE.proves
PRELUDE = """
import django
django.setup()
from tests.host.models import Order
"""
A_SECOND = 1.0


def test_every_row_of_the_table_is_proven_and_no_other():
    assert sorted(TABLE.proven) == sorted(TABLE.rows)


class Pigeon(Messenger):
    """Keeps what it is given, and whether a transaction was open meanwhile."""

    key = "pigeon"
    label = "Pigeon"
    channel = "chat"
    user_field = "username"
    flown: list[tuple[str, bool]]

    def send(self, envelope):
        self.flown.append((envelope.address, connection.in_atomic_block))
        return Accepted(provider_id="1")


@pytest.fixture
def pigeon(install) -> type[Pigeon]:
    """A messenger of this test alone."""
    made = type("Pigeon", (Pigeon,), {"flown": []})
    install(made)
    return made


def subscribed(trigger: Trigger, messenger: str = "pigeon", **audience: Any) -> Subscription:
    backend = Backend.objects.create(
        name=messenger, messenger=messenger, message_template="dsn.plain"
    )
    return Subscription.objects.subscribe(trigger, backend, **audience)


def another_process(code: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code],
        cwd=ROOT,
        env={**os.environ, **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], said: str = "") -> None:
    process.communicate(said, timeout=60)
    assert process.returncode == 0


@fault("Deaf object triggers after a restart")
@pytest.mark.django_db(transaction=True)
def test_an_object_trigger_is_not_deaf_after_a_restart():
    watched, other = Order.objects.create(), Order.objects.create()
    Trigger.objects.watch("post_save", watched)
    ended(another_process(f"for pk in ({other.pk}, {watched.pk}): Order.objects.get(pk=pk).save()"))
    assert [event.payload["action_object"]["pk"] for event in Event.objects.all()] == [watched.pk]


@fault("The actor's id compared with the action object's")
def test_the_actors_id_is_not_compared_with_the_action_objects(ada, bob):
    order = Order.objects.create(pk=ada.pk)
    Trigger.objects.watch("host.refunded", actor_object=ada)
    refunded.send(sender=Order, action_object=order, actor_object=bob)
    assert not Event.objects.exists()
    other = Order.objects.create(pk=ada.pk + bob.pk)
    refunded.send(sender=Order, action_object=other, actor_object=ada)
    assert Event.objects.count() == 1


@fault("Edits unknown to other processes")
@pytest.mark.django_db(transaction=True)
def test_an_edit_is_not_unknown_to_other_processes():
    order, other = Order.objects.create(), Order.objects.create()
    Trigger.objects.watch("post_save", other)  # so that the process watches something
    process = another_process(
        f"order = Order.objects.get(pk={order.pk}); order.save(); print('ready', flush=True)\n"
        "input(); order.save()"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    Trigger.objects.watch("post_save", Order)
    time.sleep(A_SECOND)
    ended(process, "\n")
    assert Event.objects.count() == 1


@fault("Sending inside `save()`")
@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_save(pigeon):
    subscribed(Trigger.objects.watch("post_save", Order), addresses=["ops"])
    with transaction.atomic():
        Order.objects.create()
        assert Event.objects.count() == 1
        assert pigeon.flown == []
    assert pigeon.flown == [("ops", False)]


@fault("Sending for rolled-back saves")
@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_for_a_rolled_back_save(pigeon):
    subscribed(Trigger.objects.watch("post_save", Order), addresses=["ops"])
    with transaction.atomic():
        Order.objects.create()
        transaction.set_rollback(True)
    call_command("dsn_worker", "--once", verbosity=0)
    assert (pigeon.flown, Event.objects.count()) == ([], 0)


@fault("A raising messenger breaks the caller")
@pytest.mark.django_db(transaction=True)
def test_a_raising_messenger_does_not_break_the_caller(pigeon, monkeypatch):
    def send(self, envelope):
        raise RuntimeError("The pigeon is ill.")

    monkeypatch.setattr(pigeon, "send", send)
    subscribed(Trigger.objects.watch("post_save", Order), addresses=["ops"])
    with transaction.atomic():
        Order.objects.create()
    assert Order.objects.exists()
    assert Delivery.objects.get().state == "queued"
    assert Attempt.objects.get().code == "RuntimeError"


@fault("Two people reached six times")
def test_two_people_are_not_reached_six_times(ada, bob, dsn_outbox):
    groups = [Group.objects.create(name=name) for name in ("staff", "night shift")]
    for user in (ada, bob):
        user.groups.set(groups)
    trigger = Trigger.objects.watch("post_save", Order)
    subscribed(trigger, "email", users=[ada, bob], groups=groups)
    Order.objects.create()
    assert sorted(message.address for message in dsn_outbox) == [ada.email, bob.email]


@pytest.fixture
def empty_postgres(postgres_server: dict[str, str]) -> Iterator[str]:
    """The run of the suite's settings whose database on PostgreSQL is empty."""
    run = f"empty_{os.getpid()}"
    at = make_conninfo(**postgres_server, dbname="postgres")
    with psycopg.connect(at, autocommit=True) as server:
        server.execute(f"CREATE DATABASE dsn_test_{run}")
        yield run
        server.execute(f"DROP DATABASE dsn_test_{run} WITH (FORCE)")


@fault("`migrate` impossible on an empty PostgreSQL")
def test_migrate_is_possible_on_an_empty_postgresql(empty_postgres):
    process = another_process(
        "from django.core.management import call_command\n"
        "from dsn_core.models import Trigger\n"
        "call_command('check')\n"
        "call_command('migrate', 'dsn', verbosity=0)\n"
        "assert not Trigger.objects.exists()",
        DSN_TEST_DATABASE="postgres",
        DSN_TEST_RUN=empty_postgres,
        PYTEST_XDIST_WORKER="",
    )
    ended(process)


@fault("An empty recipient set raises")
def test_an_empty_recipient_set_raises_nothing(dsn_outbox, caplog):
    trigger = Trigger.objects.watch("post_save", Order)
    subscribed(trigger, "email", groups=[Group.objects.create(name="nobody")])
    Order.objects.create()
    dsn_outbox.assert_empty()
    assert Event.objects.get().state == "done"
    assert not caplog.records


@fault("Plugins frozen into migrations")
def test_no_plugin_is_frozen_into_migrations(pigeon):
    call_command("makemigrations", "dsn", check=True, dry_run=True, verbosity=0)
    folder = ROOT / "packages/dsn-core/src/dsn_core/migrations"
    assert not [path for path in folder.glob("*.py") if "console" in path.read_text()]


@fault("Test models are shipped")
def test_no_test_models_are_shipped():
    models = [model.__name__ for model in apps.get_app_config("dsn").get_models()]
    assert [name for name in models if "test" in name.lower()] == []


@fault("A tax per trigger on every save")
def test_there_is_no_tax_per_trigger_on_every_save(django_assert_num_queries):
    orders = Order.objects.bulk_create(Order(pk=pk) for pk in range(1, 21))
    for order in orders:
        Trigger.objects.watch("post_save", order, name=f"Order {order.pk}")
    other = Order.objects.create(pk=21)
    listening = len(post_save._live_receivers(Order)[0])
    with django_assert_num_queries(1):
        other.save()
    with django_assert_num_queries(1):
        Unwatched(name="x").save()
    Trigger.objects.exclude(name="Order 1").delete()
    other.save()
    assert len(post_save._live_receivers(Order)[0]) == listening
    assert not post_save.has_listeners(Unwatched)


def test_nobody_is_forgotten_either(ada, dsn_outbox):
    """What is counted once must be counted: a user in no group, with a name of her own."""
    subscribed(Trigger.objects.watch("post_save", Order), "email", users=User.objects.all())
    Order.objects.create()
    dsn_outbox.assert_sent(ada)
