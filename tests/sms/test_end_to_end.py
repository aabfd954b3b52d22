"""From a saved object to a telephone and back, through the whole of DSN."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from dsn_core.models import Address, Backend, Delivery, Subscription, Trigger
from tests.sms.texting import ADA, SHOP

pytestmark = pytest.mark.django_db(transaction=True)

BASE = "https://shop.example"
MOUNTED = f"{BASE}/dsn/sms/default/"


@pytest.fixture
def telephone(settings, server):
    """Somebody in Germany who hears of every new group, through `server`."""
    account = {**server.credentials, "from_number": SHOP, "region": "DE"}
    settings.DSN = {
        "ENGINE": "dsn_core.engines.worker.WorkerEngine",
        "BASE_URL": BASE,
        "MESSENGERS": {"sms": {"default": account}},
    }
    made = Trigger.objects.watch("post_save", Group)
    backend = Backend.objects.create(name="Text", messenger="sms")
    Subscription.objects.subscribe(made, backend, addresses=["0151 12345678"])
    return server


def happen(name="Everybody"):
    """A group is made; returns the delivery that this led to."""
    Group.objects.create(name=name)
    call_command("dsn_worker", "--once", verbosity=0)
    return Delivery.objects.latest("pk")


def knock(client, posted):
    """Twilio posts: its form, to the path of its URL, with its headers."""
    url, form, headers = posted
    kind = headers.pop("Content-Type")
    path = urlsplit(url).path
    return client.post(path, urlencode(form), content_type=kind, headers=headers).status_code


def test_a_text_goes_out_and_its_receipt_comes_back(telephone, client):
    row = happen()
    (message,) = telephone.messages

    assert (row.state, row.provider_id, row.address) == ("sent", message.sid, ADA)
    assert message.status_callback == MOUNTED
    for status in ("sent", "delivered", "delivered"):
        assert knock(client, telephone.callback(message.sid, status)) == 204
    row.refresh_from_db()
    assert row.state == "delivered"


def test_a_dead_number_is_found_by_its_receipt(telephone, client):
    row = happen()
    posted = telephone.callback(row.provider_id, "undelivered", error_code=30005)
    assert knock(client, posted) == 204

    row.refresh_from_db()
    assert (row.state, row.code) == ("failed", "30005")
    assert not Address.objects.get(value=ADA).active


def test_who_stops_hears_no_more_until_she_starts(telephone, client):
    happen("one")
    assert knock(client, telephone.inbound(ADA, SHOP, "Stop", MOUNTED)) == 204
    assert happen("two").state == "suppressed"
    assert knock(client, telephone.inbound(ADA, SHOP, "Start", MOUNTED)) == 204
    assert happen("three").state == "sent"

    assert knock(client, telephone.inbound(ADA, SHOP, "Stop", MOUNTED)) == 204
    assert happen("four").state == "suppressed"

    assert len(telephone.messages) == 2


def test_a_stop_that_only_twilio_knew_of_is_learned(telephone):
    telephone.opted_out.add(ADA)
    row = happen()

    assert (row.state, row.code) == ("failed", "21610")
    assert Address.objects.get(value=ADA).kind == "opted_out"


def test_a_forged_receipt_changes_nothing(telephone, client):
    row = happen()
    url, form, headers = telephone.callback(row.provider_id, "failed", error_code=30005)
    form["MessageStatus"] = "delivered"

    assert knock(client, (url, form, headers)) == 403
    row.refresh_from_db()
    assert row.state == "sent"
