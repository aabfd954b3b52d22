"""What an event keeps: own fields in their own types, references, and no secret."""

from __future__ import annotations

import datetime as dt
import json
import math
import uuid
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsn_core import emit
from dsn_core.models import Trigger
from dsn_core.models.payload import LEFT_OUT, decode, encode, encode_field, occurrence_of
from tests.host.models import Order

pytestmark = pytest.mark.django_db
watch = Trigger.objects.watch


def test_fields_come_back_as_they_were_and_in_their_own_types(events):
    watch("post_save", Order)
    at = timezone.now()
    order = Order.objects.create(
        number="مرحبا 🎉", total=Decimal("12.30"), placed_at=at, data={"$": "odd", "a": [1, None]}
    )
    Order.objects.filter(pk=order.pk).update(number="later")
    was = occurrence_of(events()[0]).action_object
    assert (was.number, was.total, was.placed_at, was.data) == (
        "مرحبا 🎉",
        Decimal("12.30"),
        at,
        {"$": "odd", "a": [1, None]},
    )


def test_relations_are_read_when_they_are_asked_for(events):
    ada = get_user_model().objects.create_user("ada", first_name="Ada")
    watch("post_save", Order)
    Order.objects.create(customer=ada)
    get_user_model().objects.update(first_name="Augusta")
    assert occurrence_of(events()[0]).action_object.customer.first_name == "Augusta"


def test_no_secret_enters_a_snapshot(events):
    watch("post_save")
    watch("host.refunded")
    user = get_user_model().objects.create_user("ada", password="hunter2")
    Order.objects.create(access_token="t0ps3cret", customer=user)
    emit("host.refunded", api_key="t0ps3cret", nested={"password": "hunter2", "fine": 1})
    stored = json.dumps([event.payload for event in events()])
    assert "t0ps3cret" not in stored
    assert "hunter2" not in stored
    assert user.password not in stored
    assert '"fine": 1' in stored


def test_no_secret_enters_with_a_json_field(events):
    watch("post_save", Order)
    data = {"fine": 1, "api_key": "t0ps3cret", "users": [{"password": "t0ps3cret"}]}
    Order.objects.create(data=data)
    assert "t0ps3cret" not in json.dumps(events()[0].payload)
    assert occurrence_of(events()[0]).action_object.data == {"fine": 1, "users": [{}]}


@pytest.mark.parametrize("name", ["access_key", "X-Api-Key", "private-key", "otp_code", "passcode"])
def test_a_secret_is_known_by_its_name(name):
    assert encode({name: "t0ps3cret"}) == encode({})


@pytest.mark.parametrize("name", ["monkey", "option_potpie", "key", "keyboard"])
def test_a_name_that_only_sounds_like_a_secret_is_kept(name):
    assert decode(encode({name: 1})) == {name: 1}


@pytest.mark.parametrize("value", [math.inf, -math.inf, "a\x00b", "half a pair \ud83d"])
def test_a_value_that_no_json_holds_loses_no_event(events, value):
    watch("host.refunded")
    emit("host.refunded", actor=str(value), note=value, inner={str(value): [value]})
    stored = occurrence_of(events()[0]).values["note"]
    assert stored == value if isinstance(value, float) else stored[0] == value[0]


def test_what_is_no_number_comes_back_as_such():
    assert math.isnan(decode(json.loads(json.dumps(encode(math.nan)))))


def test_a_json_field_is_kept_as_its_own_encoder_writes_it():
    field = models.JSONField(name="data", encoder=DjangoJSONEncoder)
    assert decode(encode_field(field, {"on": dt.date(2026, 1, 2)})) == {"on": "2026-01-02"}


def test_a_json_field_that_cannot_be_written_is_read_live():
    assert encode_field(models.JSONField(name="data"), {"odd": object(), "far": 1}) is LEFT_OUT


class Money:
    """A value of a field that core has never heard of."""


class WholeInstanceField(models.Field):  # type: ignore[type-arg]  # at run time it takes none
    def value_to_string(self, obj):
        return obj._meta.label


class PriceField(models.Field):  # type: ignore[type-arg]
    def value_to_string(self, obj):
        return Decimal("1.50")


def test_a_hosts_field_that_breaks_or_gives_no_text_loses_no_event():
    broken, odd = WholeInstanceField(name="price"), PriceField(name="price")
    for field in (broken, odd):
        field.set_attributes_from_name("price")
    assert encode_field(broken, Money()) is LEFT_OUT
    assert decode(json.loads(json.dumps(encode_field(odd, Money())))) == "1.50"


def test_a_field_that_is_not_kept_is_read_live(events):
    watch("post_save", Order)
    Order.objects.create(access_token="live", number="x" * 40)
    assert occurrence_of(events()[0]).action_object.access_token == "live"


def test_a_request_is_kept_without_its_query_headers_and_cookies():
    request = RequestFactory().get("/pay/?token=t0ps3cret", headers={"cookie": "c=t0ps3cret"})
    stored = json.dumps(encode(request))
    assert "t0ps3cret" not in stored
    assert decode(json.loads(stored)) == {"method": "GET", "path": "/pay/"}


class Shy:
    def __str__(self) -> str:
        raise AssertionError("str() of a host's object may query")

    __repr__ = __str__


def test_an_odd_object_is_kept_by_the_name_of_its_type_only():
    stored = json.dumps(encode({"odd": Shy(), "rows": Order.objects.all()}))
    assert "Shy" in stored
    assert str(decode(json.loads(stored))["odd"]).endswith("Shy>")


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        1.5,
        "text",
        Decimal("1.10"),
        dt.date(2026, 2, 28),
        dt.time(8, 30),
        dt.datetime(2026, 2, 28, 8, 30, tzinfo=dt.UTC),
        dt.timedelta(days=1, seconds=2),
        uuid.UUID(int=7),
        [1, "two"],
        {"a": {"b": Decimal("2")}},
    ],
)
def test_a_value_comes_back_as_it_was(value):
    assert decode(json.loads(json.dumps(encode(value)))) == value


def test_a_deep_or_endless_value_is_cut():
    endless: list[object] = []
    endless.append(endless)
    assert len(json.dumps(encode(endless))) < 1000
    assert len(encode(list(range(10_000)))) == 1000


def test_taking_a_snapshot_takes_no_query(events):
    ada = get_user_model().objects.create_user("ada")
    order = Order.objects.create(customer=ada)
    partly = Order.objects.only("number").get(pk=order.pk)
    with CaptureQueriesContext(connection) as queries:
        encode(partly)
    assert len(queries) == 0
