"""The guide's script moves what the old tables hold, and its SQL takes them away."""

from __future__ import annotations

import re
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from dsn_core import MessageTemplate
from dsn_core.models import Address, Backend, Event, Subscription, Trigger
from tests.host.models import Order
from tests.host.signals import refunded
from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = ROOT / "docs/how-to/upgrade-from-django-signal-notifier.md"
KEY = {
    "sqlite": "integer PRIMARY KEY AUTOINCREMENT",
    "postgresql": "serial PRIMARY KEY",
    "mysql": "integer AUTO_INCREMENT PRIMARY KEY",
}
TABLES = {
    "trigger": "verb varchar(128) NOT NULL, action_object_id varchar(255) NULL, "
    "actor_object_id varchar(255) NULL, target varchar(128) NULL, enabled bool NOT NULL, "
    "action_object_content_type_id integer NULL, actor_object_content_type_id integer NULL",
    "backend": "messenger varchar(128) NOT NULL, message_template varchar(128) NOT NULL",
    "subscription": "enabled bool NOT NULL, trigger_id integer NOT NULL",
    "subscription_backends": "subscription_id integer NOT NULL, backend_id integer NOT NULL",
    "subscription_receiver_groups": "subscription_id integer NOT NULL, group_id integer NOT NULL",
    "subscription_receiver_users": "subscription_id integer NOT NULL, user_id integer NOT NULL",
    "dsn_profile": "telegram_chat_id varchar(20) NULL, user_id integer NOT NULL UNIQUE",
    "testmodel1": "name varchar(30) NOT NULL, extra_field varchar(20) NULL",
    "testmodel2": "name varchar(30) NOT NULL, extra_field varchar(20) NULL",
}
"""The columns that the predecessor's five migrations make."""

pytestmark = pytest.mark.django_db(transaction=True)


class OrderPaid(MessageTemplate):
    key = "shop.order_paid"
    label = "An order is paid"
    text = "{{ action_object.number }}"


def block(language: str, containing: str) -> str:
    """The block of the guide that has these words in it."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    [found] = [text for text in blocks if containing in text]
    return found


def execute(sql: str, values: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def insert(table: str, **values: object) -> None:
    marks = ", ".join(["%s"] * len(values))
    execute(
        f"INSERT INTO django_signal_notifier_{table} ({', '.join(values)}) VALUES ({marks})",
        tuple(values.values()),
    )


def put_trigger(pk: int, verb: str, **values: object) -> None:
    insert("trigger", **{"id": pk, "verb": verb, "enabled": True, **values})


def put_subscription(pk: int, trigger: int, *backends: int, **values: object) -> None:
    insert("subscription", **{"id": pk, "trigger_id": trigger, "enabled": True, **values})
    for backend in backends:
        insert("subscription_backends", subscription_id=pk, backend_id=backend)


@pytest.fixture
def old_tables(transactional_db) -> Iterator[None]:
    """As the predecessor leaves them behind, with a backend of each kind."""
    for name, columns in TABLES.items():
        execute(f"DROP TABLE IF EXISTS django_signal_notifier_{name}")
        key = KEY[connection.vendor]
        execute(f"CREATE TABLE django_signal_notifier_{name} (id {key}, {columns})")
    insert("backend", id=1, messenger="SMTPEmailMessenger", message_template="OrderPaid")
    insert("backend", id=2, messenger="SimplePrintMessenger", message_template="SimplePrint")
    yield
    for name in TABLES:
        execute(f"DROP TABLE IF EXISTS django_signal_notifier_{name}")


@pytest.fixture
def script(install, old_tables) -> ModuleType:
    """The guide's script, filled in for this project."""
    install(OrderPaid)
    module = ModuleType("move_notifications")
    exec(block("python", "# move_notifications.py"), vars(module))
    module.VERBS = {"refunded": "host.refunded"}  # type: ignore[attr-defined]
    return module


def content_type(model: type) -> int:
    return ContentType.objects.get_for_model(model).pk


def test_a_set_up_is_moved_whole(script, ada, bob, capsys):
    order, staff = Order.objects.create(number="7"), Group.objects.create(name="staff")
    bob.groups.add(staff)
    put_trigger(
        1,
        "refunded",
        action_object_content_type_id=content_type(Order),
        action_object_id=str(order.pk),
        actor_object_content_type_id=content_type(type(ada)),
        target="front desk",
    )
    put_subscription(1, 1, 1, 2)
    insert("subscription_receiver_users", subscription_id=1, user_id=ada.pk)
    insert("subscription_receiver_groups", subscription_id=1, group_id=staff.pk)
    insert("dsn_profile", user_id=ada.pk, telegram_chat_id="4711")
    script.move(switched_on=True)
    subscription = Subscription.objects.get()
    assert list(subscription.recipient_users.all()) == [ada]
    assert list(subscription.recipient_groups.all()) == [staff]
    assert sorted(subscription.backends.values_list("messenger", "message_template")) == [
        ("console", "dsn.plain"),
        ("email", "shop.order_paid"),
    ]
    assert list(Address.objects.values_list("user", "messenger", "value")) == [
        (ada.pk, "telegram", "4711")
    ]
    refunded.send(sender=Order, action_object=order, actor_object=ada, target="back door")
    assert not Event.objects.exists()
    refunded.send(sender=Order, action_object=order, actor_object=ada, target="front desk")
    assert Event.objects.get().deliveries.count() == 4
    assert "left behind" not in capsys.readouterr().out


def test_it_is_rehearsed_before_it_is_switched_on_as_it_was(script, ada):
    for pk, enabled in ((1, True), (2, False)):
        put_trigger(
            pk, "post_save", enabled=enabled, action_object_content_type_id=content_type(Order)
        )
        put_subscription(pk, pk, 2, enabled=enabled)
    script.move()
    assert list(Trigger.objects.values_list("enabled", flat=True)) == [False, False]
    script.move(switched_on=True)
    assert dict(Trigger.objects.values_list("name", "enabled")) == {
        "Moved 1: post_save": True,
        "Moved 2: post_save": False,
    }
    assert list(Subscription.objects.order_by("pk").values_list("enabled", flat=True)) == [
        True,
        False,
    ]
    assert Backend.objects.count() == 2


def test_what_migrations_tell_is_about_no_object_here(script, capsys):
    put_trigger(1, "post_migrate", action_object_content_type_id=content_type(Order))
    script.move()
    assert Trigger.objects.get().action_object_model == ""
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"verb": "forgotten"}, "Trigger 1 (forgotten) is left behind: "),
        (
            {"verb": "post_save", "action_object_id": "4711"},
            "Trigger 1 (post_save) is left behind: Order matching query does not exist.",
        ),
    ],
)
def test_what_cannot_be_moved_is_named_and_stops_nothing(script, capsys, trigger, words):
    about = {"action_object_content_type_id": content_type(Order)}
    put_trigger(1, **{**about, **trigger})
    put_trigger(2, "post_delete", **about)
    put_subscription(1, 1, 1)
    put_subscription(2, 2)
    script.move()
    said = capsys.readouterr().out
    assert words in said
    assert "Subscription 2 is left behind: 'Moved 2: post_delete' needs at least" in said
    assert [trigger.name for trigger in Trigger.objects.all()] == ["Moved 2: post_delete"]


def test_the_guides_sql_takes_every_old_table_away(old_tables):
    statements = block("sql", "DROP TABLE").split(";")
    for statement in filter(str.strip, statements):
        execute(statement)
    left = connection.introspection.table_names()
    assert [name for name in left if name.startswith("django_signal_notifier")] == []
