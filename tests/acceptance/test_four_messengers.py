"""Telegram, SMS, X and the inbox in an empty project: by wheel alone, then with an account."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from dsn_sms.testing import TwilioServer
from dsn_telegram.testing import TelegramServer
from dsn_twitter.testing import XServer
from tests.acceptance.environments import Environment, Project
from tests.services import take_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Wheels

pytestmark = pytest.mark.slow

PACKAGES = ("dsn-telegram", "dsn-sms", "dsn-twitter", "dsn-inbox")
CARDS = ("telegram", "sms", "x_post", "x_dm", "inbox")
SDKS = ("telegram", "httpx", "twilio", "phonenumbers", "tweepy", "requests", "nh3")
SETTINGS = """
INSTALLED_APPS += ["dsn_core"]
ALLOWED_HOSTS = ["testserver"]
"""
WITH_ACCOUNTS = """
import json

DSN = {{"MESSENGERS": json.loads({accounts!r})}}
INSTALLED_APPS += ["dsn_inbox"]
"""
OPEN = """
from django.contrib.auth.models import User
from django.test import Client

everything = {{"is_staff": True, "is_superuser": True}}
root, _made = User.objects.get_or_create(username="root", defaults=everything)
client = Client()
client.force_login(root)
answer = client.get({path!r}).content.decode()
"""
START = """
import sys
from django.core.management import call_command
from django.test import Client
from dsn_core.plugins.catalog import catalog

call_command("check")
assert catalog().messenger("telegram").label
answer = [name for name in {names!r} if name in sys.modules]
"""
SEND = """
import io
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command


def send(messenger, address):
    said = io.StringIO()
    address = str(User.objects.get().pk) if messenger == "inbox" else address
    try:
        call_command("dsn_send", messenger, address, {text!r}, stdout=said)
    except CommandError as error:
        said.write(f"REFUSED {{error}}")
    return said.getvalue()


answer = {{messenger: send(messenger, address) for messenger, address in {ways!r}.items()}}
"""
WAYS = {
    "telegram": "4711",
    "sms": "+4915228817386",
    "x_post": "-",
    "x_dm": "4711",
    "inbox": "(the user)",
}


class Shop:
    """The project, and the services that its accounts name."""

    def __init__(self, folder: Path, wheels: Wheels, stack: ExitStack) -> None:
        wheels.begin("dsn-core", *PACKAGES)
        environment = Environment.make(folder / "environment")
        environment.install(str(wheels["dsn-core"]))
        self.project = Project.start(folder / "project", environment.python, settings=SETTINGS)
        self.project.manage("migrate", "--verbosity=0")
        self.before = self.open("backend/add/")
        environment.install(*(str(wheels[name]) for name in PACKAGES))
        self.telegram = stack.enter_context(TelegramServer())
        self.sms = stack.enter_context(TwilioServer())
        self.x = stack.enter_context(XServer())

    def accounts(self) -> dict[str, dict[str, Any]]:
        sender = {"from_number": "+15005550006"}
        return {
            "telegram": {"default": self.telegram.account},
            "sms": {"default": {**self.sms.credentials, **sender}},
            "x_post": {"default": self.x.account},
            "x_dm": {"default": self.x.account},
        }

    def configure(self, accounts: dict[str, dict[str, Any]]) -> None:
        text = SETTINGS + WITH_ACCOUNTS.format(accounts=json.dumps(accounts))
        settings = self.project.home / "empty" / "settings.py"
        whole = settings.read_text(encoding="utf-8")
        settings.write_text(whole.partition(SETTINGS)[0] + text, encoding="utf-8")

    def open(self, path: str) -> str:
        return str(self.project.ask(OPEN.format(path=f"/admin/dsn/{path}")))

    def send(self, text: str) -> dict[str, str]:
        """What ``dsn_send`` says of each messenger."""
        said: dict[str, str] = self.project.ask(SEND.format(text=text, ways=WAYS))
        return said


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, wheels: Wheels) -> Iterator[Shop]:
    take_time("installs five wheels and all their SDKs")
    with ExitStack() as stack:
        yield Shop(tmp_path_factory.mktemp("four"), wheels, stack)


@pytest.fixture(scope="module")
def bare(shop: Shop) -> dict[str, Any]:
    """With no line of settings."""
    return {
        "chooser": shop.open("backend/add/"),
        "check": shop.project.manage("dsn_plugins"),
        "loaded": shop.project.ask(START.format(names=SDKS)),
    }


@pytest.fixture(scope="module")
def right(shop: Shop, bare: dict[str, Any]) -> dict[str, str]:
    """With accounts that the services know: what ``dsn_send`` says."""
    shop.configure(shop.accounts())
    shop.project.manage("migrate", "--verbosity=0")
    return shop.send("Hello")


@pytest.fixture(scope="module")
def wrong(shop: Shop, right: dict[str, str]) -> dict[str, str]:
    """With secrets that the services do not know, and what the admin says then."""
    accounts = shop.accounts()
    accounts["telegram"]["default"] = {
        **accounts["telegram"]["default"],
        "token": "987654321:AAWrongWrongWrongWrongWrongWrongWro",
    }
    accounts["sms"]["default"]["auth_token"] = "wrong-wrong-wrong-wrong-wrong-32"
    for key in ("x_post", "x_dm"):
        accounts[key] = {"default": {**accounts[key]["default"], "consumer_secret": "wrong-one"}}
    shop.configure(accounts)
    return {**shop.send("Hello again"), "admin": shop.open("accountstate/")}


@pytest.mark.parametrize("key", CARDS)
def test_an_installed_wheel_is_a_card_in_the_chooser(shop, bare, key):
    card = f'href="?messenger={key}"'
    assert card not in shop.before
    assert card in bare["chooser"]


def test_the_inbox_says_what_its_app_needs(bare):
    assert 'INSTALLED_APPS += ["dsn_inbox"]' in bare["check"]


def test_no_sdk_is_imported_at_the_start(bare):
    assert bare["loaded"] == []


def test_what_dsn_send_sends_arrives_at_the_service(shop, right):
    assert [sent.text for sent in shop.telegram.messages] == ["Hello"]
    assert [sent.body for sent in shop.sms.messages] == ["Hello"]
    assert [post.text for post in shop.x.posts] == ["Hello"]
    assert [message.text for message in shop.x.direct_messages] == ["Hello"]
    assert not [said for said in right.values() if "REFUSED" in said]


def test_what_dsn_send_sends_to_the_inbox_is_in_it(shop, right):
    look = "from dsn_inbox.models import InboxMessage\nanswer = InboxMessage.objects.first().text"
    assert shop.project.ask(look).startswith("Hello")


@pytest.mark.parametrize("key", ["telegram", "sms", "x_post", "x_dm"])
def test_a_wrong_secret_holds_the_account_and_the_way_out_is_named(wrong, key):
    assert f'The account \'default\' is held. Mend DSN["MESSENGERS"]["{key}"]' in wrong[key]


def test_the_admin_says_of_each_account_why_it_is_held(wrong):
    assert wrong["admin"].count("does not") + wrong["admin"].count("not accept") >= 4
