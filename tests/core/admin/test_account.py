"""The page of account states: why an account does not send, until when, and how to go on."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from dsn_core.models import AccountState, AddressSlot, Backend, Delivery, Event
from dsn_core.states import HeldBy, State
from tests.core.admin.daily import logged

pytestmark = pytest.mark.django_db

ACCOUNTS = "/admin/dsn/accountstate/"


@pytest.fixture
def held() -> AccountState:
    """An account whose token is wrong, and what waits for it."""
    backend = Backend.objects.create(name="Page", messenger="log")
    event = Event.objects.create(verb="post_save")
    for number in range(3):
        Delivery.objects.create(
            event=event,
            backend=backend,
            messenger="log",
            account="default",
            recipient_key=str(number),
            state=State.HELD if number else State.SENT,
            code=HeldBy.ACCOUNT,
        )
    return AccountState.objects.create(
        messenger="log", account="default", held_since=timezone.now(), reason="401 Unauthorized"
    )


def use_again(browser, state: AccountState):
    return browser.post(
        ACCOUNTS, {"action": "use_again", "_selected_action": [state.pk]}, follow=True
    )


def test_a_wrong_token_is_told_with_what_to_do(boss, held):
    listed = boss.get(ACCOUNTS).content.decode()
    assert "401 Unauthorized" in listed
    assert '<td class="field-waiting">2</td>' in listed
    page = boss.get(f"{ACCOUNTS}{held.pk}/change/").content.decode()
    assert "DSN[&quot;MESSENGERS&quot;][&quot;log&quot;][&quot;default&quot;]" in page
    assert "no limit" in page


def test_a_held_account_is_used_again_by_hand(boss, held):
    page = use_again(boss, held).content.decode()
    assert "2 deliveries that were held are queued" in page
    held.refresh_from_db()
    assert (held.held_since, held.reason) == (None, "")
    assert Delivery.objects.filter(state=State.QUEUED).count() == 2


def test_who_may_only_look_cannot_use_an_account_again(staff, held):
    browser = staff("view_accountstate")
    assert 'value="use_again"' not in browser.get(ACCOUNTS).content.decode()
    use_again(browser, held)
    held.refresh_from_db()
    assert held.held_since is not None
    assert 'value="use_again"' in staff_with_both(staff).get(ACCOUNTS).content.decode()


def test_a_held_account_has_a_button_on_its_page_and_its_use_is_logged(boss, held):
    page = boss.get(f"{ACCOUNTS}{held.pk}/change/").content.decode()
    button = f"{ACCOUNTS}{held.pk}/use-again/"
    assert f'action="{button}"' in page
    boss.get(button)
    held.refresh_from_db()
    assert held.held_since is not None
    boss.post(button)
    held.refresh_from_db()
    assert held.held_since is None
    assert logged(AccountState) == ["Used again; 2 held deliveries queued."]
    assert button not in boss.get(f"{ACCOUNTS}{held.pk}/change/").content.decode()


def test_an_account_used_again_from_the_list_is_logged(boss, held):
    use_again(boss, held)
    assert logged(AccountState) == ["Used again; 2 held deliveries queued."]


def test_who_may_only_look_has_no_button(staff, held):
    browser = staff("view_accountstate")
    assert "use-again" not in browser.get(f"{ACCOUNTS}{held.pk}/change/").content.decode()
    assert browser.post(f"{ACCOUNTS}{held.pk}/use-again/").status_code == 403
    assert browser.post(f"{ACCOUNTS}999/use-again/").status_code in (403, 404)


def staff_with_both(staff):
    from django.contrib.auth.models import User

    User.objects.filter(username="clerk").delete()
    return staff("view_accountstate", "change_accountstate")


def test_an_account_that_the_service_wants_to_wait_says_until_when(boss):
    soon = timezone.now() + dt.timedelta(minutes=5)
    state = AccountState.objects.create(
        messenger="log", account="default", next_slot=soon, reason="Too Many Requests"
    )
    page = boss.get(f"{ACCOUNTS}{state.pk}/change/").content.decode()
    assert "The service wants it to wait: Too Many Requests" in page
    assert "goes out by itself" in page
    use_again(boss, state)
    state.refresh_from_db()
    assert (state.next_slot, state.reason) == (None, "")


def test_an_account_that_keeps_to_its_rate_says_where_that_is_changed(boss):
    soon = timezone.now() + dt.timedelta(days=1)
    state = AccountState.objects.create(messenger="log", account="default", next_slot=soon)
    page = boss.get(f"{ACCOUNTS}{state.pk}/change/").content.decode()
    assert "Its rate is used up." in page
    assert (
        "Another rate in DSN[&quot;MESSENGERS&quot;][&quot;log&quot;][&quot;default&quot;]" in page
    )


def test_a_queued_delivery_says_that_its_account_waits(boss, held):
    soon = timezone.now() + dt.timedelta(minutes=5)
    AccountState.objects.update(held_since=None, next_slot=soon, reason="Too Many Requests")
    Delivery.objects.update(state=State.QUEUED, code="")
    listed = boss.get("/admin/dsn/delivery/").content.decode()
    assert listed.count("its account waits until") == 3
    assert "Too Many Requests" in listed
    AccountState.objects.update(next_slot=timezone.now())
    assert "its account waits" not in boss.get("/admin/dsn/delivery/").content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"rate": "30/second"}, "30/second"),
        ({"rate_per_address": "20/minute"}, "to each address 20/minute"),
        ({"rate": "fast"}, "no limit"),
    ],
)
def test_the_rate_in_force_is_shown(boss, settings, said, words):
    settings.DSN = {"MESSENGERS": {"log": {"default": said}}}
    AccountState.objects.create(messenger="log", account="default")
    assert words in boss.get(ACCOUNTS).content.decode()


def test_a_queued_delivery_says_that_its_address_waits(boss, held):
    month = timezone.now() + dt.timedelta(days=30)
    place = {"messenger": "log", "account": "default", "address": "busy"}
    AddressSlot.objects.create(**place, next_slot=month, planned_until=month)
    Delivery.objects.update(state=State.QUEUED, code="", address="busy")
    Delivery.objects.filter(recipient_key="0").update(address="free")
    page = boss.get("/admin/dsn/delivery/").content.decode()
    assert page.count("its address waits until") == 2
