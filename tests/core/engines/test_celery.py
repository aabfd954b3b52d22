"""The Celery engine: a ring is a small message, and a broker that is away costs little."""

from __future__ import annotations

import contextlib
import socket
import time
from importlib.util import find_spec
from statistics import quantiles

import pytest
from django.db import OperationalError, transaction

from dsn_core.doorbell import doorbell, load_engine, ring
from dsn_core.engines.draining import drain
from dsn_core.engines.schedule import TASK, beat_schedule
from dsn_core.models import Event, Trigger
from dsn_core.signals import delivery_sent
from dsn_core.states import State
from tests.core.delivery.conftest import fresh
from tests.services import lack

pytestmark = pytest.mark.django_db(transaction=True)

ENGINE = "dsn_core.engines.celery.CeleryEngine"


@pytest.fixture
def at_broker(settings):
    """Makes Celery's app, with this broker, and DSN's engine."""
    if find_spec("celery") is None:
        lack("celery")
    import celery
    from celery import _state

    before = _state.default_app
    made = []

    def make(url: str, **conf: object):
        app = celery.Celery("tests", broker=url, set_as_current=False)
        app.conf.update(task_default_queue="dsn-tests", **conf)
        app.set_default()
        made.append(app)
        settings.DSN = {"ENGINE": ENGINE}
        load_engine()
        return app

    yield make
    _state.default_app = before
    for app in made:
        app.close()


@pytest.fixture
def sent(at_broker, monkeypatch):
    """The messages that rings have sent, through a broker in memory."""
    app = at_broker("memory://")
    queue = app.connection_for_read().SimpleQueue("dsn-tests")
    queue.clear()

    def messages():
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                message = queue.get(block=False)
                message.ack()
                found.append(message)
        return found

    yield messages
    queue.close()


def test_a_commit_sends_one_small_message(sent):
    with transaction.atomic():
        for _ in range(10):
            ring("default")
        assert sent() == []
    (message,) = sent()
    headers = message.headers
    assert (headers["task"], headers["eta"], headers["retries"]) == (TASK, None, 0)
    assert headers["ignore_result"] is True
    assert headers["expires"] is not None
    assert message.decode()[:2] == [[], {}]


def test_nothing_of_what_happened_is_in_it(sent):
    from dsn_core.capture.emitting import emit

    Trigger.objects.create(name="T", verb="host.order_paid")
    emit("host.order_paid", words="the-words-of-it")
    (message,) = sent()
    assert Event.objects.count() == 1
    assert "the-words-of-it" not in str(message.body) + str(message.headers)


def test_the_task_fans_out_and_delivers_and_rings_no_more(sent, pager, queue):
    from dsn_core.engines.celery import work

    pager()
    rows = queue(3)
    work.apply()
    assert {row.state for row in fresh(rows)} == {State.SENT}
    assert sent() == []


def test_the_task_rings_again_where_its_time_is_up(sent, pager, queue, monkeypatch):
    from dsn_core.engines import celery as engines

    monkeypatch.setattr(engines, "MOST_SECONDS", 0.0)
    pager()
    rows = queue(3)
    engines.work.apply()
    assert {row.state for row in fresh(rows)} == {State.QUEUED}
    assert len(sent()) == 1


def test_the_task_does_nothing_inside_a_transaction(sent, pager, queue):
    from dsn_core.engines.celery import work

    pager()
    with transaction.atomic():
        rows = queue()
        work.apply()
    assert fresh(rows)[0].state == State.QUEUED


def test_the_task_also_tidies_but_not_each_time(sent, monkeypatch):
    from dsn_core.engines import celery as engines

    done = []
    engines.looker.cache_clear()
    monkeypatch.setattr(engines, "tidy", lambda: done.append(1))
    engines.work.apply()
    engines.work.apply()
    assert done == [1]


def test_where_tasks_run_at_once_a_receiver_that_saves_starts_no_second_loop(
    at_broker, pager, queue, monkeypatch
):
    from dsn_core.engines import celery as engines

    def drained(**options):
        running.append(1)
        most.append(len(running))
        try:
            return drain(**options)
        finally:
            running.pop()

    def save(**_):
        if len(saved) < 5:
            saved.extend(queue())
            ring("default")

    at_broker("memory://", task_always_eager=True)
    running, most, saved = [], [], []
    monkeypatch.setattr(engines, "drain", drained)
    pager()
    delivery_sent.connect(save)
    try:
        save()
    finally:
        delivery_sent.disconnect(save)
    assert {row.state for row in fresh(saved)} == {State.SENT}
    assert set(most) == {1}


def test_a_database_that_is_away_is_one_line_and_no_failed_task(sent, monkeypatch, caplog):
    from dsn_core.engines import celery as engines

    def away(**_):
        raise OperationalError("password=hunter2")

    monkeypatch.setattr(engines, "drain", away)
    assert engines.work.apply().successful()
    assert "The database is away (OperationalError)" in caplog.text
    assert "hunter2" not in caplog.text


def test_beat_is_told_of_the_task_and_needs_neither_celery_nor_settings():
    (entry,) = beat_schedule(5).values()
    assert entry == {"task": TASK, "schedule": 5, "options": {"expires": 5}}


@contextlib.contextmanager
def mute_server():
    """Takes connections and says nothing: a broker behind a firewall that swallows."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_swallows_costs_a_few_savers_little_and_the_others_nothing(
    at_broker, scheme, caplog
):
    with mute_server() as port:
        at_broker(f"{scheme}://127.0.0.1:{port}//")
        times = [seconds_of_a_ring() for _ in range(300)]
    assert max(times) < 2.0
    # The first few find it out; the rest rings for nobody.
    assert quantiles(times[3:], n=100)[-1] < 0.05
    assert caplog.text.count("it is left alone") == 1


def seconds_of_a_ring() -> float:
    began = time.perf_counter()
    with transaction.atomic():
        ring("default")
    return time.perf_counter() - began


def test_a_broker_that_is_down_raises_nothing_and_is_left_alone(at_broker, caplog):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    at_broker(f"amqp://127.0.0.1:{port}//")
    for _ in range(5):
        assert seconds_of_a_ring() < 2.0
    assert "it is left alone" in caplog.text
    assert not doorbell()._breaker.is_closed()


def test_a_broker_whose_url_is_wrong_is_named_without_its_password(at_broker, caplog):
    at_broker("amqp://shop:hunter2/and-more@127.0.0.1//")
    for _ in range(3):
        seconds_of_a_ring()
    assert "The URL of Celery's broker cannot be read" in caplog.text
    assert "hunter2" not in caplog.text


def test_an_engine_that_cannot_be_imported_does_not_keep_a_site_from_starting(settings, caplog):
    settings.DSN = {"ENGINE": "nowhere.Engine"}
    load_engine()
    assert "ModuleNotFoundError" in caplog.text
