"""What ``manage.py check`` says where the inbox is not quite set up."""

from __future__ import annotations

import copy
import sys
from subprocess import run
from types import ModuleType

import pytest
from django.test import override_settings

from dsn_inbox.checks import check_inbox

ALONE = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "dsn_core"],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    ROOT_URLCONF="", USE_TZ=True, SECRET_KEY="x",
)
django.setup()
from dsn_core.plugins.catalog import catalog
assert catalog().messenger("inbox").label == "Inbox"
from django.core.management import call_command
{body}
"""


def ids():
    return [message.id for message in check_inbox()]


def run_alone(body):
    code = ALONE.format(body=body)
    return run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)


def test_a_site_that_is_set_up_hears_nothing():
    assert ids() == []


def test_urls_that_are_in_no_urlconf_are_missed(monkeypatch):
    empty = ModuleType("an_empty_urlconf")
    empty.urlpatterns = []
    monkeypatch.setitem(sys.modules, "an_empty_urlconf", empty)
    with override_settings(ROOT_URLCONF="an_empty_urlconf"):
        (message,) = check_inbox()
    assert message.id == "dsn_inbox.W001"
    assert 'include("dsn_inbox.urls")' in message.hint


def test_the_core_is_missed(settings):
    others = [app for app in settings.INSTALLED_APPS if app != "dsn_core"]
    with override_settings(INSTALLED_APPS=others):
        assert "dsn_inbox.W002" in ids()


def test_templates_that_know_no_request_are_named(settings):
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["context_processors"] = []
    with override_settings(TEMPLATES=templates):
        assert ids() == ["dsn_inbox.W003"]


@pytest.mark.slow
def test_a_site_that_has_not_added_the_app_runs_and_is_told_what_to_add():
    done = run_alone('call_command("migrate", verbosity=0)\ncall_command("check")')
    assert done.returncode == 0, done.stderr
    assert "dsn.W005) inbox, account 'default': The inbox needs its Django app" in done.stderr
    assert 'INSTALLED_APPS += ["dsn_inbox"]' in done.stderr


def test_urls_without_the_app_say_what_to_add():
    done = run_alone("""
from django.core.exceptions import ImproperlyConfigured
try:
    import dsn_inbox.urls
except ImproperlyConfigured as error:
    print(error)
""")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The inbox needs its Django app, which is not in INSTALLED_APPS")
    assert 'INSTALLED_APPS += ["dsn_inbox"]' in done.stdout


@pytest.mark.slow
def test_a_message_waits_until_the_site_has_added_the_app():
    done = run_alone("""
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
from dsn_core.models import AccountState, Backend, Delivery, Event, Subscription, Trigger
ada = User.objects.create(username="ada")
trigger = Trigger.objects.watch("post_save", User, name="T")
backend = Backend.objects.create(name="B", messenger="inbox")
Subscription.objects.subscribe(trigger, backend, users=[ada])
Event.objects.create(verb="post_save", trigger_ids=[trigger.pk])
call_command("dsn_worker", "--once")
row = Delivery.objects.get()
print(row.state, AccountState.objects.get().reason)
""")
    assert done.returncode == 0, done.stderr
    assert "held The inbox needs its Django app" in done.stdout
    assert 'INSTALLED_APPS += ["dsn_inbox"]' in done.stdout
