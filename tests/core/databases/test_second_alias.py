"""DSN on a database of its own: beside the users it works, without them it says why not."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from dsn_core.exceptions import InvalidSubscription
from dsn_core.models import Backend, Subscription, Trigger
from dsn_core.models.alias import alias
from tests.core.databases.projects import found, project

ROUTER = """
class Router:
    def db_for_read(self, model, **hints):
        return "default" if model._meta.app_label == "host" else "people"

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return (db == "default") is (app_label == "host")

    def allow_relation(self, one, other, **hints):
        return True
"""
SET_UP = """
for name in ("default", "people"):
    call_command("migrate", database=name, verbosity=0)
ada = User.objects.create(username="ada", email="ada@example.org")
made = Trigger.objects.watch("post_save", Country, conditions=[("created", "is", True)])
log = Backend.objects.create(name="Log", messenger="console")
Address.objects.create(user=ada, messenger="console", value="ada@example.org")
Subscription.objects.subscribe(made, log, users=[ada], addresses=["ops@example.org"])
Country.objects.create(code="alone")
with transaction.atomic():
    Country.objects.create(code="inside")
    print("inside", Event.objects.count())
with transaction.atomic():
    Country.objects.create(code="undone")
    transaction.set_rollback(True)
print("events", *Event.objects.order_by("pk").values_list("atomic", flat=True))
print("countries", Country.objects.count())
"""


class Apart:
    """DSN on an alias of its own, and users where they always were."""

    def db_for_read(self, model, **_):
        return "outbox" if model._meta.app_label == "dsn" else None

    db_for_write = db_for_read


def test_dsn_and_the_users_on_a_second_alias_hear_of_the_first(tmp_path):
    made = project(tmp_path, ROUTER, "default", "people")
    said = found(made, SET_UP)
    assert said == {"inside": "1", "events": "False False", "countries": "2"}
    told = """
call_command("dsn_worker", "--once", verbosity=0)
print("told", Delivery.objects.filter(state="delivered").count())
"""
    assert found(made, told)["told"] == "4"


@pytest.mark.django_db
def test_users_on_another_alias_are_an_error_of_the_check(settings):
    settings.DATABASE_ROUTERS = [Apart()]
    assert alias() == "outbox"
    [error] = [message for message in run_checks() if message.id == "dsn.E003"]
    assert "'outbox'" in error.msg
    assert "auth.User to 'default', auth.Group to 'default'" in error.msg
    assert "DATABASE_ROUTERS" in error.hint
    with pytest.raises(SystemCheckError, match=r"dsn\.E003"):
        call_command("check")


@pytest.mark.django_db
def test_one_alias_for_all_is_no_error():
    assert [message for message in run_checks() if message.id == "dsn.E003"] == []


def test_subscribing_across_databases_says_what_to_do(settings):
    settings.DATABASE_ROUTERS = [Apart()]
    with pytest.raises(InvalidSubscription, match=r"auth\.User to 'default'.*DATABASE_ROUTERS"):
        Subscription.objects.subscribe(Trigger(), Backend(), addresses=["ops@example.org"])
