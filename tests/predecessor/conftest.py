"""What the tests about the predecessor share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User

from dsn_core.contract.messenger import Messenger
from dsn_core.contract.occurrence import RecipientSource
from dsn_core.contract.verb import Verb
from dsn_core.plugins import discovery
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.distributions import Source, sources
from dsn_core.plugins.found import Found
from dsn_core.plugins.offers import Kind, Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _kind(item: object) -> Kind:
    if isinstance(item, Verb):
        return "verb"
    assert isinstance(item, type)
    if issubclass(item, Messenger):
        return "messenger"
    return "recipient_source" if issubclass(item, RecipientSource) else "message_template"


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Installs a plugin that brings these, beside what really is installed."""
    real = sources

    def put(*items: type | Verb) -> None:
        brought = Found(distribution="dsn-shop", version="1", module="shop.plugin")
        brought.offers += [_offer(item) for item in items]
        shop = Source(found=brought, point=None)
        monkeypatch.setattr(discovery, "sources", lambda: [*real(), shop])
        catalog.cache_clear()

    yield put
    monkeypatch.undo()
    catalog.cache_clear()


def _offer(item: Any) -> Offer:
    return Offer(
        kind=_kind(item), key=item.key, label="", item=item, distribution="dsn-shop", version="1"
    )


@pytest.fixture
def ada(db) -> User:
    return User.objects.create(username="ada", email="ada@example.org")


@pytest.fixture
def bob(db) -> User:
    return User.objects.create(username="bob", email="bob@example.org")
