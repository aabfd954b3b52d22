"""A plugin that a stranger wrote against this contract works, and goes on working.

`tests/strangers/` holds it as it was on its first day. Where a test here fails, core has broken
its promise.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.plugins.installing import Project
from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

STRANGER = ROOT / "tests" / "strangers" / "dsn-beacon"
SETTINGS = """
DSN = {"BASE_URL": "https://watch.example"}
"""
URLS = """
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("dsn/", include("dsn_core.urls"))]
"""
ALARM = """
import hmac
import io
import json

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client, override_settings

from dsn_beacon.alarms import alarm_raised
from dsn_beacon.testing import BeaconServer
from dsn_core.models import Address, Backend, Delivery, Link, Subscription, Trigger


def printed(*command):
    output = io.StringIO()
    call_command(*command, stdout=output)
    return output.getvalue()


def set_up():
    '''Whoever keeps watch in the south hears of an alarm.'''
    south = Group.objects.create(name="south")
    for name in ("amon", "lost", "tom"):
        User.objects.create(username=name).groups.add(south)
    User.objects.create(username="elsewhere")
    backend = Backend.objects.create(
        name="Beacons",
        messenger="beacon",
        message_template="beacon.alarm",
        options={"color": "red", "hours": 2, "fuel": "oil"},  # as version 1.1 has stored them
    )
    backend.full_clean()
    trigger = Trigger.objects.watch("beacon.alarm_raised")
    Subscription.objects.subscribe(trigger, backend, sources=["beacon.watchkeepers"])


def raise_alarm(level):
    alarm_raised.send(sender=None, station="south", level=level)
    rows = Delivery.objects.order_by("address").values("address", "state", "code", "reason")
    found = {row.pop("address"): row for row in rows}
    Delivery.objects.all().delete()
    return found


def report(*news, key="k3y"):
    '''What the service's webhook is answered.'''
    body = json.dumps([{"at": "2031-02-03T04:05:06+00:00", **each} for each in news]).encode()
    url = "/dsn/beacon/default/"
    signed = f"https://watch.example{url}".encode() + body
    signature = hmac.new(key.encode(), signed, "sha256").hexdigest()
    kind, headers = "application/json", {"X-Beacon-Signature": signature}
    status = Client().post(url, body, content_type=kind, headers=headers).status_code
    call_command("dsn_worker", "--once")  # what there was no time for while the service waited
    return status


def chooser():
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client.get("/admin/dsn/backend/add/").content.decode()


def happen(server):
    said = {"plugins": json.loads(printed("dsn_plugins", "--json")), "chooser": chooser()}
    set_up()
    said |= {"drill": raise_alarm(1), "can wait": raise_alarm(2)}
    said["before"] = len(server.calls)
    alarm_raised.send(sender=None, station="south", level=3)
    ids = dict(Delivery.objects.values_list("address", "provider_id"))
    said["forged"] = report({"what": "seen", "number": "1", "id": ids["amon"]}, key="other")
    said["reported"] = report(
        {"what": "seen", "number": "2", "id": ids["amon"]},
        {"what": "drowned", "number": "3", "id": ids["tom"]},
        {"what": "tired", "number": "4", "hill": "great hill"},
    )
    said["off"] = dict(Address.objects.filter(active=False).values_list("value", "kind"))
    token = Link.objects.issue(User.objects.get(username="elsewhere"), "beacon")
    report(
        {"what": "rested", "number": "5", "hill": "great hill", "at": "2031-02-03T05:00:00+00:00"},
        {"what": "joined", "number": "6", "hill": "far hill", "token": token},
        {"what": "moved", "number": "7", "hill": "far hill", "to": "farther hill"},
    )
    held = Address.objects.filter(user__username="elsewhere", active=True)
    said["linked"] = list(held.values_list("value", flat=True))
    said["still off"] = list(Address.objects.filter(active=False).values_list("value", flat=True))
    said["beacons"] = server.beacons
    said["deliveries"] = dict(Delivery.objects.values_list("address", "state"))
    return said


call_command("migrate", verbosity=0)
with BeaconServer() as server:
    account = {"token": server.token, "signing_key": "k3y", "api_url": server.url}
    messengers = {"beacon": {"default": account}}
    with override_settings(DSN={"BASE_URL": "https://watch.example", "MESSENGERS": messengers}):
        print(json.dumps(happen(server)))
"""


def _wheel(folder: Path) -> Path:
    """The stranger's wheel, as her own build makes it."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    built = subprocess.run([*build, str(STRANGER)], capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def _install(wheel: Path, site: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    here = ["--no-index", "--no-deps", "--no-compile", "--target", str(site), str(wheel)]
    ran = subprocess.run([*pip, *here], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What came of it, in a project of its own into which pip has installed her wheel."""
    home = tmp_path_factory.mktemp("watch")
    project = Project.make(home, settings=SETTINGS)
    (home / "project_urls.py").write_text(URLS, encoding="utf-8")
    _install(_wheel(tmp_path_factory.mktemp("wheel")), project.site)
    return json.loads(project.script(ALARM).splitlines()[-1])


def test_it_is_found_by_its_name_and_nothing_is_wrong_with_it(said):
    (plugin,) = [p for p in said["plugins"]["plugins"] if p["distribution"] == "dsn-beacon"]
    assert (plugin["version"], plugin["module"]) == ("1.3", "dsn_beacon.plugin")
    assert plugin["faults"] == []
    assert {(brought["kind"], brought["key"]) for brought in plugin["brings"]} == {
        ("messenger", "beacon"),
        ("message_template", "beacon.alarm"),
        ("verb", "beacon.alarm_raised"),
        ("recipient_source", "beacon.watchkeepers"),
        ("gate", "beacon.only_alarms"),
    }


def test_its_account_is_usable(said):
    beacon = said["plugins"]["messengers"]["beacon"]
    assert beacon["accounts"]["default"] == {"usable": True, "held": None, "problems": []}


def test_it_is_a_card_in_the_chooser(said):
    assert 'href="?messenger=beacon"' in said["chooser"]
    assert "Lights a beacon on a hill." in said["chooser"]
    assert "dsn-beacon 1.3" in said["chooser"]


def test_its_gate_is_heard(said):
    assert {row["reason"] for row in said["drill"].values()} == {"beacon.only_alarms: Only a drill"}
    assert {row["state"] for row in said["can wait"].values()} == {"queued"}
    assert said["before"] == 0


def test_its_source_says_who_hears_of_it(said):
    hills = [beacon["hill"] for beacon in said["beacons"]]
    assert sorted(hills) == ["amon", "great hill", "lost", "tom"]


def test_its_words_arrive_at_its_service(said):
    (beacon,) = [beacon for beacon in said["beacons"] if beacon["hill"] == "amon"]
    assert beacon["title"] == "Alarm at south"
    assert beacon["text"] == "amon: south calls!!!"
    assert beacon["buttons"] == [{"text": "The station", "href": "https://stations.example/south/"}]
    assert beacon["report_to"] == "https://watch.example/dsn/beacon/default/"
    assert beacon["again"] is False


def test_options_that_an_older_version_stored_are_upgraded(said):
    (kinds,) = {(one["colour"], one["minutes"], one["fuel"]) for one in said["beacons"]}
    assert kinds == ("red", 120, "oil")


def test_its_webhook_is_applied_and_a_forged_one_is_not(said):
    assert said["forged"] == 403
    assert said["reported"] == 204
    assert said["deliveries"] == {
        "amon": "delivered",
        "great hill": "sent",
        "lost": "failed",
        "tom": "failed",
    }
    assert said["off"] == {"great hill": "opted_out", "lost": "dead"}


def test_what_it_reports_of_addresses_is_kept(said):
    assert said["linked"] == ["farther hill"]
    assert said["still off"] == ["lost"]
