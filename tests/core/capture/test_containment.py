"""DSN does not change the outcome of the user's save, whatever breaks; and what it costs."""

from __future__ import annotations

import asyncio

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.models.signals import pre_save

from dsn_core.capture.listening import listener
from dsn_core.models import Event, Trigger
from tests.host.models import Order, Unwatched
from tests.host.signals import refunded

watch = Trigger.objects.watch


@pytest.fixture
def full_outbox(transactional_db):
    """An outbox that the database itself refuses to write to."""
    watch("post_save", Order)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE dsn_event RENAME TO dsn_event_gone")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE dsn_event_gone RENAME TO dsn_event")


def test_an_outbox_that_fails_breaks_no_save_and_no_transaction(full_outbox, caplog):
    with transaction.atomic():
        order = Order.objects.create(number="kept")
        order.number = "kept, and saved again"
        order.save()
    assert Order.objects.get().number == "kept, and saved again"
    assert "could not capture" in caplog.text


def test_an_outbox_that_fails_raises_for_those_who_want_it(full_outbox, settings):
    settings.DSN = {"CAPTURE_ERRORS": "raise"}
    with pytest.raises(DatabaseError), transaction.atomic():
        Order.objects.create()
    assert Order.objects.count() == 0


def test_a_snapshot_that_raises_does_not_reach_the_caller(db, caplog):
    class Bad:
        META: dict[str, str] = {}

        def get_full_path(self) -> str:
            return ""

        @property
        def method(self) -> str:
            raise RuntimeError("a broken host object")

    watch("host.refunded")
    refunded.send(Order, request=Bad())
    assert "a broken host object" in caplog.text


def test_looking_for_edits_raises_nothing_into_async_code(transactional_db, caplog):
    async def view() -> None:
        refunded.send(Order)

    watch("post_save", Order)
    listener().watch.refresh()
    listener().watch._look_at = 0.0
    asyncio.run(view())
    assert "async context" in caplog.text


def test_settings_that_are_wrong_do_not_reach_the_caller(db, settings):
    watch("post_save", Order)
    settings.DSN = {"NONSENSE": 1}
    Order.objects.create()
    assert Order.objects.count() == 1


def test_settings_that_are_wrong_are_said_in_a_line_without_a_traceback(db, settings, caplog):
    watch("post_save", Order)
    settings.DSN = {"NONSENSE": 1}
    Order.objects.create()
    ours = [record for record in caplog.records if record.name == "dsn_core.capture"]
    assert ours
    for record in ours:
        assert record.levelname == "ERROR"
        assert record.getMessage().startswith(
            'DSN cannot capture what happened: DSN["NONSENSE"] is unknown'
        )
        assert record.exc_info is None


def test_a_rolled_back_save_leaves_no_event(transactional_db):
    watch("post_save", Order)
    with transaction.atomic():
        Order.objects.create()
        transaction.set_rollback(True)
    with transaction.atomic(), transaction.atomic():
        Order.objects.create()
        transaction.set_rollback(True)
    assert Event.objects.count() == 0


@pytest.fixture
def other_database(transactional_db, tmp_path):
    """A database that holds none of DSN's tables."""
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "other"), "OPTIONS": {}}
    connections.settings["other"] = {**connections.settings["default"], **file}
    connections["other"].connect()
    yield "other"
    connections["other"].close()
    del connections["other"], connections.settings["other"]


@pytest.mark.parametrize("commits", [True, False])
def test_a_signal_about_an_object_of_another_database_shares_its_fate(other_database, commits):
    watch("host.refunded")
    order = Order(pk=1)
    order._state.db = other_database
    with transaction.atomic(using=other_database):
        refunded.send(Order, action_object=order)
        transaction.set_rollback(not commits, using=other_database)
    assert Event.objects.count() == int(commits)


def test_an_event_knows_whether_it_was_written_with_what_happened(transactional_db):
    watch("post_save", Order)
    Order.objects.create()
    with transaction.atomic():
        Order.objects.create()
    assert list(Event.objects.order_by("id").values_list("atomic", flat=True)) == [False, True]


def test_atomic_saves_close_the_gap_for_watched_models_only(transactional_db, settings):
    settings.DSN = {"ATOMIC_SAVES": True}
    watch("post_save", Order)
    Order.objects.create()
    Order.objects.create()
    assert Event.objects.latest("id").atomic is True
    assert "save_base" in vars(Order)
    assert "save_base" not in vars(Unwatched)
    Trigger.objects.all().delete()
    listener().watch.refresh()
    assert "save_base" not in vars(Order)


def test_atomic_saves_break_no_transaction_by_an_exception_of_the_hosts(db, settings):
    settings.DSN = {"ATOMIC_SAVES": True}
    watch("post_save", Order)
    Order.objects.create()

    def veto(**_: object) -> None:
        raise ValueError

    pre_save.connect(veto, sender=Order)
    try:
        with transaction.atomic():
            with pytest.raises(ValueError):  # noqa: PT011  # the host's own
                Order.objects.create()
            Unwatched.objects.create()
    finally:
        pre_save.disconnect(veto, sender=Order)
    assert Unwatched.objects.count() == 1


@pytest.fixture
def by_hand(transactional_db):
    """The host commits by hand."""
    yield
    transaction.rollback()
    transaction.set_autocommit(True)


def test_an_outbox_that_fails_breaks_no_transaction_that_is_made_by_hand(full_outbox, by_hand):
    transaction.set_autocommit(False)
    Order.objects.create(number="kept")
    Order.objects.create(number="kept, too")
    transaction.commit()
    assert Order.objects.count() == 2


def test_a_save_in_a_transaction_made_by_hand_is_captured_in_silence(by_hand, caplog):
    watch("post_save", Order)
    transaction.set_autocommit(False)
    Order.objects.create()
    transaction.commit()
    assert Event.objects.count() == 1
    assert caplog.text == ""
