"""A new process hears the very first thing that happens in it, whatever that is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dsn_core.models import Event, Trigger
from tests.host.models import Order, Unwatched

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[3]

PRELUDE = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.db import transaction
from tests.host.models import Country, Order, Ticket, Unwatched
from tests.host.signals import refunded
"""


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", PRELUDE + code], cwd=ROOT, check=True, timeout=60)


@pytest.mark.parametrize(
    ("verb", "model", "code"),
    [
        ("post_save", Order, "Order(number='first').save()"),
        ("pre_save", Order, "Order(number='first').save()"),
        ("post_save", Order, "with transaction.atomic(): Order(number='first').save()"),
        ("post_delete", Unwatched, "Unwatched.objects.all().delete()"),
        ("pre_delete", Unwatched, "Unwatched(pk=1).delete()"),
        ("m2m_changed", Order, "Order(pk=1).watchers.set([1])"),
        ("host.refunded", None, "refunded.send(Order, amount=3)"),
    ],
)
def test_the_first_statement_of_a_process_is_heard(django_user_model, verb, model, code):
    django_user_model.objects.create_user("ada", pk=1)
    Order.objects.create(pk=1)
    Unwatched.objects.create(pk=1)
    Trigger.objects.watch(verb, model)
    run(code)
    assert [event.verb for event in Event.objects.all()] == [verb]


def test_starting_a_process_touches_no_table_and_loads_no_plugin():
    run(
        "import sys\n"
        "from django.db import connection\n"
        "assert connection.connection is None\n"
        "assert 'dsn_email' not in sys.modules, 'plugins are found at first use'\n"
        "from dsn_core.plugins.catalog import catalog\n"
        "assert catalog.cache_info().currsize == 0\n"
    )
