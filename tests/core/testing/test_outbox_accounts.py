"""Accounts in a test: what they lack is stood in for, what settings say of them stays."""

from __future__ import annotations

import enum
from collections.abc import Mapping  # read at run time
from decimal import Decimal
from typing import Literal

import pytest
from django.core.exceptions import ValidationError

from dsn_core.conf import config
from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted
from dsn_core.models import Backend
from dsn_core.plugins.accounts import account, account_names
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.rates import limits
from dsn_core.testing.accounts import STAND_IN
from dsn_core.testing.outbox import open_outbox


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class OfEveryKind(Fields):
    token: str = option(secret=True)
    maybe: str | None
    count: int
    share: float
    price: Decimal
    loud: bool
    colour: Colour
    mode: Literal["text", "HTML"]
    names: tuple[str, ...]
    options: Mapping[str, object]
    rate: str
    region: str = "DE"


class Choosy(Messenger[OfEveryKind, Fields]):
    key = "choosy"
    label = "Choosy"
    channel = "chat"

    def send(self, envelope):
        return Accepted(provider_id="1")


@pytest.fixture
def _choosy(install):
    install(Choosy)


@pytest.mark.usefixtures("_choosy")
def test_whatever_an_account_lacks_is_stood_in_for(dsn_outbox):
    assert account(catalog().messenger("choosy"), "default") == OfEveryKind(
        token=STAND_IN,
        maybe=None,
        count=0,
        share=0.0,
        price=Decimal(0),
        loud=False,
        colour=Colour.RED,
        mode="text",
        names=(),
        options={},
        rate=STAND_IN,
    )
    assert limits() == {}


@pytest.mark.usefixtures("_choosy")
def test_what_settings_say_stays_where_it_fits(settings, dsn_outbox):
    said = {"token": None, "count": "7", "colour": "blue", "region": "AT", "rate": "1/day", "x": 1}
    settings.DSN = {"MESSENGERS": {"choosy": {"main": said}, "gone": {"main": said}}}
    values = account(catalog().messenger("choosy"), "main")
    assert isinstance(values, OfEveryKind)
    assert (values.token, values.count, values.colour) == (STAND_IN, 7, Colour.BLUE)
    assert values.region == "AT"
    assert limits() == {}
    assert config().messengers["gone"] == {"main": said}
    assert {"choosy", "gone", "log"} <= set(config().messengers)
    assert len(config().messengers) == len(set(config().messengers))


@pytest.mark.usefixtures("_choosy")
def test_the_names_are_those_of_settings_and_of_backends(settings, dsn_outbox):
    messenger = catalog().messenger("choosy")
    assert account_names(messenger) == ("default",)
    Backend.objects.create(name="A", messenger="choosy", account="a")
    assert account_names(messenger) == ("a",)
    Backend.objects.bulk_create([Backend(name="B", messenger="choosy", account="b")])
    dsn_outbox.assert_empty()
    settings.DSN = {"MESSENGERS": {"choosy": {"main": {}}}}
    assert account_names(messenger) == ("main", "a", "b")
    Backend.objects.filter(name="A").delete()
    dsn_outbox.assert_empty()
    assert account_names(messenger) == ("main", "b")


@pytest.mark.django_db
@pytest.mark.usefixtures("_choosy")
def test_a_backend_of_before_is_known_from_the_beginning():
    backend = Backend.objects.create(name="A", messenger="choosy", account="a")
    with pytest.raises(ValidationError, match="no account 'a'"):
        backend.clean()
    with open_outbox():
        backend.clean()
    with pytest.raises(ValidationError, match="no account 'a'"):
        backend.clean()
