"""``manage.py dsn_plugins``: what is installed, for people and for programs."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import override_settings

from dsn_core.models import AccountState
from dsn_core.records.holding import hold_account, release_account
from tests.core.plugins.installing import Distribution, Project, messengers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

ACCOUNT = """
class Account(Fields):
    token: str = option(secret=True)
"""
PAGER = messengers(
    "class Pager(Working, Messenger[Account, Fields]):\n    key = 'pager'\n"
    "    def check(self):\n"
    "        if self.account.token == 'sl0w':\n"
    "            yield Problem(message='It is slow', serious=False)\n"
    "    def probe(self):\n"
    "        if self.account.token == 'spent':\n"
    "            raise OSError('no answer to spent')\n"
    "        return ()\n",
    before=ACCOUNT,
)


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("dsn_plugins", *arguments, stdout=out)
    return out.getvalue()


def _report() -> Any:
    return json.loads(_run("--json"))


def test_a_plugin_is_shown_with_all_that_it_brings():
    core = next(plugin for plugin in _report()["plugins"] if plugin["distribution"] == "dsn-core")
    assert set(core) == {"distribution", "version", "module", "disabled", "brings", "faults"}
    assert core["module"] == "dsn_core.builtin.plugin"
    assert {"kind": "messenger", "key": "console", "label": "Console"} in core["brings"]
    kinds = {brought["kind"] for brought in core["brings"]}
    assert kinds == {"messenger", "message_template", "verb", "recipient_source", "gate"}


def test_the_signals_of_apps_are_shown_as_verbs():
    host = next(app for app in _report()["apps"] if app["app"] == "host")
    assert host["module"] == "tests.host.signals"
    assert host["brings"] == [
        {"kind": "verb", "key": "host.order_paid", "label": "order paid"},
        {"kind": "verb", "key": "host.refunded", "label": "refunded"},
    ]


def test_a_messenger_is_shown_with_its_accounts():
    console = _report()["messengers"]["console"]
    assert console == {
        "label": "Console",
        "channel": "console",
        "distribution": "dsn-core",
        "configured": True,
        "accounts": {"default": {"usable": True, "held": None, "problems": []}},
    }


def test_the_same_is_written_for_people():
    shown = _run()
    assert "dsn-core" in shown
    assert "messenger         console" in shown
    assert "app host  tests.host.signals" in shown
    assert "console default           usable" in shown


def test_an_account_that_is_held_is_shown_with_the_reason():
    hold_account("console", "default", "The terminal is\ngone")
    account = _report()["messengers"]["console"]["accounts"]["default"]
    assert account == {"usable": True, "held": "The terminal is\ngone", "problems": []}
    assert "  console default           held: The terminal is gone\n" in _run()
    release_account("console", "default")
    assert "  console default           usable\n" in _run()


@override_settings(DSN={"MESSENGERS": {"console": {"default": {"colour": 1}}}})
def test_one_that_is_held_and_wrong_shows_both():
    hold_account("console", "default", "Gone")
    assert "  console default           not usable, held: Gone\n    wrong: DSN[" in _run()


def test_without_tables_nothing_is_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(AccountState._meta, "db_table", "not_migrated_yet")
    assert "  console default           usable\n" in _run()
    assert not User.objects.exists()  # the transaction is still good


@override_settings(DSN={"ENGIN": 1})
def test_settings_that_cannot_be_used_are_said_and_plugins_still_listed():
    report = _report()
    assert 'DSN["ENGIN"] is unknown' in report["settings"][0]["message"]
    assert report["plugins"][0]["distribution"] == "dsn-core"
    assert report["messengers"] == {}


@override_settings(DSN={"MESSENGERS": {"pigeon": {"default": {}}}})
def test_settings_for_a_messenger_that_is_not_installed_are_said():
    assert 'DSN["MESSENGERS"]["pigeon"]' in _report()["settings"][0]["message"]
    assert 'settings.DSN: DSN["MESSENGERS"]["pigeon"]' in _run()


def test_the_documented_names_are_the_ones_that_are_printed():
    from dsn_core.management.commands import dsn_plugins

    described = dsn_plugins.Command.__doc__ or ""
    report = _report()
    names = {*report, *report["plugins"][0], *report["apps"][0]}
    names |= set(report["messengers"]["console"])
    names |= set(report["messengers"]["console"]["accounts"]["default"])
    assert [name for name in names if f'"{name}"' not in described] == []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    accounts = {"ops": {"token": "sl0w"}, "bad": {"token": 7}}
    project = Project.make(tmp_path, settings=f"\nDSN = {{'MESSENGERS': {{'pager': {accounts}}}}}")
    project.install(Distribution(name="dsn-pager", plugin=PAGER))
    return project


def test_each_account_says_whether_it_can_be_used(project: Project):
    pager = project.report()["messengers"]["pager"]
    assert pager["configured"] is True
    assert pager["accounts"]["ops"]["usable"] is True
    assert pager["accounts"]["ops"]["problems"][0]["message"] == "It is slow"
    assert pager["accounts"]["bad"]["usable"] is False
    assert '["token"] has a value' in pager["accounts"]["bad"]["problems"][0]["message"]
    shown = project.manage("dsn_plugins").stdout
    assert "pager ops                 usable\n    note: It is slow" in shown
    assert "pager bad                 not usable\n    wrong: DSN" in shown


def test_services_are_asked_only_when_somebody_asks(tmp_path: Path):
    accounts = {"ops": {"token": "sl0w"}, "night": {"token": "spent"}}
    project = Project.make(tmp_path, settings=f"\nDSN = {{'MESSENGERS': {{'pager': {accounts}}}}}")
    project.install(Distribution(name="dsn-pager", plugin=PAGER))
    assert project.report()["messengers"]["pager"]["accounts"]["night"]["usable"] is True
    ops = project.manage("dsn_plugins", "--probe", "pager:ops")
    assert ops.returncode == 0, ops.stdout + ops.stderr
    assert "pager night               usable" in ops.stdout

    asked = project.manage("dsn_plugins", "--probe")
    assert asked.returncode == 1
    assert 'probe() of DSN["MESSENGERS"]["pager"]["night"] raised OSError' in asked.stdout
    assert "spent" not in asked.stdout
    unknown = project.manage("dsn_plugins", "--probe", "fax")
    assert "There is no account 'fax'. There are: console:default, " in unknown.stderr
    assert "pager:night, pager:ops." in unknown.stderr


def test_a_messenger_that_needs_an_account_and_has_none_is_not_configured(tmp_path: Path):
    project = Project.make(tmp_path)
    project.install(Distribution(name="dsn-pager", plugin=PAGER))
    pager = project.report()["messengers"]["pager"]
    assert (pager["configured"], pager["accounts"]) == (False, {})
    assert "pager                     not configured" in project.manage("dsn_plugins").stdout


def test_a_site_without_a_database_is_listed_too(tmp_path: Path):
    project = Project.make(tmp_path, settings="\nDATABASES = {}")
    assert project.report()["messengers"]["console"]["accounts"]["default"]["held"] is None
