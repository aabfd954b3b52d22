"""Capture among others: a long transaction beside it, and itself a second time."""

from __future__ import annotations

import threading
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import signals

from dsn_core.capture import listening
from dsn_core.models import Event, Trigger
from tests.host.models import Order, Unwatched

if TYPE_CHECKING:
    from types import ModuleType

watch = Trigger.objects.watch
SOON = 10


@pytest.fixture
def long_transaction(transactional_db):
    """Another connection, in whose open transaction a watched order was saved; ends it."""
    watch("post_save", Order)
    saved, end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Order.objects.create(number="long")
            saved.set()
            end.wait(SOON)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert saved.wait(SOON)

    def finish() -> None:
        end.set()
        thread.join()

    yield finish
    finish()


def states() -> dict[str, str]:
    """Of each event, by the number of its order."""
    return {
        event.payload["action_object"]["fields"]["number"]: event.state
        for event in Event.objects.all()
    }


@pytest.mark.postgres
def test_a_long_transaction_holds_up_no_save_no_edit_and_no_worker(long_transaction, settings):
    settings.DSN = {"ENGINE": "dsn_core.engines.worker.WorkerEngine"}
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    Order.objects.create(number="short")
    watch("post_save", Unwatched)
    call_command("dsn_worker", "--once", verbosity=0)
    assert states() == {"short": "done"}
    long_transaction()
    assert states() == {"short": "done", "long": "pending"}, "its key is lower than one planned"
    call_command("dsn_worker", "--once", verbosity=0)
    assert states() == {"short": "done", "long": "done"}
    connection.close()  # and with it the limit


@pytest.fixture
def second_import(transactional_db):
    """The module that connects, imported once more under another name."""
    spec = spec_from_file_location("listening_again", listening.__file__)
    module: ModuleType = module_from_spec(spec)
    spec.loader.exec_module(module)
    heard = (signals.pre_save, signals.post_save, signals.m2m_changed)
    before = [list(signal.receivers) for signal in heard]
    yield module
    for signal, receivers in zip(heard, before, strict=True):
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()
    for signal in listening.DELETIONS:
        vars(signal).pop("has_listeners", None)


def test_a_module_that_is_imported_under_two_names_captures_once(second_import):
    watch("post_save", Order)
    Order.objects.create()
    again = second_import.Listener()
    again.start()
    Order.objects.create()
    assert again.watch.current().watched
    Order.objects.create()
    assert Event.objects.count() == 3


def test_an_app_that_is_made_ready_twice_captures_once(transactional_db):
    watch("post_save", Order)
    listening.listener().start()
    Order.objects.create()
    assert Event.objects.count() == 1
