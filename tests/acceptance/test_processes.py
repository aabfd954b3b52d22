"""An edit in one process counts in another that is already serving; one that is undone, nowhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from dsn_core.models import Backend, Delivery, Event, Subscription, Trigger
from tests.acceptance.sites import Site
from tests.host.models import Order
from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)

A_SECOND = 1.0


@pytest.fixture(scope="module")
def running(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("site") / "log.txt"
    with Site(settings="tests.acceptance.serving_settings", path=str(ROOT), log=log) as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    """The running site, which has served a page since the last test's rows are gone."""
    time.sleep(A_SECOND)
    running.post("/save/")
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
    order = site.post("/save/")
    event = Event.objects.get()
    assert event.trigger_ids == [trigger.pk]
    assert event.payload["action_object"]["pk"] == int(order)
    delivery = Delivery.objects.get()
    assert delivery.state == "delivered", delivery.reason


def test_a_trigger_disabled_here_is_silent_there_within_a_second(site):
    trigger = _watch_here()
    time.sleep(A_SECOND)
    site.post("/save/")
    trigger.enabled = False
    trigger.save()
    time.sleep(A_SECOND)
    site.post("/save/")
    assert Event.objects.count() == 1


def test_an_edit_rolled_back_there_fires_nowhere(site):
    site.post("/edit-in-vain/")
    site.post("/save/")
    Order.objects.create()
    time.sleep(A_SECOND)
    site.post("/save/")
    Order.objects.create()
    assert not Trigger.objects.exists()
    assert not Event.objects.exists()


def test_an_edit_rolled_back_there_leaves_no_wrong_index_behind_the_next_edit(site):
    in_vain = int(site.post("/edit-in-vain/"))
    kept = int(site.post("/edit/"))
    site.post("/save/")
    assert [event.trigger_ids for event in Event.objects.all()] == [[kept]]
    Trigger.objects.get().delete()
    site.post("/edit-in-vain/")
    time.sleep(A_SECOND)
    site.post("/save/")
    assert Event.objects.count() == 1, in_vain
