"""The page of an event: what happened, what counted it, who is told and who is not."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.utils.html import strip_tags

from dsn_core.admin import paging
from dsn_core.models import Event, Trigger
from dsn_core.states import State, SuppressedBy
from tests.core.admin.daily import make_delivery, make_event

pytestmark = pytest.mark.django_db

EVENTS = "/admin/dsn/event/"
HOSTILE = "<script>alert(1)</script>"


def page_of(client, event: Event) -> str:
    return client.get(f"{EVENTS}{event.pk}/change/").content.decode()


def words_of(client, event: Event) -> str:
    page = page_of(client, event)
    body = page[page.index('<div class="dsn-daily"') : page.index("All that is stored")]
    return " ".join(unescape(strip_tags(body.replace("</d", " </d"))).split())


def found(client, query: str) -> list[int]:
    return [row.pk for row in client.get(EVENTS, {"q": query}).context["cl"].result_list]


def test_what_happened_is_told_in_words(boss):
    said = words_of(boss, make_event())
    for words in ("order 8", "status: new → paid", "total 19.90", "Done by boss"):
        assert words in said
    assert "$" not in said


def test_the_triggers_that_counted_it_are_named_also_one_that_is_gone(boss):
    trigger = Trigger.objects.create(name="Paid", verb="post_save")
    event = make_event(trigger_ids=[trigger.pk, 999])
    assert "Counted by Paid, #999, which has been deleted" in words_of(boss, event)
    assert f'href="/admin/dsn/trigger/{trigger.pk}/change/"' in page_of(boss, event)


def test_deliveries_are_counted_by_state_with_causes_and_links(boss):
    event = make_event()
    for number in range(3):
        make_delivery(event, state=State.SENT, recipient_key=f"s{number}")
    left_out = (SuppressedBy.OPTED_OUT, SuppressedBy.OPTED_OUT, SuppressedBy.NO_ADDRESS)
    for number, code in enumerate(left_out):
        make_delivery(event, state=State.SUPPRESSED, code=code, recipient_key=f"l{number}")
    said = words_of(boss, event)
    assert "sent 3" in said
    assert "suppressed 3: the recipient has opted out (2), there is no address" in said
    link = f"/admin/dsn/delivery/?event__id__exact={event.pk}&amp;state__exact=suppressed"
    assert link in page_of(boss, event)
    listed = boss.get(unescape(link)).context["cl"].result_list
    assert [row.state for row in listed] == [State.SUPPRESSED] * 3


def test_what_keeps_it_from_being_worked_out_is_told(boss):
    event = make_event(state="pending", attempts=2, reason="messenger 'pager' is not installed")
    said = words_of(boss, event)
    assert "It is tried again at" in said
    assert "messenger 'pager' is not installed" in said
    assert "Nobody so far." in said
    assert "is worked out next" in words_of(boss, make_event(state="pending"))


def test_an_event_outside_of_its_transaction_says_so(boss):
    assert "not written in the transaction" in words_of(boss, make_event(atomic=False))


def test_no_secret_is_shown_even_where_one_was_stored(boss):
    secrets = {"password": "hunter2", "api_key": "hunter2"}
    fields = {"name": "x", **secrets, "more": {"$": "dict", "v": secrets}}
    payload = {
        "action_object": {"$": "object", "model": "host.order", "pk": 8, "fields": fields},
        "values": secrets,
        "changes": {"password": ["hunter1", "hunter2"]},
    }
    assert "hunter" not in page_of(boss, make_event(payload=payload))


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"action_object": None, "values": None, "changes": None},
        {"action_object": {"model": "gone.model", "pk": {"$": "uuid", "v": "x"}}},
        {"action_object": {"$": "object"}, "changes": {"a": 1}, "values": [1]},
        {"values": {"at": {"$": "datetime", "v": "no"}, "deep": [[{"$": "opaque", "v": "a.B"}]]}},
        {"values": {"n": {"$": "json", "v": {"a": [1]}}, "s": {"$": "unknown", "v": 1}}},
        {"action_object": {"$": "object", "model": HOSTILE, "pk": HOSTILE, "fields": {HOSTILE: 1}}},
    ],
)
def test_a_payload_of_another_make_is_shown_all_the_same(boss, payload):
    event = make_event(payload=payload, verb="shop.gone", actor=HOSTILE)
    page = page_of(boss, event)
    assert HOSTILE not in page
    assert "shop.gone (not installed)" in page
    assert boss.get(EVENTS).status_code == 200


@pytest.mark.parametrize("query", ["8", "boss", "BOS", "shop.paid", "#{pk}"])
def test_an_event_is_found_by_object_actor_verb_and_number(boss, query):
    make_event(actor="ada", payload={})
    wanted = make_event(verb="shop.paid")
    assert found(boss, query.format(pk=wanted.pk)) == [wanted.pk]


@pytest.mark.parametrize("query", ["#", "#x", "#" + "9" * 40, "\x00", "'; --"])
def test_what_cannot_be_found_finds_nothing(boss, query):
    make_event()
    assert boss.get(EVENTS, {"q": query}).status_code == 200


def test_a_search_looks_among_the_newest_only(boss, monkeypatch):
    rows = [make_event() for _ in range(5)]
    monkeypatch.setattr(paging.newest, "__defaults__", (2,))
    assert found(boss, "boss") == [rows[4].pk, rows[3].pk]


def test_the_page_asks_as_often_for_three_deliveries_as_for_thirty(
    boss, django_assert_max_num_queries
):
    def count(number: int) -> int:
        event = make_event(trigger_ids=[1, 2])
        for one in range(number):
            make_delivery(event, recipient_key=str(one), code=str(one))
        with django_assert_max_num_queries(8) as asked:
            page_of(boss, event)
        return len(asked.captured_queries)

    count(1)
    assert count(3) == count(30)


def test_who_may_not_see_deliveries_is_given_no_link_to_them(staff):
    event = make_event()
    make_delivery(event)
    page = page_of(staff("view_event"), event)
    assert not re.search(r'href="/admin/dsn/delivery/\?', page)


@pytest.mark.parametrize(("state", "words"), [("pending", "Nobody so far."), ("done", "Nobody.")])
def test_nobody_is_told_yet_or_at_all(boss, state, words):
    event = make_event(state=state)
    assert f"<p>{words}</p>" in page_of(boss, event)


@pytest.fixture
def by_grace(db) -> Event:
    grace = User.objects.create(username="grace")
    actor = {"$": "object", "model": "auth.user", "pk": grace.pk, "db": "default", "fields": {}}
    made = make_event(actor=f"auth.user:{grace.pk}")
    made.payload |= {"actor": actor}
    made.save()
    return made


def test_who_did_it_is_called_by_name(boss, by_grace):
    assert "Done by grace" in words_of(boss, by_grace)
    assert "grace" in boss.get(EVENTS).content.decode()
    assert found(boss, "grace") == [by_grace.pk]


def test_the_name_is_for_those_who_may_see_users(staff, by_grace):
    clerk = staff("view_event")
    assert f"Done by {by_grace.actor}" in words_of(clerk, by_grace)
    assert "grace" not in clerk.get(EVENTS).content.decode()
    assert found(clerk, "grace") == []


def test_whoever_is_gone_is_called_by_her_key(boss, by_grace):
    User.objects.filter(username="grace").delete()
    assert f"Done by {by_grace.actor}" in words_of(boss, by_grace)
