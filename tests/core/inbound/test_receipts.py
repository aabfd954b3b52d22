"""Receipts: what arrived, what did not, in whatever order and however often it is said."""

from __future__ import annotations

import pytest
from django.utils import timezone

from dsn_core import signals
from dsn_core.contract.outcome import Refusal
from dsn_core.delivery.delivering import deliver_next
from dsn_core.models import AccountState, Address, Delivery, InactiveKind, InboundReport
from dsn_core.states import State
from tests.core.delivery.conftest import backend_of

pytestmark = pytest.mark.django_db

ARRIVED = {"kind": "receipt", "provider_id": "p1", "delivered": True}
FAILED = {"kind": "receipt", "provider_id": "p1", "delivered": False, "code": "30008"}


def outcome() -> str:
    return InboundReport.objects.latest("pk").outcome


# ── What it does to its delivery ────────────────────────────────────────────────────────


def test_it_makes_it_delivered(post, sent):
    assert post(ARRIVED).status_code == 204
    assert sent().state == State.DELIVERED
    assert outcome() == "delivered"


def test_it_makes_it_failed_with_the_services_words(post, sent):
    post({**FAILED, "reason": "Unreachable"})
    assert (sent().state, sent().code, sent().reason) == (State.FAILED, "30008", "Unreachable")
    assert sent().finished_at is not None


def test_a_code_that_is_too_long_is_cut(post, sent):
    post({**FAILED, "code": "x" * 300})
    assert len(sent().code) == 100


def test_what_failed_may_arrive_after_all(post, sent):
    post({**FAILED, "reason": "Unreachable"})
    post(ARRIVED)
    assert (sent().state, sent().code, sent().reason) == (State.DELIVERED, "", "")


def test_a_late_failure_moves_nothing_back(post, sent):
    post(ARRIVED)
    assert post(FAILED).status_code == 204
    assert sent().state == State.DELIVERED
    assert outcome() == "changed nothing: it is delivered"


def test_it_may_name_our_key_in_any_spelling(post, sent):
    post({"kind": "receipt", "key": sent().key.hex.upper(), "delivered": True})
    assert sent().state == State.DELIVERED


@pytest.mark.parametrize("key", ["no key", "7", "' OR 1=1 --"])
def test_a_key_that_is_none_of_ours_is_about_nothing(post, sent, key):
    assert post({"kind": "receipt", "key": key, "provider_id": "p1", "delivered": True})
    assert sent().state == State.SENT


def test_one_that_names_nothing_is_about_nothing(post, queue):
    row = queue(backend=backend_of("acme"), state=State.SENT)[0]
    post({"kind": "receipt", "delivered": True})
    assert Delivery.objects.get(pk=row.pk).state == State.SENT


def test_another_account_cannot_speak_of_it(post, sent):
    post(ARRIVED, account="ops")
    post({"kind": "receipt", "key": str(sent().key), "delivered": True}, account="ops")
    assert sent().state == State.SENT


def test_another_messenger_cannot_speak_of_it(post, queue):
    row = queue(backend=backend_of("pager"), state=State.SENT, provider_id="p1")[0]
    post(ARRIVED)
    assert Delivery.objects.get(pk=row.pk).state == State.SENT


def test_the_account_through_which_it_went_since_may_speak_of_it(post, sent):
    backend_of("acme", account="ops")
    post(ARRIVED, account="ops")
    assert sent().state == State.DELIVERED


def test_what_is_in_doubt_is_settled(post, sent):
    Delivery.objects.update(state=State.UNKNOWN, doubted=True)
    post(ARRIVED)
    assert sent().state == State.DELIVERED


def test_what_is_in_doubt_and_failed_is_settled_too(post, sent):
    Delivery.objects.update(state=State.UNKNOWN, doubted=True)
    post(FAILED)
    assert sent().state == State.FAILED


@pytest.mark.parametrize("doubted", [True, False])
@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
def test_what_waits_to_be_sent_again_and_has_arrived_is_not_sent(post, queue, acme, state, doubted):
    row = queue(backend=backend_of("acme"), state=state, doubted=doubted)[0]
    post({"kind": "receipt", "key": str(row.key), "delivered": True})
    assert not deliver_next()
    assert Delivery.objects.get(pk=row.pk).state == State.DELIVERED


def test_what_waits_to_be_sent_again_and_failed_is_sent(post, queue, acme):
    row = queue(backend=backend_of("acme"))[0]
    post({"kind": "receipt", "key": str(row.key), "delivered": False})
    assert outcome() == "changed nothing: it is queued"
    assert deliver_next()
    assert Delivery.objects.get(pk=row.pk).state == State.SENT


@pytest.mark.parametrize("state", [State.CANCELLED, State.SUPPRESSED])
@pytest.mark.parametrize("said", [ARRIVED, FAILED])
def test_what_was_never_to_be_sent_stays_as_it_is(post, sent, state, said):
    Delivery.objects.update(state=state)
    post(said)
    assert sent().state == state


# ── What it means for others ────────────────────────────────────────────────────────────


def test_this_message_only(post, sent):
    post({**FAILED, "refusal": "message"})
    assert not Address.objects.exists()
    assert not AccountState.objects.exists()


def test_the_address_is_dead_for_everybody_who_has_it(post, sent, queue, admin_user):
    Delivery.objects.update(user_pk=str(admin_user.pk))
    waiting = queue(backend=backend_of("acme"), address="ada")[0]
    post({**FAILED, "refusal": "address", "reason": "Unknown number"})
    row = Address.objects.get()
    assert (row.messenger, row.account, row.value) == ("acme", "default", "ada")
    assert (row.user_id, row.active, row.kind) == (admin_user.pk, False, InactiveKind.DEAD)
    assert row.reason == "Unknown number"
    assert deliver_next()
    assert Delivery.objects.get(pk=waiting.pk).state == State.CANCELLED
    assert Delivery.objects.get(pk=waiting.pk).code == "dead_address"


def test_the_account_is_held_once(post, sent, queue, heard, django_capture_on_commit_callbacks):
    queue(backend=backend_of("acme"), state=State.SENT, provider_id="p2")
    waiting = queue(backend=backend_of("acme"))[0]
    said = {**FAILED, "refusal": "account", "reason": "Unpaid bill"}
    with django_capture_on_commit_callbacks(execute=True):
        post(said, {**said, "provider_id": "p2"})
    state = AccountState.objects.get()
    assert (state.messenger, state.account, state.reason) == ("acme", "default", "Unpaid bill")
    assert Delivery.objects.get(pk=waiting.pk).state == State.HELD
    assert [name for name, _ in heard].count("account_held") == 1


def test_a_repeated_one_holds_no_account_that_was_released(
    post, sent, heard, django_capture_on_commit_callbacks
):
    said = {**FAILED, "refusal": "account", "reason": "Unpaid bill"}
    with django_capture_on_commit_callbacks(execute=True):
        post({**said, "id": "1"})
    AccountState.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        post({**said, "id": "2"})
    assert not AccountState.objects.exists()


def test_it_is_held_only_once_the_report_is_on_disk(post, sent, heard):
    post({**FAILED, "refusal": "account"})
    assert not AccountState.objects.exists()
    assert heard == []


SOFT = {"refusal": "retry", "scope": "address"}


def _soft(post, queue, *numbers):
    for number in numbers:
        queue(backend=backend_of("acme"), state=State.SENT, provider_id=f"s{number}", address="ada")
        said = {"kind": "receipt", "provider_id": f"s{number}", "delivered": False}
        post({**said, "refusal": "retry", "scope": "address", "reason": "Mailbox full"})


def test_the_third_not_now_in_a_row_kills_the_address(post, queue, acme):
    _soft(post, queue, 1, 2)
    assert Address.objects.get().active
    _soft(post, queue, 3)
    row = Address.objects.get()
    assert (row.active, row.kind) == (False, InactiveKind.DEAD)
    assert row.reason == "Refused 3 times in a row: Mailbox full"


def test_one_that_arrives_begins_the_count_anew(post, queue, sent):
    _soft(post, queue, 1, 2)
    post(ARRIVED)
    _soft(post, queue, 3, 4)
    assert Address.objects.get().active
    assert Address.objects.get().soft_failures == 2


def test_one_message_counts_once_whatever_is_said_of_it(post, sent):
    for number in range(5):
        post({**FAILED, **SOFT, "id": str(number), "reason": str(number)})
    assert Address.objects.get().soft_failures == 1


def test_a_late_not_now_of_what_arrived_counts_nothing(post, sent):
    post(ARRIVED)
    post({**FAILED, **SOFT})
    assert not Address.objects.exists()


def test_a_failure_for_which_the_address_is_not_to_blame_counts_nothing(post, sent):
    post({**FAILED, "refusal": "retry"})
    assert not Address.objects.exists()


def test_an_account_that_has_sent_enough_waits_as_long_as_is_asked(post, sent):
    post({**FAILED, "refusal": "retry", "scope": "account", "retry_after": 3600, "reason": "Cap"})
    state = AccountState.objects.get()
    wait = (state.next_slot - timezone.now()).total_seconds()
    assert 3_590 < wait <= 3_600
    assert (state.reason, state.held_since) == ("Cap", None)
    assert not Address.objects.exists()


def test_a_late_word_of_what_arrived_makes_no_account_wait(post, sent):
    Delivery.objects.update(state=State.DELIVERED)
    post({**FAILED, "refusal": "retry", "scope": "account", "retry_after": 3600})
    assert not AccountState.objects.exists()


@pytest.mark.parametrize("odd", [None, -5, 0, "soon", True])
def test_a_wait_that_makes_no_sense_is_none(post, sent, odd):
    post({**FAILED, "refusal": "retry", "scope": "account", "retry_after": odd})
    assert AccountState.objects.get().next_slot <= timezone.now()


def test_a_message_to_everybody_kills_no_address(post, sent):
    Delivery.objects.update(address="")
    for refusal in ("address", "retry"):
        post({**FAILED, "refusal": refusal, "scope": "address"})
        Delivery.objects.update(state=State.SENT)
    assert not Address.objects.exists()


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_makes_it_failed(post, sent, refusal):
    post({**FAILED, "refusal": refusal.value})
    assert sent().state == State.FAILED


# ── What is announced ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "name"), [(ARRIVED, "delivery_confirmed"), (FAILED, "delivery_failed")]
)
def test_it_is_announced_once_and_as_it_now_is(
    post, sent, heard, said, name, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        post(said)
        post({**said, "id": "again"})
        assert heard == []
    [(heard_name, told)] = heard
    assert (heard_name, told["delivery"].pk) == (name, sent().pk)
    assert told["delivery"].state == sent().state


def test_a_receiver_that_raises_changes_nothing(
    post, sent, heard, monkeypatch, django_capture_on_commit_callbacks
):
    def fail(**_):
        raise RuntimeError("Boom")

    signals.delivery_confirmed.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert post(ARRIVED).status_code == 204
    finally:
        signals.delivery_confirmed.disconnect(fail)
    assert sent().state == State.DELIVERED
    assert [name for name, _ in heard] == ["delivery_confirmed"]
