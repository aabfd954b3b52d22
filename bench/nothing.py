"""A messenger that sends nothing, a set-up that uses it, and deliveries for it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from unittest.mock import patch

from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import override_settings

from bench.wording import COUNT, HTML, NUMBER, SUBJECT, TEXT, TOTAL, address, first_name
from dsn_core import Accepted, Messenger, emit
from dsn_core.conf import WORKER
from dsn_core.delivery.delivering import deliver_next
from dsn_core.engines.draining import drain
from dsn_core.fanout.planning import fan_out_next
from dsn_core.models import Backend, Delivery, Event, StoredTemplate, Subscription, Trigger
from dsn_core.plugins import catalog as catalogs
from dsn_core.plugins.discovery import discover
from dsn_core.plugins.found import Found
from dsn_core.plugins.offers import Offer
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsn_core import Envelope

TEMPLATE = "bench.paid"
VERB = "host.order_paid"


class Null(Messenger):
    """Accepts all."""

    key = "null"
    label = "Nothing"
    channel = "console"
    user_field = "email"
    supports_subject = True
    supports_html = True

    def send(self, envelope: Envelope) -> Accepted:
        """Say that it went out."""
        return Accepted(provider_id="")


@contextmanager
def installed() -> Iterator[None]:
    """``Null`` is installed, and nobody works who is not told to."""

    def with_null(*, disabled: frozenset[str]) -> Iterable[Found]:
        offer = Offer(
            kind="messenger", key=Null.key, label="", item=Null, distribution="bench", version="1"
        )
        found = Found(distribution="bench", version="1", module="bench.nothing", offers=[offer])
        return (*discover(disabled=disabled), found)

    with patch.object(catalogs, "discover", with_null), override_settings(DSN={"ENGINE": WORKER}):
        catalogs.catalog.cache_clear()
        yield
    catalogs.catalog.cache_clear()


@cache
def set_up(count: int = COUNT, messenger: str = Null.key) -> Backend:
    """Let as many users of a group hear of an order that is paid; the backend that tells them."""
    users = User.objects.bulk_create(
        User(username=address(one), email=address(one), first_name=first_name(one))
        for one in range(count)
    )
    readers = Group.objects.create(name="Readers")
    readers.user_set.set(users)
    StoredTemplate.objects.create(key=TEMPLATE, subject=SUBJECT, text=TEXT, html=HTML)
    backend = Backend.objects.create(name="Bench", messenger=messenger, message_template=TEMPLATE)
    trigger = Trigger.objects.watch(VERB)
    Subscription.objects.subscribe(trigger, backend, groups=[readers])
    return backend


def forget() -> None:
    """Leave no event and no delivery behind, and the tables as small as new ones."""
    tables = ", ".join(
        connection.ops.quote_name(model._meta.db_table) for model in (Event, Delivery)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {tables} CASCADE")
            return
    Delivery.objects.all()._raw_delete(connection.alias)
    Event.objects.all()._raw_delete(connection.alias)


def tell() -> None:
    """It happens."""
    emit(VERB, number=NUMBER, total=TOTAL)


def queue() -> None:
    """Everybody's delivery waits, as the fan-out leaves it."""
    forget()
    tell()
    while fan_out_next():
        pass


def deliver() -> None:
    """Render, send and record all that is due."""
    while deliver_next():
        pass


def tell_and_deliver() -> None:
    """From what happens to the last message."""
    tell()
    drain()


def ensure_sent(count: int = COUNT) -> None:
    """A side that has left something out has measured nothing."""
    sent = Delivery.objects.filter(state=State.SENT).count()
    if sent != count:
        raise RuntimeError(f"{sent} of {count} were sent.")
