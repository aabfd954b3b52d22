"""``manage.py check``: each id for what it is for, with a hint, and no database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

import dsn_core.checks as dsn_checks
from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Messenger, Problem
from dsn_core.contract.outcome import Accepted
from dsn_core.engines.inline import InlineEngine
from dsn_core.engines.worker import WorkerEngine
from dsn_core.models import Backend, Subscription, Trigger
from dsn_core.plugins.catalog import make_catalog
from dsn_core.plugins.found import Found
from dsn_core.plugins.offers import Offer
from dsn_core.plugins.signals import discover_apps
from tests.host.models import Order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core.contract.message import Envelope

AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
ACTOR = "dsn_core.middleware.ActorMiddleware"


class Account(Fields):
    token: str = option(secret=True)
    port: int = 25


class Pager(Messenger[Account, Fields]):
    key = "pager"
    label = "Pager"
    channel = "push"

    def send(self, envelope: Envelope) -> Accepted:
        return Accepted(provider_id="")

    def check(self) -> Iterable[Problem]:
        if self.account.port == 1:
            yield Problem(message=f"Port 1 with {self.account.token}", hint="Take another.")
        if self.account.port == 2:
            yield Problem(message="Port 2 is slow", serious=False)
        if self.account.port == 3:
            raise RuntimeError(f"cannot log in with {self.account.token}")
        if self.account.port == 4:
            raise RuntimeError(f"GET https://pager.example/?token={quote(self.account.token)}")


def _found(**others: Any) -> Found:
    found = Found(distribution="dsn-pager", version="1.0", module="dsn_pager.plugin", **others)
    found.offers.append(
        Offer(kind="messenger", key="pager", label="Pager", item=Pager,
              distribution="dsn-pager", version="1.0")
    )  # fmt: skip
    return found


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """A plugin that is installed besides nothing."""
    found = _found()
    made = make_catalog([found])
    monkeypatch.setattr(dsn_checks, "catalog", lambda: made)
    return found


def _messages(identity: str = "", **dsn: object) -> list[checks.CheckMessage]:
    with override_settings(DSN=dsn):
        messages = dsn_checks.check_project()
    return [message for message in messages if not identity or message.id == identity]


def _of(port: object = 25, **others: object) -> dict[str, Any]:
    return {"pager": {"default": {"token": "s3cret", "port": port} | others}}


def test_nothing_is_wrong_with_the_suites_own_project():
    worse = [message for message in dsn_checks.check_project() if message.level > checks.INFO]
    assert worse == []


@pytest.mark.parametrize(
    ("dsn", "words"),
    [
        ({"ENGIN": "x"}, 'DSN["ENGIN"] is unknown; known are ENGINE'),
        ({"ENGINE": 3}, 'DSN["ENGINE"] is of type int; it must be a str.'),
        ({"ATOMIC_SAVES": 1}, 'DSN["ATOMIC_SAVES"] is of type int; it must be True or False.'),
        ({"CAPTURE_ERRORS": "no"}, 'DSN["CAPTURE_ERRORS"] is \'no\'; it must be "log" or "raise".'),
        ({"BASE_URL": "shop"}, "DSN[\"BASE_URL\"] is 'shop'; it must begin with https://"),
        ({"REFRESH_SECONDS": 0}, 'DSN["REFRESH_SECONDS"] is 0; it must be a number of seconds'),
        ({"MESSENGERS": []}, 'DSN["MESSENGERS"] is of type list; it must be a dict.'),
        (
            {"MESSENGERS": {"a": {"token": "t"}}},
            (
                'DSN["MESSENGERS"]["a"]["token"] is of type str; it must be a dict. '
                'The accounts\' names come first: {"default": {…}}.'
            ),
        ),
        ({"MESSENGERS": {"a": {"b": {1: 2}}}}, 'a key of DSN["MESSENGERS"]["a"]["b"] is of type'),
        (
            {"DISABLED_PLUGINS": "dsn-sms"},
            'DSN["DISABLED_PLUGINS"] is of type str; it must be a list',
        ),
        ({"ADDRESSES": {"sms": 1}}, 'DSN["ADDRESSES"]["sms"] is of type int'),
    ],
)
def test_settings_that_cannot_be_used_are_an_error_that_begins_with_their_path(
    dsn: dict[str, Any], words: str
):
    [message] = _messages(**dsn)
    assert message.id == "dsn.E001"
    assert message.level == checks.ERROR
    assert str(message.msg).startswith(words)
    assert message.hint


@pytest.mark.django_db
@override_settings(DSN={"MESSANGERS": {}})
def test_the_command_reports_a_misspelt_setting_instead_of_failing_on_it():
    with pytest.raises(SystemCheckError, match=r'dsn\.E001\) DSN\["MESSANGERS"\] is unknown'):
        call_command("check")


@override_settings(DSN=["no", "dict"])
def test_settings_that_are_no_dict_are_an_error():
    [message] = dsn_checks.check_project()
    assert (message.id, message.msg) == ("dsn.E001", "DSN is of type list; it must be a dict.")


def test_an_engine_that_cannot_be_imported_is_an_error():
    [message] = _messages("dsn.E002", ENGINE="no.such.Engine")
    assert "DSN[\"ENGINE\"] is 'no.such.Engine'" in message.msg
    for engine in (InlineEngine, WorkerEngine):
        assert f"{engine.__module__}.{engine.__qualname__}" in str(message.hint)


def test_a_plugins_fault_is_a_warning_with_its_name_and_hint(found: Found):
    found.blame("It is broken.", "Mend it.")
    [message] = _messages("dsn.W001")
    assert message.level == checks.WARNING
    assert (message.msg, message.hint) == ("dsn-pager 1.0: It is broken.", "Mend it.")


def test_an_apps_broken_signals_are_a_warning(monkeypatch: pytest.MonkeyPatch):
    shop = Found(distribution="shop", version="", module="shop.signals")
    shop.blame("Importing shop.signals raised NameError: x")
    made = make_catalog([], [shop])
    monkeypatch.setattr(dsn_checks, "catalog", lambda: made)
    [message] = _messages("dsn.W002")
    assert message.level == checks.WARNING
    assert "shop: Importing shop.signals raised NameError" in message.msg


def test_settings_for_a_messenger_that_is_not_installed_are_a_warning(found: Found):
    [message] = _messages("dsn.W003", MESSENGERS={"pigeon": {"default": {}}})
    assert message.level == checks.WARNING
    assert 'DSN["MESSENGERS"]["pigeon"]' in message.msg
    assert "pager" in str(message.hint)


def test_an_account_that_does_not_fit_is_a_warning_with_its_path_and_without_the_secret(
    found: Found,
):
    [message] = _messages("dsn.W004", MESSENGERS=_of("many", colour="red"))
    path = 'DSN["MESSENGERS"]["pager"]["default"]'
    assert message.level == checks.WARNING
    assert f'{path}["colour"] is unknown' in message.msg
    assert f"{path}[\"port\"] is 'many', which is not a whole number." in message.msg
    assert "s3cret" not in str(message)


def test_a_secret_of_the_wrong_type_is_not_shown(found: Found):
    account = {"default": {"token": ["s3cret"]}}
    [message] = _messages("dsn.W004", MESSENGERS={"pager": account})
    assert '["token"] has a value which is not a text.' in message.msg
    assert "s3cret" not in str(message)


def test_a_rate_that_makes_no_sense_is_a_warning(found: Found):
    [message] = _messages("dsn.W004", MESSENGERS=_of(rate="fast"))
    assert "[\"rate\"] is 'fast'; it must look like" in message.msg


def test_what_a_messenger_finds_wrong_is_a_warning_without_the_secret(found: Found):
    [message] = _messages("dsn.W005", MESSENGERS=_of(port=1))
    assert message.level == checks.WARNING
    assert message.msg == "pager, account 'default': Port 1 with [secret]"
    assert message.hint == "Take another."


def test_what_a_messenger_only_remarks_is_an_info(found: Found):
    [message] = _messages("dsn.I002", MESSENGERS=_of(port=2))
    assert message.level == checks.INFO


def test_a_messengers_check_that_raises_is_a_warning_without_the_secret(found: Found):
    [message] = _messages("dsn.W005", MESSENGERS=_of(port=3))
    assert "raised RuntimeError: cannot log in with [secret]" in message.msg


def test_a_secret_is_hidden_as_a_url_holds_it_too(found: Found):
    [message] = _messages("dsn.W005", MESSENGERS=_of(port=4, token="s3cret&more"))
    assert "?token=[secret]" in message.msg
    assert "s3cret" not in str(message)


def test_an_account_that_needs_settings_and_has_none_is_not_complained_of(found: Found):
    assert _messages("dsn.W004") == []


def test_a_disabled_plugin_that_is_not_installed_is_a_warning(found: Found):
    [message] = _messages("dsn.W006", DISABLED_PLUGINS=["DSN.Pager", "dsn-pigeon"])
    assert "names 'dsn-pigeon'" in message.msg
    assert "dsn-pager" in str(message.hint)


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        ([ACTOR, AUTHENTICATION], True),
        ([AUTHENTICATION, ACTOR], False),
        ([ACTOR], False),
        ([], False),
    ],
)
def test_the_actor_is_asked_for_after_the_login(order: list[str], wrong: bool):
    with override_settings(MIDDLEWARE=order):
        assert bool(_messages("dsn.W007")) is wrong


def test_the_gap_between_save_and_event_is_an_info_until_it_is_closed():
    [message] = dsn_checks.check_deployment()
    assert (message.id, message.level) == ("dsn.I001", checks.INFO)
    assert "ATOMIC_SAVES" in str(message.hint)
    with override_settings(DSN={"ATOMIC_SAVES": True}):
        assert dsn_checks.check_deployment() == []


def test_atomic_requests_close_the_gap_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", True)
    assert dsn_checks.check_deployment() == []


def test_the_gap_is_said_only_where_it_matters():
    assert _messages("dsn.I001") == []
    assert dsn_checks.check_deployment in checks.registry.registry.deployment_checks


def test_settings_that_cannot_be_used_are_said_once():
    with override_settings(DSN={"NONSENSE": 1}):
        assert dsn_checks.check_deployment() == []


def test_both_are_registered_and_the_one_of_rows_only_for_databases():
    registered = checks.registry.registry.registered_checks
    assert {dsn_checks.check_project, dsn_checks.check_rows} <= registered
    assert dsn_checks.check_project.tags == ()
    assert dsn_checks.check_rows.tags == (checks.Tags.database,)


def test_check_asks_no_database():
    # Without the db fixture every query of this test would be refused.
    with override_settings(DSN={"MESSENGERS": {"gone": {}}}):
        assert dsn_checks.check_project()


def test_a_check_of_another_app_says_nothing_of_dsn():
    assert dsn_checks.check_project(app_configs=[apps.get_app_config("host")]) == []


# Rows


def _rows() -> dict[str, str]:
    messages = dsn_checks.check_rows(databases=["default"])
    assert all(message.level == checks.WARNING and message.hint for message in messages)
    return {str(message.id): str(message.msg) for message in messages}


def test_rows_are_looked_at_only_where_a_database_is_named():
    assert dsn_checks.check_rows(databases=None) == []
    assert dsn_checks.check_rows(databases=["other"]) == []


@pytest.mark.django_db
def test_rows_that_fit_are_not_mentioned():
    watched = Trigger.objects.watch("post_save", Order, conditions=[("status", "is", "paid")])
    log = Backend.objects.create(name="Log", messenger="log")
    Subscription.objects.subscribe(watched, log, sources=["dsn.actor"])
    assert _rows() == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"messenger": "pigeon"}, "brings the messenger 'pigeon'"),
        ({"messenger": "log", "account": "ops"}, "Settings name no account 'ops' for log"),
        ({"messenger": "log", "message_template": "shop.gone"}, "template 'shop.gone'"),
        ({"messenger": "log", "options": {"level": "loud"}}, "is 'loud', which is not one of"),
    ],
)
def test_a_backend_whose_plugin_is_gone_is_a_warning_with_its_name(
    fields: dict[str, Any], words: str
):
    Backend.objects.create(name="Bad", **fields)
    rows = _rows()
    assert set(rows) == {"dsn.W021"}
    assert rows["dsn.W021"].startswith("Backend 'Bad': ")
    assert words in rows["dsn.W021"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"verb": "shop.gone"}, "There is no verb 'shop.gone'"),
        ({"verb": "post_save", "action_object_model": "shop.gone"}, "no model 'shop.gone'"),
    ],
)
def test_a_trigger_whose_verb_or_model_is_gone_is_a_warning_with_its_name(
    fields: dict[str, str], words: str
):
    Trigger.objects.create(name="Old", **fields)
    assert _rows()["dsn.W022"].startswith("Trigger 'Old': ")
    assert words in _rows()["dsn.W022"]


@pytest.mark.django_db
def test_a_condition_on_a_field_that_is_gone_is_a_warning():
    trigger = Trigger.objects.watch("post_save", Order, name="Old")
    trigger.conditions.create(field="colour", operator="changed")
    assert "no field 'colour'" in _rows()["dsn.W022"]


@pytest.mark.django_db
def test_a_subscription_whose_source_is_gone_is_a_warning():
    trigger = Trigger.objects.watch("post_save", Order)
    Subscription.objects.create(name="Ada", trigger=trigger, recipient_sources=["shop.gone"])
    assert _rows()["dsn.W023"].startswith("Subscription 'Ada': No installed plugin brings")


def test_an_app_without_faults_is_not_mentioned():
    assert [app.distribution for app in discover_apps() if app.faults] == []
