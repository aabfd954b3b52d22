"""What the admin's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from dsn_core.plugins import catalog as home
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import Found
from dsn_core.plugins.offers import Kind, Offer
from tests.core.admin import strangers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BROUGHT: dict[type, Kind] = {
    strangers.Pager: "messenger",
    strangers.Evil: "messenger",
    strangers.Demanding: "message_template",
    strangers.NightShift: "recipient_source",
}


def _offer(item: Any) -> Offer:
    return Offer(
        kind=BROUGHT[item],
        key=item.key,
        label=item.label,
        item=item,
        distribution="dsn-tests",
        version="7.1",
    )


@pytest.fixture
def stranger() -> Found:
    """A plugin that brings all of `strangers`, and has a fault."""
    found = Found(distribution="dsn-tests", version="7.1", module="tests.plugin")
    found.offers += [_offer(item) for item in BROUGHT]
    found.blame("dsn_gates() raised <b>Boom</b>", "Mend it.")
    return found


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch, stranger: Found) -> Iterator[None]:
    """That plugin is installed beside what really is."""
    real = catalog().plugins
    monkeypatch.setattr(home, "discover", lambda **_: (*real, stranger))
    catalog.cache_clear()
    yield
    monkeypatch.undo()
    catalog.cache_clear()


@pytest.fixture
def accounts(settings) -> None:
    """Pager has three accounts; one of them is no good."""
    settings.DSN = {
        "MESSENGERS": {
            "pager": {
                "default": {"token": "s3cr3t-token"},
                "broken": {"token": "12345"},
                "aged": {"token": "old"},
            }
        }
    }


@pytest.fixture
def boss(client: Client, db) -> Client:
    """The browser of somebody who may do everything."""
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def staff(db) -> Callable[..., Client]:
    """The browser of somebody who may do just this."""

    def login(*codenames: str) -> Client:
        user = User.objects.create_user("clerk", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return login
