"""Workers as processes of their own, and what they sent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.utils import timezone

from dsn_core.models import Backend, Delivery, Event
from dsn_core.states import EventState, State
from tests.faults import dying
from tests.faults.settings import LEASE_SECONDS

ROOT = Path(__file__).resolve().parents[2]


class Workers:
    """Starts workers, and reads the log of the messenger that they share."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "sent.log"
        self.processes: list[subprocess.Popen[bytes]] = []
        path = folder / "site"
        path.mkdir()
        dying.install(path)
        self.environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(path), str(ROOT)]),
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DYING_LOG": str(self.log),
        }

    def start(self, *arguments: str, **how: object) -> subprocess.Popen[bytes]:
        """A worker; ``before=3``, ``after=3`` and ``takes=0.01`` say how it dies."""
        variables = {f"DYING_{name.upper()}": str(value) for name, value in how.items()}
        command = [sys.executable, "-m", "django", "dsn_worker", *arguments]
        process = subprocess.Popen(
            command, env=self.environment | variables, cwd=ROOT, stdout=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process

    def run_once(self, **how: object) -> int:
        """Run a worker to its end; its exit status."""
        return self.start("--once", **how).wait(timeout=60)

    def sent(self) -> list[str]:
        """The key of each send, in order."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.split()[0] for line in lines]

    def repeated(self) -> dict[str, int]:
        """Each key that was sent more than once, and how often."""
        return {key: count for key, count in Counter(self.sent()).items() if count > 1}

    def sent_doubted(self) -> set[str]:
        """The keys whose messenger was told that it may have arrived."""
        lines = [line.split() for line in self.log.read_text().splitlines()]
        return {key for key, _pid, doubted, _at in lines if doubted == "1"}

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture
def workers(tmp_path):
    """Worker processes on this test's database."""
    made = Workers(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def rows(transactional_db):
    """Makes queued deliveries for the messenger that dies."""

    def make(count: int) -> list[Delivery]:
        backend = Backend.objects.create(name="Dying", messenger="dying")
        event = Event.objects.create(verb="post_save", state=EventState.DONE)
        return Delivery.objects.bulk_create(
            Delivery(
                event=event,
                backend=backend,
                messenger="dying",
                account="default",
                address=f"a{number}",
                recipient_key=f"bare:{number}",
            )
            for number in range(count)
        )

    return make


def counted(state: State) -> int:
    """How many deliveries are in this state."""
    return Delivery.objects.filter(state=state).count()


def let_leases_end() -> None:
    """Wait until what a dead worker had claimed is free."""
    time.sleep(LEASE_SECONDS + 0.2)
    assert not Delivery.objects.filter(state=State.SENDING, lease_until__gt=timezone.now()).exists()


def wait_until(holds, *, seconds: float = 20) -> None:
    """Wait until ``holds()`` is true."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)
