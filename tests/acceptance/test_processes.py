"""An edit in one process counts in another that is already serving; one that is undone, nowhere."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from dsn_core.models import Backend, Delivery, Event, Subscription, Trigger
from tests.host.models import Order
from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)

A_SECOND = 1.0
PATIENCE = 20.0
"""Seconds that a server may take to start."""


class Site:
    """Django's own server, in a process of its own, on the database of the running test."""

    def __init__(self, log: Path) -> None:
        with closing(socket.socket()) as door:
            door.bind(("127.0.0.1", 0))
            self.place = f"127.0.0.1:{door.getsockname()[1]}"
        command = ["-m", "django", "runserver", "--noreload", "--nothreading", self.place]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.acceptance.serving_settings",
            "PYTHONPATH": str(ROOT),
        }
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def post(self, page: str) -> str:
        request = Request(f"http://{self.place}/{page}/", data=b"", method="POST")
        with urlopen(request, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def wait(self) -> None:
        """Until it answers. Its first page also loads the index."""
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                self.post("save")
            except URLError:
                assert time.monotonic() < ends, "the server does not start"
                assert self.process.poll() is None, "the server has ended"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def running(
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site") / "log.txt")
    try:
        site.wait()
        yield site
    finally:
        site.stop()


@pytest.fixture
def site(running: Site) -> Site:
    """The running site, which has served a page since the last test's rows are gone."""
    time.sleep(A_SECOND)
    running.post("save")
    assert not Event.objects.exists()
    return running


def _watch_here() -> Trigger:
    trigger = Trigger.objects.watch("post_save", Order, name="made here")
    log = Backend.objects.create(name="Log", messenger="log")
    Subscription.objects.subscribe(trigger, log, addresses=["ops"])
    return trigger


def test_a_trigger_made_here_fires_there_within_a_second(site):
    trigger = _watch_here()
    time.sleep(A_SECOND)
    order = site.post("save")
    event = Event.objects.get()
    assert event.trigger_ids == [trigger.pk]
    assert event.payload["action_object"]["pk"] == int(order)
    delivery = Delivery.objects.get()
    assert delivery.state == "delivered", delivery.reason


def test_a_trigger_disabled_here_is_silent_there_within_a_second(site):
    trigger = _watch_here()
    time.sleep(A_SECOND)
    site.post("save")
    trigger.enabled = False
    trigger.save()
    time.sleep(A_SECOND)
    site.post("save")
    assert Event.objects.count() == 1


def test_an_edit_rolled_back_there_fires_nowhere(site):
    site.post("edit-in-vain")
    site.post("save")
    Order.objects.create()
    time.sleep(A_SECOND)
    site.post("save")
    Order.objects.create()
    assert not Trigger.objects.exists()
    assert not Event.objects.exists()


def test_an_edit_rolled_back_there_leaves_no_wrong_index_behind_the_next_edit(site):
    in_vain = int(site.post("edit-in-vain"))
    kept = int(site.post("edit"))
    site.post("save")
    assert [event.trigger_ids for event in Event.objects.all()] == [[kept]]
    Trigger.objects.get().delete()
    site.post("edit-in-vain")
    time.sleep(A_SECOND)
    site.post("save")
    assert Event.objects.count() == 1, in_vain
