"""The index is right: after each edit, inside each transaction, after each rollback."""

from __future__ import annotations

import threading
import time

import pytest
from django.core.management import call_command
from django.core.signals import request_started
from django.db import connection, transaction
from django.db.models import signals
from django.test import TestCase

from dsn_core import refresh
from dsn_core.capture.listening import listener
from dsn_core.models import Condition, Event, Revision, Trigger
from tests.host.models import Order, Unwatched
from tests.host.signals import refunded

watch = Trigger.objects.watch


def count_of_events() -> int:
    return Event.objects.count()


def test_a_rolled_back_edit_fires_nowhere(transactional_db):
    with transaction.atomic():
        watch("post_save", Order)
        Order.objects.create()
        assert count_of_events() == 1, "inside its own transaction it counts"
        transaction.set_rollback(True)
    Order.objects.create()
    assert count_of_events() == 0


def test_a_rolled_back_edit_leaves_no_wrong_index_behind_the_next_edit(transactional_db):
    with transaction.atomic():
        watch("post_save", Order, name="never")
        Order.objects.create()
        transaction.set_rollback(True)
    watch("post_save", Unwatched, name="next")
    Order.objects.create()
    Unwatched.objects.create()
    assert [event.trigger_ids for event in Event.objects.all()] == [
        [Trigger.objects.get(name="next").pk]
    ]


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_edits_away(transactional_db):
    with transaction.atomic():
        watch("post_save", Unwatched, name="outer")
        with transaction.atomic():
            watch("post_save", Order, name="inner")
            Order.objects.create()
            transaction.set_rollback(True)
        Order.objects.create()
        assert count_of_events() == 0
        Unwatched.objects.create()
        assert count_of_events() == 1
    Unwatched.objects.create()
    assert count_of_events() == 2


def test_a_rollback_is_found_without_a_query(transactional_db, django_assert_num_queries):
    with transaction.atomic():
        watch("post_save", Order)
        Order.objects.create()
        transaction.set_rollback(True)
    with django_assert_num_queries(1):
        Order.objects.create()


def test_after_a_rollback_no_receiver_of_ours_is_left(transactional_db):
    with transaction.atomic():
        watch("post_save", Order)
        Order.objects.create()
        transaction.set_rollback(True)
    Order.objects.create()
    assert not signals.post_save.has_listeners(Order)


def test_an_edit_that_is_not_committed_is_unknown_to_other_threads(transactional_db):
    listener().watch.current()
    with transaction.atomic():
        watch("post_save", Order)
        Order.objects.create()
        shared = listener().watch._shared
        assert shared is None or not shared.watched
    Order.objects.create()
    assert count_of_events() == 2


@pytest.mark.parametrize(
    "edit",
    [
        lambda: Trigger.objects.update(enabled=True),
        lambda: Trigger.objects.filter(name="off").update(enabled=True),
        lambda: Trigger(
            **Trigger.objects.values("id", "name", "verb").get(), action_object_model="host.order"
        ).save(),
        lambda: Trigger.objects.bulk_create([Trigger(name="new", verb="post_save")]),
        lambda: watch("post_save", Order, name="off", enabled=True),
    ],
    ids=["update", "filtered update", "save", "bulk_create", "watch"],
)
def test_every_edit_counts_at_once_in_its_own_process(transactional_db, edit):
    watch("post_save", Order, name="off", enabled=False)
    Order.objects.create()
    assert count_of_events() == 0
    edit()
    Order.objects.create()
    assert count_of_events() == 1


@pytest.mark.parametrize("rewrite", ["delete", "queryset", "condition", "conditions update"])
def test_what_is_taken_away_stops_at_once(transactional_db, rewrite):
    trigger = watch("post_save", Order, name="on", conditions=[("status", "is", "new")])
    Order.objects.create()
    assert count_of_events() == 1
    {
        "delete": trigger.delete,
        "queryset": Trigger.objects.all().delete,
        "condition": lambda: Condition.objects.create(
            trigger=trigger, position=1, field="status", operator="is", value="paid"
        ),
        "conditions update": lambda: Condition.objects.update(value="paid"),
    }[rewrite]()
    Order.objects.create()
    assert count_of_events() == 1


def test_a_fixture_with_triggers_counts_at_once(transactional_db, tmp_path):
    watch("post_save", Order, name="carried")
    path = tmp_path / "set-up.json"
    call_command("dumpdata", "dsn.trigger", "--natural-primary", output=str(path))
    Trigger.objects.all().delete()
    Order.objects.create()
    call_command("loaddata", str(path), verbosity=0)
    Order.objects.create()
    assert count_of_events() == 1


def _edit_as_another_process_would() -> None:
    """By SQL, so that nothing in this process hears of it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dsn_trigger SET enabled = %s", [True])
        cursor.execute("UPDATE dsn_revision SET value = %s", ["ab" * 16])


def test_an_edit_of_another_process_is_noticed_within_a_second(transactional_db):
    watch("post_save", Order, enabled=False)
    watch("post_save", Unwatched, name="watched")
    Order.objects.create()
    _edit_as_another_process_would()
    time.sleep(1.05)
    Unwatched.objects.create()
    Order.objects.create()
    assert count_of_events() == 2


def test_the_start_of_a_request_notices_where_nothing_is_watched(transactional_db, monkeypatch):
    # A connection that is kept: a new one would look by itself.
    monkeypatch.setattr(connection, "close_at", None)
    watch("post_save", Order, enabled=False)
    Order.objects.create()
    _edit_as_another_process_would()
    time.sleep(1.05)
    request_started.send(sender=None, environ={})
    Order.objects.create()
    assert count_of_events() == 1


def test_refresh_makes_an_edit_known_now(transactional_db, settings):
    settings.DSN = {"REFRESH_SECONDS": None}
    watch("post_save", Order, enabled=False)
    Order.objects.create()
    _edit_as_another_process_would()
    Order.objects.create()
    assert count_of_events() == 0
    refresh()
    Order.objects.create()
    assert count_of_events() == 1


def test_a_request_that_needs_no_database_opens_no_connection(transactional_db, settings):
    settings.DSN = {"REFRESH_SECONDS": 0.000001}
    Order.objects.create()
    connection.close()
    request_started.send(sender=None, environ={})
    assert connection.connection is None


@pytest.mark.parametrize("debug", [False, True])
def test_no_query_counter_ever_sees_our_housekeeping(
    transactional_db, django_assert_num_queries, settings, debug
):
    settings.DEBUG = debug
    settings.DSN = {"REFRESH_SECONDS": 0.000001}
    watch("post_save", Order, conditions=[("status", "is", "paid")])
    with django_assert_num_queries(3):
        for _ in range(3):
            Order.objects.create()
    listener().watch.forget()
    with django_assert_num_queries(1):
        Order.objects.create()


def test_missing_tables_are_an_empty_index_and_one_line_in_the_log(
    transactional_db, caplog, settings
):
    settings.DSN = {"REFRESH_SECONDS": 0.000001}
    watch("post_save", Order)
    caplog.set_level("INFO", logger="dsn_core.capture")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE dsn_revision RENAME TO dsn_revision_gone")
    try:
        listener().watch.forget()
        with transaction.atomic():
            Order.objects.create()
            # A custom signal's receiver looks again, and must not ask inside a transaction.
            refunded.send(Order)
            refunded.send(Order)
        assert Order.objects.count() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE dsn_revision_gone RENAME TO dsn_revision")
    lines = [record for record in caplog.records if "cannot be read yet" in record.message]
    assert len(lines) == 1


def test_the_absence_of_a_revision_is_a_value_too(transactional_db):
    watch("post_save", Order)
    Order.objects.create()
    Trigger.objects.all()._raw_delete("default")
    Revision.objects.all().delete()
    refresh()
    Order.objects.create()
    assert count_of_events() == 1


class AHostsOwnTestCase(TestCase):
    """Django's TestCase, with edits of the class and of each test."""

    @classmethod
    def setUpTestData(cls) -> None:
        watch("post_save", Unwatched, name="of the class")

    def test_what_a_test_watches(self) -> None:
        watch("post_save", Order, name="of one test")
        Order.objects.create()
        Unwatched.objects.create()
        assert Event.objects.count() == 2

    def test_is_unknown_to_the_next(self) -> None:
        Order.objects.create()
        Unwatched.objects.create()
        assert Event.objects.count() == 1

    def test_callbacks_run_by_a_test_are_no_commit(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            watch("post_save", Order, name="of one test")
            Order.objects.create()
        Order.objects.create()
        assert not getattr(listener().watch._shared, "watched", None)
        assert Event.objects.count() == 2


def test_a_save_under_way_while_another_thread_reads_the_index_is_heard(transactional_db):
    watch("post_save", Order, conditions=[("status", "changed_to", "paid")])
    Trigger.objects.update(enabled=False)
    order = Order.objects.create()
    Trigger.objects.update(enabled=True)

    def read_elsewhere(**_: object) -> None:
        signals.pre_save.disconnect(read_elsewhere)
        thread = threading.Thread(target=_save_and_close)
        thread.start()
        thread.join()

    signals.pre_save.connect(read_elsewhere)
    signals.pre_save.receivers.insert(0, signals.pre_save.receivers.pop())
    order.status = "paid"
    order.save()
    assert count_of_events() == 1


def _save_and_close() -> None:
    Order.objects.create()
    connection.close()


def test_no_relation_is_heard_twice_because_the_index_is_read(transactional_db, django_user_model):
    watch("m2m_changed", Order)
    order, ada = Order.objects.create(), django_user_model.objects.create_user("ada")
    order.watchers.add(ada)
    assert count_of_events() == 1
    Trigger.objects.update(name="edited")
    order.watchers.remove(ada)
    assert count_of_events() == 2
