"""What is missing holds a delivery, counts no attempt, and lets it go when it is back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.delivery.releasing import sweep
from dsn_core.models import AccountState, Backend, StoredTemplate, Subscription, Trigger
from dsn_core.records.holding import hold_account, release_account
from dsn_core.states import HeldBy, State
from tests.core.delivery.conftest import backend_of, delivered, event_of, fresh

pytestmark = pytest.mark.django_db


class Account(Fields):
    token: str = option(label="Token", secret=True)


class Options(Fields):
    size: int = 1


class Keyed(Messenger[Account, Options]):
    """Needs an account, has an option."""

    key = "keyed"
    label = "Keyed"
    channel = "push"

    def send(self, envelope):
        return Accepted(provider_id=self.account.token)


def is_held(row, cause: HeldBy) -> bool:
    return (row.state, row.code, row.attempts, row.lease) == (State.HELD, cause.value, 0, None)


def test_an_uninstalled_plugin_holds_and_its_return_releases(pager, install, queue):
    rows = queue(2)
    install()
    assert all(is_held(row, HeldBy.PLUGIN) for row in delivered(rows))
    assert sweep() == 0
    pager()
    assert sweep() == 2
    assert [row.state for row in delivered(rows)] == [State.SENT, State.SENT]
    assert {row.attempts for row in fresh(rows)} == {1}


def test_a_template_that_is_gone_holds_until_it_is_back(pager, queue):
    pager()
    rows = queue(backend=backend_of("pager", message_template="shop.gone"))
    assert is_held(delivered(rows)[0], HeldBy.TEMPLATE)
    assert sweep() == 0
    StoredTemplate.objects.create(key="shop.gone", text="Back")
    assert sweep() == 1
    assert delivered(rows)[0].state == State.SENT


def test_options_that_do_not_fit_hold_until_they_do(install, queue, settings):
    settings.DSN = {"MESSENGERS": {"keyed": {"default": {"token": "t0k3n"}}}}
    install(Keyed)
    rows = queue(backend=backend_of("keyed", options={"size": "huge"}))
    row = delivered(rows)[0]
    assert is_held(row, HeldBy.OPTIONS)
    assert "size" in row.reason
    assert sweep() == 0
    backend_of("keyed", options={"size": 3, "no_longer_known": 1})
    assert sweep() == 1
    assert delivered(rows)[0].state == State.SENT


def test_a_plugin_whose_options_upgrade_raises_holds(install, queue):
    class Broken(Keyed):
        @classmethod
        def upgrade_options(cls, stored):
            raise SystemExit(1)

    install(Broken)
    with_account = {"MESSENGERS": {"keyed": {"default": {"token": "t0k3n"}}}}
    from django.test import override_settings

    with override_settings(DSN=with_account):
        assert is_held(delivered(queue(backend=backend_of("keyed")))[0], HeldBy.OPTIONS)


@pytest.mark.parametrize("accounts", [{}, {"default": {}}, {"default": {"token": 7}}])
def test_an_account_that_settings_do_not_give_holds_until_they_do(
    install, queue, settings, accounts
):
    settings.DSN = {"MESSENGERS": {"keyed": accounts}}
    install(Keyed)
    rows = queue(2, backend=backend_of("keyed"))
    held = delivered(rows)
    assert all(is_held(row, HeldBy.ACCOUNT) for row in held)
    assert 'DSN["MESSENGERS"]["keyed"]["default"]' in held[0].reason
    assert AccountState.objects.get().held_since is not None
    assert sweep() == 0
    settings.DSN = {"MESSENGERS": {"keyed": {"default": {"token": "t0k3n"}}}}
    install(Keyed)
    assert sweep() == 2
    assert [row.state for row in delivered(rows)] == [State.SENT, State.SENT]
    assert AccountState.objects.get().held_since is None


def test_a_refused_account_waits_for_new_settings(pager, queue, settings):
    settings.DSN = {"MESSENGERS": {"pager": {"default": {"rate": "100/second"}}}}
    pager(Refused(refusal=Refusal.ACCOUNT, code="401", reason="Wrong token"))
    rows = queue(2)
    delivered(rows)
    assert sweep() == 0
    settings.DSN = {"MESSENGERS": {"pager": {"default": {"rate": "200/second"}}}}
    pager()
    assert sweep() == 2
    assert [row.state for row in delivered(rows)] == [State.SENT, State.SENT]


def test_an_account_for_which_nothing_waits_is_used_at_once_with_new_settings(
    pager, queue, settings
):
    settings.DSN = {"MESSENGERS": {"pager": {"default": {"rate": "100/second"}}}}
    pager()
    hold_account("pager", "default", "Wrong token")
    settings.DSN = {"MESSENGERS": {"pager": {"default": {"rate": "200/second"}}}}
    pager()
    sweep()
    assert delivered(queue())[0].state == State.SENT


def test_somebody_may_release_an_account(pager, queue):
    pager(Refused(refusal=Refusal.ACCOUNT, code="401", reason="Wrong token"))
    rows = queue(2)
    delivered(rows)
    assert release_account("pager", "default") == 2
    assert [row.state for row in delivered(rows)] == [State.SENT, State.SENT]


def test_a_backend_that_is_given_another_account_waits_no_longer(pager, queue, settings):
    settings.DSN = {"MESSENGERS": {"pager": {"default": {}, "ops": {}}}}
    pager(Refused(refusal=Refusal.ACCOUNT, code="401", reason="Wrong token"))
    rows = queue()
    delivered(rows)
    backend_of("pager", account="ops")
    assert sweep() == 1
    assert delivered(rows)[0].state == State.SENT


def test_a_backend_that_is_off_holds_until_it_is_on(pager, queue):
    pager()
    rows = queue(backend=backend_of("pager", enabled=False))
    assert is_held(delivered(rows)[0], HeldBy.BACKEND)
    assert sweep() == 0
    backend_of("pager", enabled=True)
    assert sweep() == 1
    assert delivered(rows)[0].state == State.SENT


def test_only_what_waits_for_the_cause_that_is_gone_is_released(pager, queue):
    pager()
    off = queue(backend=Backend.objects.create(name="Off", messenger="pager", enabled=False))
    gone = queue(
        backend=Backend.objects.create(name="Gone", messenger="pager", message_template="shop.gone")
    )
    delivered(off + gone)
    Backend.objects.update(enabled=True)
    assert sweep() == 1
    assert [row.state for row in fresh(off + gone)] == [State.QUEUED, State.HELD]


def subscribed(queue, **more):
    trigger = Trigger.objects.create(name="Saved", verb="post_save")
    backend = backend_of("pager")
    subscription = Subscription.objects.create(name="All", trigger=trigger)
    subscription.backends.add(backend)
    event = event_of(trigger_ids=[trigger.pk])
    return trigger, queue(2, backend=backend, event=event, subscription=subscription, **more)


@pytest.mark.parametrize("model", [Trigger, Subscription])
def test_what_is_switched_off_meanwhile_is_cancelled(pager, queue, model):
    made = pager()
    _, rows = subscribed(queue)
    model.objects.update(enabled=False)
    rows = delivered(rows)
    assert {row.state for row in rows} == {State.CANCELLED}
    assert "switched off" in rows[0].reason
    assert made.sent == []


@pytest.mark.parametrize("model", [Trigger, Subscription])
def test_a_sweep_cancels_what_waits_for_what_is_off(pager, queue, model):
    pager()
    later = timezone.now() + dt.timedelta(hours=1)
    _, rows = subscribed(queue, next_at=later)
    model.objects.update(enabled=False)
    assert sweep() == 2
    assert {row.state for row in fresh(rows)} == {State.CANCELLED}


def test_what_a_deleted_trigger_wanted_is_cancelled(pager, queue):
    pager()
    trigger, rows = subscribed(queue)
    trigger.delete()
    assert {row.state for row in delivered(rows)} == {State.CANCELLED}


def test_what_a_deleted_backend_was_to_send_is_cancelled(pager, queue):
    pager()
    rows = queue()
    Backend.objects.all().delete()
    (row,) = delivered(rows)
    assert (row.state, row.code) == (State.CANCELLED, "backend_gone")


def test_an_address_of_another_messenger_is_not_used(pager, queue):
    made = pager()
    rows = queue()
    Backend.objects.update(messenger="console")
    (row,) = delivered(rows)
    assert (row.state, row.code) == (State.CANCELLED, "backend_changed")
    assert made.sent == []


def test_what_has_expired_is_cancelled(pager, queue):
    made = pager()
    past, future = (timezone.now() + dt.timedelta(minutes=minutes) for minutes in (-1, 1))
    late, early = queue(expires_at=past) + queue(expires_at=future)
    late, early = delivered([late, early])
    assert (late.state, late.code) == (State.CANCELLED, "expired")
    assert early.state == State.SENT
    assert [envelope.expires_at for envelope in made.sent] == [future]


def test_what_expires_while_it_is_held_is_cancelled(pager, install, queue):
    rows = queue(expires_at=timezone.now() + dt.timedelta(hours=1))
    install()
    delivered(rows)
    type(rows[0]).objects.update(expires_at=timezone.now())
    assert sweep() == 1
    assert fresh(rows)[0].code == "expired"
