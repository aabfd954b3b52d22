"""What a person does with deliveries: only by POST, only where it may be, and logged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import resolve

from dsn_core.admin import atomicity, batches
from dsn_core.admin.acts import ACTS
from dsn_core.models import Delivery
from dsn_core.states import FOLLOWING, HeldBy, State
from tests.core.admin.daily import (
    DELIVERIES,
    act_of,
    logged,
    make_delivery,
    make_many,
    page_of,
)

pytestmark = pytest.mark.django_db

OPEN = {
    State.QUEUED: ["cancel"],
    State.SENDING: [],
    State.HELD: ["release", "cancel"],
    State.UNKNOWN: ["retry", "mark_sent", "mark_failed", "cancel"],
    State.SENT: [],
    State.DELIVERED: [],
    State.FAILED: ["retry"],
    State.SUPPRESSED: [],
    State.CANCELLED: [],
}
BECOMES = {
    "retry": State.QUEUED,
    "release": State.QUEUED,
    "mark_sent": State.SENT,
    "mark_failed": State.FAILED,
    "cancel": State.CANCELLED,
}


@pytest.fixture(autouse=True)
def nobody_sends(monkeypatch) -> list[str]:
    """What is queued again stays so: nobody delivers within the request."""
    rung: list[str] = []
    monkeypatch.setattr(batches, "ring", rung.append)
    return rung


def buttons(page: str) -> list[str]:
    return re.findall(r'action="[^"]*/act/(\w+)/"', page)


def state_of(delivery: Delivery) -> str:
    return Delivery.objects.values_list("state", flat=True).get(pk=delivery.pk)


@pytest.mark.parametrize("state", list(State))
def test_each_state_offers_what_may_be_done_in_it(boss, state):
    delivery = make_delivery(state=state)
    assert buttons(boss.get(page_of(delivery)).content.decode()) == OPEN[state]


@pytest.mark.parametrize(
    ("state", "name"), [(state, name) for state, names in OPEN.items() for name in names]
)
def test_an_act_makes_what_the_state_machine_allows(boss, state, name):
    delivery = make_delivery(state=state, code="421", reason="Busy")
    boss.post(act_of(delivery, name), {"confirmed": "yes"})
    assert state_of(delivery) == BECOMES[name]
    assert BECOMES[name] in FOLLOWING[state]
    assert len(logged()) == 1


@pytest.mark.parametrize(
    ("state", "name"),
    [(state, name) for state in State for name in BECOMES if name not in OPEN[state]],
)
def test_what_is_not_offered_is_not_done(boss, state, name):
    delivery = make_delivery(state=state)
    page = boss.post(act_of(delivery, name), {"confirmed": "yes"}, follow=True)
    assert state_of(delivery) == state
    assert "nothing was changed" in page.content.decode()
    assert logged() == []


@pytest.mark.parametrize("name", list(BECOMES))
def test_a_look_at_the_address_of_an_act_changes_nothing(boss, name):
    delivery = make_delivery(state=State.UNKNOWN)
    before = Delivery.objects.values().get()
    response = boss.get(act_of(delivery, name), {"confirmed": "yes"})
    assert response["Location"] == page_of(delivery)
    assert Delivery.objects.values().get() == before


def test_who_may_only_look_has_no_buttons_and_cannot_act(staff):
    delivery = make_delivery(state=State.FAILED)
    client = staff("view_delivery")
    page = client.get(page_of(delivery)).content.decode()
    assert buttons(page) == []
    assert 'name="action"' not in client.get(DELIVERIES).content.decode()
    assert client.post(act_of(delivery, "retry")).status_code == 403
    client.post(DELIVERIES, {"action": "retry", "_selected_action": delivery.pk, "confirmed": "y"})
    assert state_of(delivery) == State.FAILED


def test_who_may_change_deliveries_may_act(staff):
    delivery = make_delivery(state=State.FAILED)
    client = staff("view_delivery", "change_delivery")
    assert buttons(client.get(page_of(delivery)).content.decode()) == ["retry"]
    client.post(act_of(delivery, "retry"))
    assert state_of(delivery) == State.QUEUED


@pytest.mark.parametrize("path", ["999/act/retry/", "x/act/retry/", "{pk}/act/explode/"])
def test_what_is_not_there_is_said_so(boss, path):
    delivery = make_delivery(state=State.FAILED)
    assert boss.post(DELIVERIES + path.format(pk=delivery.pk)).status_code == 404


def test_a_retry_begins_anew_and_rings(boss, nobody_sends):
    delivery = make_delivery(state=State.FAILED, attempts=8, code="550", reason="No such user")
    page = boss.post(act_of(delivery, "retry"), follow=True).content.decode()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.code) == (State.QUEUED, 0, "")
    assert nobody_sends == ["default"]
    assert "done with 1 delivery" in page


def test_an_act_that_sends_nothing_does_not_ring(boss, nobody_sends):
    boss.post(act_of(make_delivery(state=State.HELD), "cancel"), {"confirmed": "yes"})
    assert nobody_sends == []


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"state": State.UNKNOWN}, "retry", "may get it twice"),
        ({"state": State.FAILED, "doubted": True}, "retry", "may get it twice"),
        ({"state": State.HELD, "doubted": True}, "release", "may get it twice"),
        ({"state": State.QUEUED}, "cancel", "cannot be taken back"),
        ({"state": State.UNKNOWN}, "mark_sent", "cannot be taken back"),
    ],
)
def test_what_may_send_twice_or_is_final_is_asked_first(boss, fields, name, words):
    delivery = make_delivery(**fields)
    page = boss.post(act_of(delivery, name)).content.decode()
    assert words in page
    assert state_of(delivery) == fields["state"]
    boss.post(act_of(delivery, name), {"confirmed": "yes"})
    assert state_of(delivery) == BECOMES[name]


@pytest.mark.parametrize("state", [State.FAILED, State.HELD, State.UNKNOWN])
def test_nothing_is_sent_for_a_backend_that_is_gone(boss, state):
    delivery = make_delivery(state=state, backend=None)
    offered = buttons(boss.get(page_of(delivery)).content.decode())
    assert not {"retry", "release"} & set(offered)
    for name in ("retry", "release"):
        boss.post(act_of(delivery, name), {"confirmed": "yes"})
    assert state_of(delivery) == state


def test_the_log_says_who_did_what_and_what_it_was(boss):
    delivery = make_delivery(state=State.FAILED)
    boss.post(act_of(delivery, "retry"))
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("boss", str(delivery.pk))
    assert entry.get_change_message() == "Try again. It was failed."
    assert "boss in the admin" in boss.get(page_of(delivery)).content.decode()


def test_whoever_gave_it_up_is_named_in_the_row(boss):
    delivery = make_delivery(state=State.HELD, code=HeldBy.PLUGIN)
    boss.post(act_of(delivery, "cancel"), {"confirmed": "yes"})
    delivery.refresh_from_db()
    assert (delivery.code, delivery.reason) == ("cancelled", "By boss, in the admin.")


def choose(client, name: str, rows: list[Delivery], *, across: bool = False, **more: str):
    values = {
        "action": name,
        "select_across": "1" if across else "0",
        "_selected_action": [row.pk for row in rows],
        **more,
    }
    return client.post(DELIVERIES, values, follow=True)


def test_the_list_asks_with_how_many_and_of_which_state(boss):
    rows = [
        make_delivery(state=State.FAILED),
        make_delivery(state=State.UNKNOWN),
        make_delivery(state=State.SENT),
    ]
    page = choose(boss, "retry", rows).content.decode()
    assert re.findall(r"<li>([\w ]+): <strong>(\d+)", page) == [("failed", "1"), ("in doubt", "1")]
    assert "1 may have arrived already" in page
    assert Delivery.objects.filter(state=State.QUEUED).count() == 0
    choose(boss, "retry", rows, confirmed="yes")
    assert [state_of(row) for row in rows] == [State.QUEUED, State.QUEUED, State.SENT]


def test_the_list_says_where_nothing_can_be_done(boss):
    page = choose(boss, "release", [make_delivery(state=State.SENT)]).content.decode()
    assert "None of the chosen deliveries" in page
    assert 'name="confirmed"' not in page


def test_all_of_a_list_are_done_page_by_page_and_each_is_logged(boss, monkeypatch):
    monkeypatch.setattr(batches, "PAGE", 7)
    rows = make_many(20, state=State.FAILED)
    page = choose(boss, "retry", rows[:1], across=True)
    assert 'name="select_across" value="1"' in page.content.decode()
    done = choose(boss, "retry", rows[:1], across=True, confirmed="yes").content.decode()
    assert "done with 20 deliveries" in done
    assert Delivery.objects.filter(state=State.QUEUED).count() == 20
    assert len(logged()) == 20


def test_all_of_a_filtered_list_are_only_those(boss):
    failed, held = make_delivery(state=State.FAILED), make_delivery(state=State.HELD)
    values = {
        "action": "cancel",
        "select_across": "1",
        "_selected_action": [held.pk],
        "confirmed": "yes",
    }
    boss.post(f"{DELIVERIES}?state__exact=held", values)
    assert (state_of(failed), state_of(held)) == (State.FAILED, State.CANCELLED)


def test_a_hundred_thousand_would_not_be_loaded_at_once(boss, django_assert_max_num_queries):
    user = User.objects.get()
    rows = make_many(batches.PAGE + 1, state=State.HELD)
    with django_assert_max_num_queries(20):
        done = batches.perform(ACTS["release"], Delivery.objects.all(), user)
    assert done == batches.Done(count=len(rows), is_all=True)


def test_what_takes_too_long_for_a_request_is_gone_on_with_by_another(boss, monkeypatch):
    monkeypatch.setattr(batches, "PAGE", 7)
    rows = make_many(20, state=State.FAILED)
    monkeypatch.setattr(batches.perform, "__kwdefaults__", {"seconds": -1})
    page = choose(boss, "retry", rows, confirmed="yes").content.decode()
    assert "There are more: do it once more" in page
    assert Delivery.objects.filter(state=State.QUEUED).count() == len(logged()) == 0


@pytest.mark.parametrize("path", [DELIVERIES, f"{DELIVERIES}1/act/retry/"])
def test_an_act_is_in_no_transaction_of_its_request(path):
    view: Any = resolve(path).func
    assert "default" in view._non_atomic_requests


def test_it_is_in_none_on_any_alias(monkeypatch):
    """DSN's tables may be on another one than the project's own."""
    monkeypatch.setattr(atomicity, "connections", ("default", "notices"))
    view: Any = atomicity.outside_transactions(lambda request: HttpResponse())
    assert view._non_atomic_requests == {"default", "notices"}


def test_who_meanwhile_was_sent_is_neither_changed_nor_logged(boss, monkeypatch):
    rows = make_many(2, state=State.FAILED)
    found = batches._pages

    def pages(act, chosen):
        for page in found(act, chosen):
            Delivery.objects.filter(pk=rows[0].pk).update(state=State.DELIVERED)
            yield page

    monkeypatch.setattr(batches, "_pages", pages)
    choose(boss, "retry", rows, confirmed="yes")
    assert [state_of(row) for row in rows] == [State.DELIVERED, State.QUEUED]
    assert LogEntry.objects.get().object_id == str(rows[1].pk)
