"""The page of a delivery: why did she not get it?"""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone
from django.utils.html import strip_tags

from dsn_core import delivery as room
from dsn_core.admin.causes import CAUSES
from dsn_core.conf import config
from dsn_core.models import (
    AccountState,
    AddressSlot,
    Backend,
    Delivery,
    InboundReport,
    Subscription,
)
from dsn_core.states import PACED, HeldBy, State, SuppressedBy
from tests.core.admin.daily import DELIVERIES, make_delivery, make_event, page_of

pytestmark = pytest.mark.django_db

SOON = dt.timedelta(hours=3)
HOSTILE = "<script>alert(1)</script>"


def words_of(client, delivery: Delivery) -> str:
    """What a person reads between the headings, in one line."""
    page = client.get(page_of(delivery)).content.decode()
    body = page[page.index('<div class="dsn-daily"') : page.index("All that is stored")]
    return " ".join(unescape(strip_tags(body.replace("</d", " </d"))).split())


def titles(client, delivery: Delivery) -> list[str]:
    page = client.get(page_of(delivery)).content.decode()
    return re.findall(r"<strong>(.*?)</strong>", page[page.index('"dsn-story"') :])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": State.QUEUED}, "run dsn_worker"),
        ({"state": State.QUEUED, "next_at": SOON, "attempts": 2}, "tried again at"),
        ({"state": State.QUEUED, "attempts": 2}, "Attempt 2 of"),
        (
            {"state": State.QUEUED, "next_at": SOON, "reason": "shop.night: hush"},
            "shop.night: hush",
        ),
        ({"state": State.QUEUED, "next_at": SOON, "code": PACED}, "others to the same address"),
        ({"state": State.QUEUED, "expires_at": SOON}, "not worth sending any more"),
        ({"state": State.SENDING, "lease_until": SOON}, "A worker is sending it now"),
        ({"state": State.SENDING, "lease_until": -SOON}, "has not come back"),
        ({"state": State.HELD, "code": HeldBy.PLUGIN}, "log is not installed"),
        ({"state": State.HELD, "code": HeldBy.ACCOUNT}, "account default of log cannot be used"),
        ({"state": State.HELD, "code": HeldBy.TEMPLATE}, "no message template dsn.plain"),
        ({"state": State.HELD, "code": HeldBy.OPTIONS}, "do not fit its messenger"),
        ({"state": State.HELD, "code": HeldBy.BACKEND}, "Switch it on"),
        ({"state": State.UNKNOWN}, "Nobody knows whether it arrived"),
        ({"state": State.SENT}, "The service has taken it"),
        ({"state": State.DELIVERED}, "says that it has arrived"),
        ({"state": State.FAILED, "code": "550", "reason": "No such user"}, "550: No such user"),
        ({"state": State.FAILED}, "refused for good"),
        ({"state": State.FAILED, "code": "template", "reason": "No."}, "could not be written"),
        ({"state": State.FAILED, "code": "too_long", "reason": "No."}, "is too long"),
        ({"state": State.FAILED, "code": "not_sent", "reason": "No."}, "Somebody said"),
        ({"state": State.SUPPRESSED, "code": SuppressedBy.OPTED_OUT}, "asked for no more"),
        (
            {"state": State.SUPPRESSED, "code": SuppressedBy.GATE, "reason": "shop.vip: no"},
            "shop.vip",
        ),
        ({"state": State.CANCELLED, "reason": "Too late."}, "is never sent. Too late."),
    ],
)
def test_the_state_is_put_in_words(boss, fields, words):
    at = {
        name: timezone.now() + value
        for name, value in fields.items()
        if isinstance(value, dt.timedelta)
    }
    assert words in words_of(boss, make_delivery(**(fields | at)))


@pytest.mark.parametrize("cause", list(SuppressedBy))
def test_each_reason_for_being_left_out_has_a_sentence(boss, cause):
    said = words_of(boss, make_delivery(state=State.SUPPRESSED, code=cause))
    assert f" {cause.value} " not in said
    assert "is not sent to her" in said


@pytest.mark.parametrize(
    ("fields", "words"), [({}, "it may be tried again"), ({"backend": None}, "cannot be tried")]
)
def test_what_failed_may_be_tried_again_where_it_has_a_backend(boss, fields, words):
    assert words in words_of(boss, make_delivery(state=State.FAILED, code="550", **fields))


def test_all_attempts_that_failed_are_counted(boss):
    delivery = make_delivery(state=State.FAILED, attempts=config().max_attempts)
    assert f"All {config().max_attempts} attempts failed" in words_of(boss, delivery)


def test_the_story_is_told_in_order_of_time(boss):
    now = timezone.now()
    event = make_event(captured_at=now - dt.timedelta(hours=5))
    delivery = make_delivery(
        event,
        state=State.DELIVERED,
        provider_id="SM1",
        created_at=now - dt.timedelta(hours=4),
        finished_at=now,
    )
    delivery.tries.create(outcome="retry", code="503", reason="Busy", at=now - SOON)
    InboundReport.objects.create(
        messenger="log",
        account="default",
        fingerprint="1",
        kind="receipt",
        subject="SM1",
        received_at=now - dt.timedelta(seconds=1),
        applied_at=now,
        outcome="delivered",
    )
    assert titles(boss, delivery) == [
        "It happened: An object is saved",
        "To be sent",
        "It did not work; to be tried again",
        "The service reported",
        "It has arrived",
    ]
    said = words_of(boss, delivery)
    for words in ("order 8", "from new to paid", "boss", "503", "Busy", "SM1", "Paid"):
        assert words in said


def test_what_only_programs_read_is_not_in_the_story(boss):
    event = make_event()
    event.payload["values"] = {"created": False, "using": "second", "amount": 5}
    event.save()
    said = words_of(boss, make_delivery(event))
    assert "amount 5" in said
    assert "second" not in said


def test_what_another_delivery_was_told_is_not_in_the_story(boss):
    values = {"messenger": "log", "account": "default", "kind": "receipt", "outcome": "delivered"}
    InboundReport.objects.create(**values, fingerprint="1", subject="SM2")
    InboundReport.objects.create(**(values | {"messenger": "sms"}), fingerprint="2", subject="SM1")
    delivery = make_delivery(state=State.SENT, provider_id="SM1")
    assert "The service reported" not in titles(boss, delivery)


def test_it_says_what_named_her(boss):
    user, group = User.objects.create(username="ada"), Group.objects.create(name="Front desk")
    delivery = make_delivery(user_pk=str(user.pk))
    assert "nothing that stands there today" in words_of(boss, delivery)
    subscription = Subscription.objects.get()
    subscription.recipient_paths = ["customer"]
    subscription.save()
    assert "through customer" in words_of(boss, delivery)
    subscription.recipient_users.add(user)
    subscription.recipient_groups.add(group)
    user.groups.add(group)
    said = words_of(boss, delivery)
    assert "the user herself; the group Front desk; also through customer" in said


def test_a_bare_address_was_named_itself(boss):
    delivery = make_delivery()
    Subscription.objects.update(addresses=["log:ada@example.org"])
    assert "the address itself" in words_of(boss, delivery)


def test_a_public_message_is_for_all(boss):
    assert "one message for all" in words_of(boss, make_delivery(recipient_key="public"))


def test_links_are_only_for_those_who_may_follow_them(staff):
    delivery = make_delivery(state=State.HELD, code=HeldBy.PLUGIN)
    page = staff("view_delivery").get(page_of(delivery)).content.decode()
    story = page[page.index('class="dsn-daily"') : page.index("</ol>", page.index("dsn-story"))]
    assert "<a " not in story
    assert "order 8" not in story
    assert "Preview" not in page
    User.objects.all().delete()
    seen = staff("view_delivery", "view_event", "view_backend", "view_subscription", "view_trigger")
    page = seen.get(page_of(delivery)).content.decode()
    for model in ("event", "backend", "subscription", "trigger"):
        assert f'href="/admin/dsn/{model}/' in page
    assert "order 8" in page
    assert "/admin/dsn/backend/plugins/" in page
    assert f"/admin/dsn/backend/preview/?backend={delivery.backend_id}" in page


def test_a_report_is_only_for_those_who_may_see_reports(staff):
    delivery = make_delivery(state=State.SENT, provider_id="SM1")
    InboundReport.objects.create(
        messenger="log", account="default", fingerprint="1", kind="receipt", subject="SM1"
    )
    assert "The service reported" not in titles(staff("view_delivery"), delivery)


def test_a_held_account_leads_to_its_page(boss):
    state = AccountState.objects.create(
        messenger="log", account="default", held_since=timezone.now()
    )
    delivery = make_delivery(state=State.HELD, code=HeldBy.ACCOUNT, reason="401")
    page = boss.get(page_of(delivery)).content.decode()
    assert f'href="/admin/dsn/accountstate/{state.pk}/change/"' in page


def test_what_waits_for_its_account_and_address_says_so(boss):
    month = timezone.now() + dt.timedelta(days=30)
    place = {"messenger": "log", "account": "default"}
    AccountState.objects.create(**place, next_slot=month, reason="Too Many Requests")
    AddressSlot.objects.create(
        **place, address="ada@example.org", next_slot=month, planned_until=month
    )
    said = words_of(boss, make_delivery())
    assert "its account waits until" in said
    assert "Too Many Requests" in said
    assert "its address waits until" in said


def test_nothing_of_others_is_run_by_the_page(boss):
    User.objects.create(pk=77, username="<b>ada</b>")
    event = make_event(actor=HOSTILE, verb=HOSTILE)
    delivery = make_delivery(
        event,
        state=State.FAILED,
        address=HOSTILE,
        code=HOSTILE,
        reason=HOSTILE,
        provider_id=HOSTILE,
        user_pk="77",
        finished_at=timezone.now(),
    )
    delivery.tries.create(outcome="<b>ada", code=HOSTILE, reason=HOSTILE)
    Backend.objects.update(name=HOSTILE)
    for address in (page_of(delivery), DELIVERIES):
        page = boss.get(address).content.decode()
        assert HOSTILE not in page
        assert "<b>ada" not in page


def test_a_delivery_of_which_all_is_gone_has_its_page(boss):
    delivery = make_delivery(
        make_event(verb="shop.gone", payload={}, trigger_ids=[999]),
        backend=None,
        subscription=None,
        messenger="pager",
        user_pk="4711",
        address="",
    )
    said = words_of(boss, delivery)
    assert said.count("It has been deleted.") == 2
    assert "pager (not installed)" in said
    assert "#4711" in said
    assert boss.get(DELIVERIES).status_code == 200


def test_the_list_shows_the_beginning_of_what_is_long(boss):
    make_delivery(state=State.FAILED, reason="No such user. " * 50, address="x" * 480)
    page = boss.get(DELIVERIES).content.decode()
    assert "x" * 61 not in page
    assert page.count("No such user") < 12


def test_the_page_asks_as_often_whatever_there_is_to_tell(boss, django_assert_max_num_queries):
    delivery = make_delivery(state=State.SENT, provider_id="SM1")

    def count(more: int) -> int:
        for number in range(more):
            delivery.tries.create(outcome="retry", reason=str(number))
            InboundReport.objects.create(
                messenger="log",
                account="default",
                fingerprint=f"{more} {number}",
                kind="receipt",
                subject="SM1",
            )
        with django_assert_max_num_queries(12) as asked:
            boss.get(page_of(delivery))
        return len(asked.captured_queries)

    count(0)
    assert count(3) == count(30)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "failed", "code": "backend_gone"}, "its backend has been deleted"),
        (
            {"state": "failed", "code": "template", "reason": "No such field."},
            "its message could not be written: No such field.",
        ),
        (
            {"state": "cancelled", "code": "cancelled", "reason": "By boss, in the admin."},
            "<bdi>By boss, in the admin.</bdi>",
        ),
        ({"state": "failed", "code": "550", "reason": "No mailbox"}, "550: No mailbox"),
    ],
)
def test_the_list_says_why_in_words_and_once(boss, fields, words):
    make_delivery(**fields)
    assert words in boss.get(DELIVERIES).content.decode()


def test_each_of_our_own_codes_has_words():
    sources = "".join(file.read_text() for file in Path(room.__path__[0]).glob("*.py"))
    codes = re.findall(r'(?:cancelled|failed)\(row, "(\w+)"', sources)
    assert len(codes) > 5
    assert set(codes) <= set(CAUSES)
