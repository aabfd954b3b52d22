"""What the fan-out tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dsn_core.contract.gate import Gate
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.occurrence import RecipientSource
from dsn_core.fanout import keys, planning, waking
from dsn_core.plugins.catalog import catalog, make_catalog
from dsn_core.plugins.found import Found
from dsn_core.plugins.offers import Kind, Offer
from tests.core.fanout.plugins import Locked, Muddled, Phone, Post, Wall

OTHER_KINDS: dict[type, Kind] = {RecipientSource: "recipient_source", Gate: "gate"}
Install = Callable[..., None]


def _offer(item: type) -> Offer:
    return Offer(
        kind="messenger" if issubclass(item, Messenger) else OTHER_KINDS[item.__bases__[0]],
        key=getattr(item, "key", ""),
        label="",
        item=item,
        distribution="dsn-tests",
        version="1",
    )


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install these classes beside core's, instead of what was installed before."""

    def put(*items: type) -> None:
        stranger = Found(distribution="dsn-tests", version="1", module="tests")
        stranger.offers += [_offer(item) for item in items]
        own = [plugin for plugin in catalog().plugins if plugin.distribution == "dsn-core"]
        made = make_catalog([*own, stranger])
        for module in (planning, waking):
            monkeypatch.setattr(module, "catalog", lambda: made)

    return put


@pytest.fixture(autouse=True)
def _plugins(install: Install) -> None:
    install(Post, Phone, Wall, Locked, Muddled)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    """Pages of three recipients."""
    monkeypatch.setattr(keys, "PAGE", 3)
    return 3
