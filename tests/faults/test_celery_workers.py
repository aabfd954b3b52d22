"""Workers of Celery's with real brokers: rings that are lost, and a hundred for one thing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

from dsn_core.states import State
from tests.faults.conftest import ROOT, counted, wait_until
from tests.services import lack, take_time

pytestmark = pytest.mark.fault

BROKERS = {
    "rabbitmq": os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//"),
    "redis": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9"),
}
NEVER = 3600


class Celery:
    """A worker with beat, and those that ring for it, on a queue of this test's own."""

    def __init__(self, workers, url: str, *, beat: float) -> None:
        self.workers, self.url = workers, url
        self.name = f"dsn-{uuid.uuid4().hex[:12]}"
        self.environment = workers.environment | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.celery_settings",
            "CELERY_TEST_BROKER": url,
            "CELERY_TEST_QUEUE": self.name,
            "CELERY_TEST_BEAT": str(beat),
        }
        self.folder = workers.log.parent

    def start(self) -> subprocess.Popen[bytes]:
        """Two processes, and beat."""
        command = [
            *(sys.executable, "-m", "celery", "-A", "tests.faults.celery_app", "worker"),
            *("--beat", "--schedule", str(self.folder / "beat")),
            *("--concurrency", "2", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
        process = subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL
        )
        self.workers.processes.append(process)
        return process

    def purge(self) -> None:
        """Lose all messages."""
        with self.queue() as queue:
            queue.purge()

    def delete(self) -> None:
        """Leave nothing behind at a broker that others use too."""
        with self.queue() as queue:
            queue.delete()
        if self.url.startswith("redis"):
            import redis

            server = redis.Redis.from_url(self.url)
            server.delete(self.name, *server.keys(f"_kombu.*.{self.name}"))
            server.close()

    @contextmanager
    def queue(self):
        import kombu

        with kombu.Connection(self.url) as broker:
            yield kombu.Queue(self.name, channel=broker.default_channel)

    def ring(self, count: int = 1) -> None:
        command = [sys.executable, "-m", "tests.faults.ringing", str(count)]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True, timeout=60)


@pytest.fixture(params=list(BROKERS))
def celery(request, workers):
    """Makes a ``Celery`` at each broker that answers."""
    take_time("a worker of Celery's is started")
    if find_spec("celery") is None:
        lack("celery")
    import kombu

    url, made = BROKERS[request.param], []
    try:
        with kombu.Connection(url, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:  # noqa: BLE001  # whatever a broker's client raises
        lack(f"{request.param} ({type(error).__name__})")

    def make(*, beat: float = NEVER) -> Celery:
        made.append(Celery(workers, url, beat=beat))
        return made[-1]

    yield make
    for one in made:
        stop(workers)
        one.delete()


def stop(workers) -> None:
    """As an operator does: workers of Celery's have children, whom a kill would orphan."""
    for process in workers.processes:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def test_a_ring_is_heard_at_once_and_a_hundred_more_send_nothing_twice(celery, rows, workers):
    app = celery()
    app.start()
    app.ring()
    time.sleep(3)
    made = rows(150)
    began = time.monotonic()
    app.ring(100)
    wait_until(lambda: counted(State.SENT) == 150)
    assert time.monotonic() - began < 10
    time.sleep(1)
    assert sorted(workers.sent()) == sorted(str(row.key) for row in made)


def test_where_the_broker_loses_all_messages_the_schedule_finds_what_is_due(celery, rows, workers):
    app = celery(beat=1)
    made = rows(50)
    app.ring(20)
    app.purge()
    app.start()
    wait_until(lambda: counted(State.SENT) == 50)
    assert sorted(workers.sent()) == sorted(str(row.key) for row in made)
