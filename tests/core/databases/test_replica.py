"""Reads go to a replica that lags: DSN reads where it writes.

The replica of this project has not even a table, so that whatever is read from it fails.
"""

from __future__ import annotations

import pytest

from tests.core.databases.projects import found, project

ROUTER = """
class Router:
    def db_for_read(self, model, **hints):
        return "replica"

    def db_for_write(self, model, **hints):
        return "primary"

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == "primary"
"""
SET_UP = """
call_command("migrate", database="primary", verbosity=0)

def person(name):
    return User.objects.create(username=name, email=f"{name}@example.org", is_staff=name == "eve")

ada, bob, eve, carl = map(person, ("ada", "bob", "eve", "carl"))
team = Group.objects.create(name="team")
User.groups.through.objects.create(user=bob, group=team)
paid = Trigger.objects.watch("post_save", Order, conditions=[("status", "changed_to", "paid")])
StoredTemplate.objects.create(
    key="shop.paid",
    text="{{ action_object.number }} of {{ action_object.customer.username }}, "
    "{% for one in action_object.tickets %}{{ one.title }}{% endfor %}",
)
log = Backend.objects.create(name="Log", messenger="console", message_template="shop.paid")
Address.objects.bulk_create(
    Address(user=user, messenger="console", value=f"{user.username}@example.org")
    for user in (ada, bob, eve, carl)
)
Subscription.objects.subscribe(
    paid, log, users=[ada], groups=[team], paths=["customer"], sources=["dsn.staff"],
    addresses=["ops@example.org"],
)
order = Order.objects.create(number="A-7", customer=carl)
Ticket.objects.create(title="window", order=order)
with transaction.atomic(using="primary"):
    order.status = "paid"
    order.save()
with transaction.atomic(using="primary"):
    order.status = "new"
    order.save()
    order.status = "paid"
    order.save()
    transaction.set_rollback(True, using="primary")
event = Event.objects.using("primary").get()
print("event", event.atomic, event.payload["action_object"]["db"])
"""
ASK = """
rows = Delivery.objects.using("primary").filter(state="delivered")
print("sent", *sorted(rows.values_list("address", flat=True)))
"""

COMMANDS = """
import django
django.setup()
from django.core.management import call_command
call_command("check", databases=["primary"])
call_command("dsn_status")
call_command("dsn_retry", "--failed")
call_command("dsn_prune", "--days", "1")
paid = "post_save host.order status changed_to paid"
call_command("dsn_fire", paid, "--object", "latest", "--was", "status=new", "--dry-run")
call_command("dsn_render", "shop.paid", "--object", "host.Order:latest", "--user", "1")
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The project after an order was paid, and another payment rolled back."""
    made = project(tmp_path_factory.mktemp("replica"), ROUTER, "default", "primary", "replica")
    assert found(made, SET_UP)["event"] == "True primary"
    return made


@pytest.fixture(scope="module")
def worked(shop):
    """What the worker printed that sent it."""
    ran = shop.manage("dsn_worker", "--once", "--verbosity", "0")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_everybody_is_told_whom_the_replica_does_not_know_yet(shop, worked):
    names = ("ada", "bob", "carl", "eve", "ops")
    assert found(shop, ASK)["sent"] == " ".join(f"{name}@example.org" for name in names)


def test_what_an_object_leads_to_is_read_where_it_was_written(worked):
    assert worked.count("A-7 of carl, window") == 5


def test_the_commands_read_where_it_is_written(shop, worked):
    ran = shop.run("-c", COMMANDS)
    assert (ran.returncode, "no such table" in ran.stderr) == (0, False), ran.stderr
    assert "delivered 5" in ran.stdout
    assert "5 would get it" in ran.stdout
    assert "text: A-7 of carl, window" in ran.stdout


def test_what_was_read_from_the_replica_is_about_the_primary(shop, worked):
    said = found(
        shop,
        """
from dsn_core import emit
Trigger.objects.watch("post_delete", Order)
order = Order(number="B-1", pk=77)
order._state.db, order._state.adding = "replica", False
emit("post_delete", action_object=order)
event = Event.objects.using("primary").filter(verb="post_delete").get()
print("about", event.payload["action_object"]["db"])
""",
    )
    assert said["about"] == "primary"
