"""An empty project, and the e-mail plugin that comes, goes and comes back.

One environment goes through all of it. Each fixture is a step that builds upon the one before.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dsn_email.testing import SMTPServer
from tests.acceptance.environments import Environment, Project
from tests.services import take_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Wheels

pytestmark = pytest.mark.slow

SETTINGS = """
INSTALLED_APPS += ["dsn_core"]
DSN = {{
    # Nothing is sent before `dsn_worker --once` is run.
    "ENGINE": "dsn_core.engines.worker.WorkerEngine",
    "MESSENGERS": {{"email": {{"default": {{
        "options": {options}, "from_email": "shop@example.org",
    }}}}}},
}}
ALLOWED_HOSTS = ["testserver"]
"""
SET_UP = """
from django.contrib.auth.models import Group
from dsn_core.models import Backend, Subscription, Trigger

made = Trigger.objects.watch("post_save", Group, conditions=[("created", "is", True)])
mail = Backend.objects.create(name="Mail", messenger="email")
Subscription.objects.subscribe(made, mail, addresses=["ops@example.org"])
answer = mail.pk
"""
HAPPEN = """
from django.contrib.auth.models import Group

Group.objects.create(name={name!r})
"""
PLAN = """
from dsn_core.fanout import fan_out_next

while fan_out_next():
    pass
"""
LOOK = """
from dsn_core.models import Delivery, Event

answer = {
    e.payload["action_object"]["fields"]["name"]: {"state": e.state, "reason": e.reason}
    for e in Event.objects.filter(state="pending")
} | {
    d.event.payload["action_object"]["fields"]["name"]: {
        "state": d.state, "code": d.code, "attempts": d.attempts, "key": str(d.key),
    }
    for d in Delivery.objects.select_related("event")
}
"""
OPEN = """
from django.contrib.auth.models import User
from django.test import Client

everything = {{"is_staff": True, "is_superuser": True}}
root, _made = User.objects.get_or_create(username="root", defaults=everything)
client = Client()
client.force_login(root)
page = client.get({path!r})
answer = {{"status": page.status_code, "html": page.content.decode()}}
"""
WORK = """
from django.core.management import call_command
from django.utils import timezone
from dsn_core.models import Delivery

# The time until a retry has passed; what is held, and events, must be seen to by the worker.
Delivery.objects.filter(state="queued").update(next_at=timezone.now())
call_command("dsn_worker", "--once")
"""


class Shop:
    """The project, its environment, the wheels and the mail server that it sends to."""

    def __init__(self, folder: Path, wheels: Wheels, server: SMTPServer) -> None:
        self.environment = Environment.make(folder / "environment")
        self.wheels = wheels
        wheels.begin("dsn-core", "dsn-email")
        self.server = server
        self.install("dsn-core")
        self.project = Project.start(
            folder / "project",
            self.environment.python,
            settings=SETTINGS.format(options=server.options),
        )
        self.project.manage("migrate", "--verbosity=0")
        self.mail_pk = 0

    def install(self, name: str) -> None:
        self.environment.install(str(self.wheels[name]))

    def messengers(self) -> dict[str, Any]:
        report = json.loads(self.project.manage("dsn_plugins", "--json"))
        found: dict[str, Any] = report["messengers"]
        return found

    def open(self, path: str) -> dict[str, Any]:
        page: dict[str, Any] = self.project.ask(OPEN.format(path=f"/admin/dsn/{path}"))
        return page

    def happen(self, name: str, then: str = "") -> dict[str, Any]:
        """Something happens that is to be told; then this is done."""
        found: dict[str, Any] = self.project.ask(HAPPEN.format(name=name) + then + LOOK)
        return found

    def work(self) -> dict[str, Any]:
        """Let a worker do what is due; then how all stands, by what it is about."""
        found: dict[str, Any] = self.project.ask(WORK + LOOK)
        return found

    def mail_ids(self) -> list[str]:
        return [mail.message["Message-ID"].strip("<>").partition("@")[0] for mail in self.mail]

    @property
    def mail(self) -> list[Any]:
        return list(self.server.mail)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, wheels: Wheels) -> Iterator[Shop]:
    take_time("installs wheels by pip, again and again")
    with SMTPServer() as server:
        yield Shop(tmp_path_factory.mktemp("shop"), wheels, server)


@pytest.fixture(scope="module")
def alone(shop: Shop) -> dict[str, Any]:
    """Core alone."""
    return {"messengers": shop.messengers(), "chooser": shop.open("backend/add/")}


@pytest.fixture(scope="module")
def installed(shop: Shop, alone: dict[str, Any]) -> dict[str, Any]:
    """The e-mail plugin is installed. One message is sent, one is put off, one is only planned."""
    shop.install("dsn-email")
    found = {"messengers": shop.messengers(), "chooser": shop.open("backend/add/")}
    shop.mail_pk = shop.project.ask(SET_UP)
    shop.happen("Taken", WORK)
    shop.server.answer("RCPT", "451 4.7.1 Come back later", times=1)
    deliveries = shop.happen("Put off", WORK)
    shop.happen("Planned", PLAN)
    return {**found, "deliveries": deliveries}


@pytest.fixture(scope="module")
def uninstalled(shop: Shop, installed: dict[str, Any]) -> dict[str, Any]:
    """It is gone, while two messages wait and one more is to be sent."""
    shop.environment.uninstall("dsn-email")
    shop.happen("Meanwhile", WORK)
    return {
        "deliveries": shop.work(),  # looking twice counts no attempt either
        "messengers": shop.messengers(),
        "backend": shop.open(f"backend/{shop.mail_pk}/change/"),
        "mail": len(shop.mail),
    }


@pytest.fixture(scope="module")
def back(shop: Shop, uninstalled: dict[str, Any]) -> dict[str, Any]:
    """It is installed again."""
    shop.install("dsn-email")
    return {"deliveries": shop.work(), "backend": shop.open(f"backend/{shop.mail_pk}/change/")}


def test_core_alone_lists_the_console_and_no_email(alone):
    assert "console" in alone["messengers"]
    assert "email" not in alone["messengers"]
    assert alone["chooser"]["status"] == 200
    assert "dsn-email" not in alone["chooser"]["html"]


def test_an_installed_plugin_is_listed_and_its_account_is_usable(installed):
    email = installed["messengers"]["email"]
    assert email["distribution"] == "dsn-email"
    assert email["configured"] is True


def test_an_installed_plugin_is_a_card_in_the_chooser(installed):
    html = installed["chooser"]["html"]
    assert 'href="?messenger=email"' in html
    assert "dsn-email 0." in html


def test_an_installed_plugin_sends_without_another_line_of_settings(shop, installed):
    assert installed["deliveries"]["Taken"]["state"] == "sent"
    assert installed["deliveries"]["Put off"]["state"] == "queued"
    assert installed["deliveries"]["Put off"]["attempts"] == 1


def test_the_backend_of_an_uninstalled_plugin_opens_and_says_so(uninstalled):
    assert "email" not in uninstalled["messengers"]
    assert uninstalled["backend"]["status"] == 200
    assert "is not installed" in uninstalled["backend"]["html"]


def test_what_waits_for_an_uninstalled_plugin_is_held_and_no_attempt_counted(uninstalled):
    for name, attempts in {"Put off": 1, "Planned": 0}.items():
        delivery = uninstalled["deliveries"][name]
        assert (delivery["state"], delivery["code"]) == ("held", "plugin")
        assert delivery["attempts"] == attempts
    assert uninstalled["deliveries"]["Taken"]["state"] == "sent"
    assert uninstalled["mail"] == 1


def test_what_happens_meanwhile_waits_and_names_what_is_missing(uninstalled):
    event = uninstalled["deliveries"]["Meanwhile"]
    assert event == {"state": "pending", "reason": "messenger 'email' is not installed"}


def test_all_that_waited_is_sent_once_when_the_plugin_is_back(shop, back):
    assert {delivery["state"] for delivery in back["deliveries"].values()} == {"sent"}
    keys = [delivery["key"] for delivery in back["deliveries"].values()]
    assert sorted(shop.mail_ids()) == sorted(keys)
    assert len(keys) == 4


def test_the_backend_page_says_nothing_any_more_when_the_plugin_is_back(back):
    assert back["backend"]["status"] == 200
    assert "is not installed" not in back["backend"]["html"]
