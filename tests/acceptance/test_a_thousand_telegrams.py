"""Two workers, one bot, and a server that is as strict as Telegram and forgives nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from dsn_core.models import Backend, Delivery, Event
from dsn_core.states import EventState, State
from dsn_telegram.testing import TelegramServer
from tests.repo.tree import ROOT
from tests.services import need_the_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.fault, pytest.mark.django_db(transaction=True)]

COUNT = 1_000
GROUP = "-1002000000001"
IN_THE_GROUP = max(2, COUNT // 160)
TWICE = COUNT // 50
"""So many people get two messages: no more than one a second."""
PATIENCE = 180.0


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    need_the_machine("sends a thousand messages at Telegram's pace")
    with TelegramServer(limits=True) as server:
        yield server


@pytest.fixture
def queued() -> list[Delivery]:
    """Messages for as many people, some of whom get two, and a few for one group."""
    backend = Backend.objects.create(name="Telegram", messenger="telegram")
    people = [str(10_000 + number) for number in range(COUNT - IN_THE_GROUP - TWICE)]
    addresses = [*people, *people[:TWICE], *[GROUP] * IN_THE_GROUP]
    return Delivery.objects.bulk_create(
        Delivery(
            event=Event.objects.create(
                verb="post_save",
                state=EventState.DONE,
                payload={"values": {}, "action_object": {"text": f"message {number}"}},
            ),
            backend=backend,
            messenger="telegram",
            account="default",
            address=address,
            recipient_key=f"bare:{number}",
        )
        for number, address in enumerate(addresses)
    )


def worker(server: TelegramServer) -> subprocess.Popen[bytes]:
    accounts = json.dumps({"telegram": {"default": server.account}})
    return subprocess.Popen(
        [sys.executable, "-m", "django", "dsn_worker"],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.acceptance.telegram_settings",
            "PYTHONPATH": str(ROOT),
            "TELEGRAM_ACCOUNTS": accounts,
        },
        stdout=subprocess.DEVNULL,
    )


def test_two_workers_keep_telegrams_limits_together(server, queued):
    started = time.monotonic()
    workers = [worker(server), worker(server)]
    try:
        while Delivery.objects.exclude(state=State.SENT).exists():
            assert time.monotonic() - started < PATIENCE
            assert all(one.poll() is None for one in workers)
            time.sleep(0.2)
    finally:
        for one in workers:
            one.terminate()
        for one in workers:
            one.wait(30)
    took = time.monotonic() - started
    assert len(server.messages) == COUNT
    ids = Delivery.objects.values_list("provider_id", flat=True)
    assert sorted(ids) == sorted(f"{one.chat_id}:{one.message_id}" for one in server.messages)
    windows = [[at for at in server.too_many if 0 <= at - first < 10] for first in server.too_many]
    assert max(map(len, windows), default=0) <= 1, [at - started for at in server.too_many]
    # Not slower than it has to be either.
    assert took < COUNT / 30 * 1.6 + 15
