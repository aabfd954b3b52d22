"""Who wants no more, who wants to hear again, who has moved: per account, in any order."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsn_core import signals
from dsn_core.delivery.delivering import deliver_next
from dsn_core.engines.draining import drain
from dsn_core.inbound import webhooks
from dsn_core.inbound.reports import apply_waiting
from dsn_core.models import Address, Backend, Delivery, InboundReport, Subscription, Trigger
from dsn_core.records.addresses import bury
from dsn_core.states import State
from tests.core.delivery.conftest import backend_of
from tests.host.models import Order

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.django_db

OUT = {"kind": "opted_out", "address": " ADA ", "reason": "STOP"}
IN = {"kind": "opted_in", "address": "ada", "reason": "START"}
MOVED = {"kind": "moved", "address": "ada", "moved_to": "eve"}


@pytest.fixture
def ada():
    return User.objects.create_user("ada")


@pytest.fixture
def one_account(settings, acme):
    """Acme with the account ``default`` alone."""
    accounts = {"default": settings.DSN["MESSENGERS"]["acme"]["default"]}
    settings.DSN = {"MESSENGERS": {"acme": accounts}}


def outcome() -> str:
    return InboundReport.objects.latest("pk").outcome


def where(**fields: object) -> Address:
    return Address.objects.get(messenger="acme", **fields)


# ── Opted out ───────────────────────────────────────────────────────────────────────────


def test_whoever_wants_no_more_is_noted_as_the_messenger_writes_her(post):
    post(OUT)
    row = Address.objects.get()
    assert (row.messenger, row.account, row.value, row.user) == ("acme", "default", "ada", None)
    assert (row.active, row.kind, row.reason) == (False, "opted_out", "STOP")
    assert outcome() == "opted out"


def test_her_own_row_says_so(post, ada):
    Address.objects.create(user=ada, messenger="acme", account="default", value="ada")
    post(OUT)
    assert not where().active
    assert where().user == ada


def test_who_blocks_one_account_has_not_blocked_another(post, ada, queue):
    Address.objects.create(user=ada, messenger="acme", value="ada")
    post(OUT)
    assert where(account="").active
    assert not where(account="default").active
    ours = queue(backend=backend_of("acme"), address="ada")[0]
    assert deliver_next()
    assert Delivery.objects.get(pk=ours.pk).code == "opted_out"
    theirs = queue(backend=backend_of("acme", account="ops"), address="ada")[0]
    assert deliver_next()
    assert Delivery.objects.get(pk=theirs.pk).state == State.SENT


def test_where_there_is_one_account_the_row_for_all_says_so(post, one_account, ada):
    Address.objects.create(user=ada, messenger="acme", value="ada")
    post(OUT)
    assert not where().active


def test_it_is_said_once(post, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post(OUT)
        assert heard == []
    with django_capture_on_commit_callbacks(execute=True):
        post({**OUT, "id": "again"})
    [(name, told)] = heard
    told.pop("signal", None)
    assert name == "address_opted_out"
    assert told == {"messenger": "acme", "account": "default", "address": "ada", "reason": "STOP"}
    assert outcome() == "changed nothing: it was known"


def test_a_receiver_that_raises_changes_nothing(post, django_capture_on_commit_callbacks):
    def fail(**_):
        raise RuntimeError("Boom")

    signals.address_opted_out.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert post(OUT).status_code == 204
    finally:
        signals.address_opted_out.disconnect(fail)
    assert not where().active


def test_whoever_opted_out_is_not_merely_dead(post, sent):
    post(OUT)
    post({"kind": "receipt", "provider_id": "p1", "delivered": False, "refusal": "address"})
    assert (where().kind, where().reason) == ("opted_out", "STOP")


def test_whoever_is_dead_may_opt_out_too(post, sent):
    post({"kind": "receipt", "provider_id": "p1", "delivered": False, "refusal": "address"})
    assert where().kind == "dead"
    post(OUT)
    assert (where().kind, outcome()) == ("opted_out", "opted out")


def test_a_reason_that_is_too_long_is_cut(acme):
    bury("acme", "default", "ada", "x" * 2_000)
    assert len(where().reason) == 500


@pytest.mark.parametrize("kind", ["opted_out", "opted_in", "moved", "linked"])
def test_no_address_is_nobody(post, kind):
    more = {"moved": {"moved_to": "eve"}, "linked": {"token": "x"}}.get(kind, {})
    assert post({"kind": kind, "address": "", **more}).status_code == 204
    assert not Address.objects.exists()
    assert outcome() == "changed nothing: it names no address"


# ── Opted in ────────────────────────────────────────────────────────────────────────────


def test_whoever_wants_to_hear_again_does(post, queue, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post(OUT, IN)
    row = where()
    assert (row.active, row.kind, row.reason, row.soft_failures) == (True, "", "", 0)
    assert [name for name, _ in heard] == ["address_opted_out", "address_opted_in"]
    waiting = queue(backend=backend_of("acme"), address="ada")[0]
    assert deliver_next()
    assert Delivery.objects.get(pk=waiting.pk).state == State.SENT


def test_whoever_was_taken_for_dead_begins_anew(post):
    Address.objects.create(
        messenger="acme", account="default", value="ada", active=False, soft_failures=3
    )
    post(IN)
    assert (where().active, where().soft_failures) == (True, 0)


def test_one_account_reopens_nothing_of_another(post):
    post(OUT, account="ops")
    post(IN)
    assert not where(account="ops").active


def test_whoever_never_left_is_no_news(post, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post(IN)
    assert heard == []
    assert not Address.objects.exists()


NOBODYS = "nobody of yours has this address"


def test_a_stranger_who_wants_to_hear_is_noted_as_one(post):
    for minute in (1, 2):
        post(_at(IN, minute))
        assert outcome() == f"noted: {NOBODYS}"
    assert where().user is None


def test_of_a_stranger_without_a_time_nothing_is_noted(post):
    post(IN)
    assert outcome() == f"changed nothing: {NOBODYS}"


@pytest.mark.parametrize("account", ["", "default"])
def test_whoever_is_known_and_never_left_is_no_stranger(post, ada, account):
    Address.objects.create(user=ada, messenger="acme", account=account, value="ada")
    post(_at(IN, 1))
    assert outcome() == "changed nothing: it was known"


def test_whoever_has_left_since_is_no_stranger(post):
    post(_at(OUT, 2))
    post(_at(IN, 1))
    assert outcome() == "changed nothing: it was known"


def _at(report: Mapping[str, object], minute: int) -> dict[str, object]:
    return {**report, "at": f"2020-01-01T10:0{minute}:00+00:00", "id": f"{minute}"}


ORDERS = list(itertools.permutations(range(3)))
STEPS = [_at(OUT, 1), _at(IN, 2), _at(OUT, 3)]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_stop_start_stop_ends_stopped_in_whatever_order_it_comes(post, order):
    for number in order:
        post(STEPS[number])
    assert not where().active


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_start_stop_start_ends_started_in_whatever_order_it_comes(post, order):
    steps = [_at(IN, 1), _at(OUT, 2), _at(IN, 3)]
    for number in order:
        post(steps[number])
    assert where().active


def test_one_that_is_known_already_still_counts_as_the_last_word(post):
    post(_at(OUT, 1))
    post(_at(OUT, 5))
    post(_at(IN, 3))
    assert not where().active


def test_what_had_to_wait_is_no_later_word_than_what_came_meanwhile(post, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "PROMPTLY", 0)
        post(IN)
    then = timezone.now() - dt.timedelta(minutes=1)
    InboundReport.objects.update(received_at=then, next_at=then)
    post(OUT)
    assert apply_waiting() == 1
    assert not where().active


def test_a_clock_that_runs_ahead_silences_nothing_that_comes_after(post):
    post({**IN, "at": "2999-01-01T00:00:00+00:00"})
    post(OUT)
    post({**OUT, "at": "2999-01-01T00:00:00+00:00"}, {**IN, "at": "2998-01-01T00:00:00+00:00"})
    assert where().active


def test_a_time_without_a_zone_is_the_projects(post):
    post({**OUT, "at": "2020-01-01T10:00:00"})
    assert where().reported_at.isoformat() == "2020-01-01T09:00:00+00:00"


def test_a_project_without_time_zones_takes_times_too(post, settings):
    settings.USE_TZ = False
    post({**OUT, "at": "2020-01-01T10:00:00+00:00"})
    assert where().reported_at.isoformat() == "2020-01-01T11:00:00"


# ── Moved ───────────────────────────────────────────────────────────────────────────────


def test_whoever_has_moved_is_reached_there(post, ada, queue):
    Address.objects.create(user=ada, messenger="acme", value="ada")
    waiting = queue(backend=backend_of("acme"), address="ada")[0]
    post(MOVED)
    assert where().value == "eve"
    assert Delivery.objects.get(pk=waiting.pk).address == "eve"
    assert outcome() == "moved"


def test_what_has_been_sent_keeps_its_address(post, sent):
    post(MOVED)
    assert sent().address == "ada"


def test_where_the_new_one_is_hers_already_the_old_one_is_left(post, ada):
    bob = User.objects.create_user("bob")
    for user in (ada, bob):
        Address.objects.create(user=user, messenger="acme", account="default", value="ada")
    Address.objects.create(user=ada, messenger="acme", account="default", value="eve")
    post(MOVED)
    assert where(user=ada, value="eve").active
    assert where(user=ada, value="ada").reason == "It has moved to eve."
    assert not where(user=ada, value="ada").active
    assert where(user=bob).value == "eve"


def test_another_account_moves_nothing_of_ours(post, ada):
    Address.objects.create(user=ada, messenger="acme", account="default", value="ada")
    post(MOVED, account="ops")
    assert where().value == "ada"


def test_a_move_is_announced(post, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post(MOVED)
    [(name, told)] = heard
    assert (name, told["address"], told["moved_to"]) == ("address_moved", "ada", "eve")


@pytest.mark.parametrize("there", ["", " ADA "])
def test_a_move_to_nowhere_is_none(post, ada, there):
    Address.objects.create(user=ada, messenger="acme", account="default", value="ada")
    post({**MOVED, "moved_to": there})
    assert (where().value, where().active) == ("ada", True)
    assert outcome() == "changed nothing: it names no address"


# ── What comes after ────────────────────────────────────────────────────────────────────


def test_what_is_planned_after_that_is_left_out_and_says_why(post, ada, one_account, settings):
    settings.DSN = {**settings.DSN, "ADDRESSES": {"acme": "username"}}
    trigger = Trigger.objects.watch("post_save", Order, name="T")
    backend = Backend.objects.create(name="B", messenger="acme")
    Subscription.objects.subscribe(trigger, backend, users=[ada])
    states = []
    for said in (OUT, IN):
        post(said)
        Order.objects.create()
        drain()
        states.append(Delivery.objects.latest("pk"))
    assert (states[0].state, states[0].code) == (State.SUPPRESSED, "opted_out")
    assert (states[1].state, states[1].address) == (State.SENT, "ada")


def test_whoever_stops_what_she_had_linked_has_opted_out(post, ada):
    Address.objects.create(user=ada, messenger="acme", account="default", value="ada")
    post(OUT)
    trigger = Trigger.objects.watch("post_save", Order, name="T")
    backend = Backend.objects.create(name="B", messenger="acme")
    Subscription.objects.subscribe(trigger, backend, users=[ada])
    Order.objects.create()
    drain()
    made = Delivery.objects.get()
    assert (made.state, made.code, made.reason) == (State.SUPPRESSED, "opted_out", "STOP")
