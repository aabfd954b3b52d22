"""Where people are reached, and which addresses are not used."""

from __future__ import annotations

import pytest

from dsn_core.contract.occurrence import To
from dsn_core.models import Address
from tests.core.fanout.plugins import Locked, Post, source
from tests.core.fanout.scene import (
    deliveries,
    fan_out,
    happen,
    make_backend,
    make_trigger,
    make_user,
    make_users,
    silenced,
    subscribe,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_user("ada")


def told_by(backend, *users, **fields):
    """The event in which these users are told through ``backend``."""
    trigger = make_trigger()
    subscribe(trigger, backend, users=users, **fields)
    event = happen(trigger)
    fan_out(event)
    return event


def test_an_address_row_comes_before_what_the_user_says(ada):
    Address.objects.create(user=ada, messenger="post", value="Work@Example.org")
    event = told_by(make_backend(), ada)
    assert told(event) == [(f"user:{ada.pk}", "work@example.org")]


def test_a_row_of_another_account_or_messenger_is_not_used(ada):
    Address.objects.create(user=ada, messenger="post", account="ops", value="x@example.org")
    Address.objects.create(user=ada, messenger="phone", value="+491")
    event = told_by(make_backend(), ada)
    assert told(event) == [(f"user:{ada.pk}", "ada@example.org")]


def test_somebody_with_several_addresses_is_told_at_each_but_once_at_one(ada):
    rows = [
        Address.objects.create(user=ada, messenger="post", account=account, value=value)
        for account, value in [
            ("", "a@example.org"),
            ("default", "b@example.org"),
            ("", "A@example.org"),
        ]
    ]
    event = told_by(make_backend(), ada)
    assert told(event) == [
        (f"user:{ada.pk}:{rows[0].pk}", "a@example.org"),
        (f"user:{ada.pk}:{rows[1].pk}", "b@example.org"),
    ]
    assert silenced(event) == {f"user:{ada.pk}:{rows[2].pk}": "duplicate"}


def test_the_settings_name_where_on_the_user_the_address_is(ada, settings):
    settings.DSN = {"ADDRESSES": {"phone": "last_name"}}
    ada.last_name = " +49 30 1 "
    ada.save()
    event = told_by(make_backend("phone"), ada)
    assert told(event) == [(f"user:{ada.pk}", "+49301")]


def test_who_has_no_address_gets_a_row_that_says_so(ada):
    event = told_by(make_backend("phone"), ada)
    assert silenced(event) == {f"user:{ada.pk}": "no_address"}
    assert deliveries(event)[0].finished_at is not None


def test_an_address_that_cannot_be_one_is_kept_with_the_reason(ada):
    ada.email = "nonsense"
    ada.save()
    event = told_by(make_backend(), ada)
    [row] = deliveries(event)
    assert (row.code, row.reason, row.address) == (
        "invalid_address",
        "'nonsense' has no @",
        "nonsense",
    )


def test_an_address_that_no_column_holds_stops_no_page(install, ada):
    install(Post, source(lambda _: [To(address="b\x00\ud800@example.org")]))
    event = told_by(
        make_backend(), ada, addresses=["a" * 600 + "@x"], recipient_sources=["shop.some"]
    )
    assert list(silenced(event).values()) == ["invalid_address"]
    assert {where for _who, where in told(event)} == {"b?@example.org", "ada@example.org"}


def test_a_property_that_raises_touches_its_own_user_only(monkeypatch, settings):
    from django.contrib.auth.models import User

    def phone(user):
        if user.username == "user1":
            raise RuntimeError("no phone today")
        return "+49" + str(user.pk)

    monkeypatch.setattr(User, "phone", property(phone), raising=False)
    settings.DSN = {"ADDRESSES": {"phone": "phone"}}
    crowd = make_users(3)
    event = told_by(make_backend("phone"), *crowd)
    assert {who for who, _where in told(event)} == {f"user:{crowd[n].pk}" for n in (0, 2)}
    [row] = event.deliveries.filter(state="suppressed")
    assert (row.user_pk, row.code) == (str(crowd[1].pk), "no_address")
    assert "RuntimeError: no phone today" in row.reason
    assert event.state == "done"


@pytest.mark.parametrize(("kind", "code"), [("dead", "dead_address"), ("opted_out", "opted_out")])
def test_an_inactive_address_vetoes_its_own_value_whoever_has_it(ada, kind, code):
    Address.objects.create(
        user=None, messenger="post", value="ada@example.org", active=False, kind=kind, reason="550"
    )
    Address.objects.create(
        user=make_user("bob"),
        messenger="post",
        value="b@example.org",
        active=False,
        kind=kind,
        reason="551",
    )
    event = told_by(make_backend(), ada, addresses=["b@example.org", "c@example.org"])
    assert told(event) == [("address:c@example.org", "c@example.org")]
    assert silenced(event) == {f"user:{ada.pk}": code, "address:b@example.org": code}
    assert sorted(row.reason for row in event.deliveries.exclude(code="")) == ["550", "551"]


def put_out(user, kind, value="ada@work.example", **fields):
    """A row of hers that is not used."""
    values = {"user": user, "messenger": "post", "value": value, "kind": kind, "reason": "550"}
    return Address.objects.create(**values | {"active": False} | fields)


def test_whoever_has_opted_out_is_not_written_to_elsewhere(ada):
    put_out(ada, "opted_out", reason="STOP")
    event = told_by(make_backend(), ada)
    [row] = deliveries(event)
    assert (row.state, row.code, row.reason) == ("suppressed", "opted_out", "STOP")
    assert (row.recipient_key, row.address) == (f"user:{ada.pk}", "ada@work.example")


def test_an_opt_out_counts_beside_a_dead_address(ada):
    put_out(ada, "dead", "ada@old.example")
    put_out(ada, "opted_out")
    assert silenced(told_by(make_backend(), ada)) == {f"user:{ada.pk}": "opted_out"}


def test_whoever_has_opted_out_at_one_of_two_addresses_is_told_at_the_other(ada):
    put_out(ada, "opted_out")
    Address.objects.create(user=ada, messenger="post", value="ada@home.example")
    assert told(told_by(make_backend(), ada)) == [(f"user:{ada.pk}", "ada@home.example")]


@pytest.mark.parametrize("fields", [{"account": "ops"}, {"messenger": "phone"}], ids=str)
def test_an_opt_out_of_another_account_or_messenger_is_none_here(ada, fields):
    put_out(ada, "opted_out", **fields)
    assert told(told_by(make_backend(), ada)) == [(f"user:{ada.pk}", "ada@example.org")]


def test_an_opt_out_of_a_bare_address_is_none_of_a_users_own(ada):
    put_out(None, "opted_out")
    assert told(told_by(make_backend(), ada)) == [(f"user:{ada.pk}", "ada@example.org")]


@pytest.mark.parametrize("kind", ["dead", ""])
def test_whoever_corrects_her_dead_address_is_told_again(ada, kind):
    put_out(ada, kind, "ada@exmaple.org")
    assert told(told_by(make_backend(), ada)) == [(f"user:{ada.pk}", "ada@example.org")]


@pytest.mark.parametrize(("kind", "code"), [("dead", "dead_address"), ("opted_out", "opted_out")])
def test_whoever_has_only_what_is_not_used_is_told_nowhere_and_the_row_says_why(ada, kind, code):
    put_out(ada, kind, "+491", messenger="phone")
    [row] = deliveries(told_by(make_backend("phone"), ada))
    assert (row.code, row.reason, row.address) == (code, "550", "+491")


def test_an_address_inactive_as_it_was_typed_is_not_used(ada):
    ada.email = "Ada@Example.org"
    ada.save()
    Address.objects.create(
        user=ada, messenger="post", value="Ada@Example.org", active=False, kind="dead"
    )
    event = told_by(make_backend(), ada)
    assert told(event) == []


def test_a_veto_for_one_account_is_none_for_another(ada):
    Address.objects.create(
        messenger="post", account="ops", value="ada@example.org", active=False, kind="dead"
    )
    event = told_by(make_backend(), ada)
    assert told(event) == [(f"user:{ada.pk}", "ada@example.org")]


def test_an_account_that_cannot_be_used_stops_no_planning(ada):
    event = told_by(make_backend("locked"), ada, addresses=[" Raw "])
    assert told(event) == [("address:Raw", "Raw"), (f"user:{ada.pk}", "ada@example.org")]


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3)])
def test_options_that_cannot_be_read_stop_no_planning(install, ada, error):
    class Odd(Post):
        @classmethod
        def upgrade_options(cls, stored):
            raise error

    install(Odd)
    assert told(told_by(make_backend(), ada)) == [(f"user:{ada.pk}", "ada@example.org")]


def test_a_messenger_that_stumbles_over_one_address_is_asked_again_later(ada):
    odd = make_user("odd")
    event = told_by(make_backend("muddled"), ada, odd)
    assert told(event) == [(f"user:{ada.pk}", "ada@example.org")]
    assert (event.state, event.deliveries.count()) == ("pending", 1)
    assert "messenger 'muddled'" in event.reason
    assert "raised TypeError" in event.reason


def test_no_secret_of_an_account_is_noted(install, ada, settings, caplog):
    settings.DSN = {"MESSENGERS": {"locked": {"default": {"token": "t0ps3cret"}}}}

    class Asking(Locked):
        def normalize_address(self, raw: str) -> str:
            raise ConnectionError(f"https://api.example/bot{self.account.token}/getChat")

    install(Asking)
    event = told_by(make_backend("locked"), ada)
    event.refresh_from_db()
    assert "raised ConnectionError" in event.reason
    assert "t0ps3cret" not in event.reason + caplog.text


def test_of_two_with_one_address_the_person_gets_the_message_and_the_other_row_says_so(ada):
    event = told_by(make_backend(), ada, addresses=["ADA@example.org"])
    assert told(event) == [(f"user:{ada.pk}", "ada@example.org")]
    assert silenced(event) == {"address:ada@example.org": "duplicate"}
    assert f"user:{ada.pk}" in event.deliveries.get(code="duplicate").reason


def test_a_duplicate_is_found_many_pages_later_too(small_pages):
    crowd = make_users(10)
    for user in (crowd[1], crowd[2], crowd[9]):
        user.email = "family@example.org"
        user.save()
    event = told_by(make_backend(), *crowd)
    assert len(told(event)) == 8
    assert silenced(event) == {
        f"user:{crowd[2].pk}": "duplicate",
        f"user:{crowd[9].pk}": "duplicate",
    }


def test_one_who_is_left_out_leaves_the_address_to_another(small_pages):
    crowd = make_users(5)
    for user in (crowd[0], crowd[4]):
        user.email = "family@example.org"
        user.is_active = user is crowd[4]
        user.save()
    event = told_by(make_backend(), *crowd)
    assert silenced(event) == {f"user:{crowd[0].pk}": "inactive"}


def test_one_address_is_told_through_each_backend(ada):
    trigger = make_trigger()
    subscribe(trigger, make_backend(), make_backend(name="second"), users=[ada])
    event = happen(trigger)
    fan_out(event)
    assert told(event) == [(f"user:{ada.pk}", "ada@example.org")] * 2


def test_a_key_too_long_for_its_column_is_hashed():
    trigger = make_trigger()
    long, longer = "a" * 300 + "@example.org", "a" * 301 + "@example.org"
    subscribe(trigger, make_backend(), addresses=[long, longer])
    event = happen(trigger)
    fan_out(event)
    assert {where for _who, where in told(event)} == {long, longer}
