"""The lists say in words what is stored as keys: events, people, messengers, and what is due."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsn_core.builtin.messengers import Console
from dsn_core.models import Address, Backend, Delivery, Event, InboundReport, StoredTemplate
from dsn_core.models.payload import encode
from dsn_core.states import EventState, State
from tests.host.models import Order

pytestmark = pytest.mark.django_db

DELIVERIES = "/admin/dsn/delivery/"
EVENTS = "/admin/dsn/event/"
PREVIEW = "/admin/dsn/backend/preview/"
ELSEWHERE = "tests.elsewhere.Engine"


def event_about(thing: object = None, **fields: Any) -> Event:
    return Event.objects.create(
        verb="post_save", payload={"action_object": encode(thing)}, **fields
    )


def delivery_to(user_pk: object = "", address: str = "a@example.org", **fields: Any) -> Delivery:
    return Delivery.objects.create(
        event=Event.objects.create(verb="post_save"),
        messenger="log",
        user_pk=str(user_pk),
        address=address,
        recipient_key="x",
        **fields,
    )


def columns(page: str, name: str) -> list[str]:
    """The texts of one column, without their tags."""
    cells = re.findall(rf'class="field-{name}[^"]*">(.*?)</t[dh]>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (Order(pk=8, number="7"), "order 8"),
        (None, "-"),
        ("front desk", "-"),
    ],
)
def test_an_event_says_what_happened_to_what(boss, thing, words):
    event_about(thing)
    page = boss.get(EVENTS).content.decode()
    assert columns(page, "what") == ["An object is saved"]
    assert columns(page, "object_shown") == [words]


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"model": "shop.gone", "pk": 8}, "shop.gone 8"),
        ({"model": "auth.user", "pk": {"$": "uuid", "v": "5f0c7a52"}}, "user 5f0c7a52"),
        ({"model": "<b>", "pk": "<i>"}, "&lt;b&gt; &lt;i&gt;"),
    ],
)
def test_an_object_that_is_gone_or_odd_is_named_too(boss, stored, words):
    Event.objects.create(verb="shop.gone", payload={"action_object": stored})
    page = boss.get(EVENTS).content.decode()
    assert columns(page, "object_shown") == [words]
    assert columns(page, "what") == ["shop.gone (not installed)"]


def test_a_list_of_events_reads_no_payload(boss):
    event_about(Order(pk=8, number="7"))
    (row,) = boss.get(EVENTS).context["cl"].result_list
    assert row.get_deferred_fields() == {"payload", "cursor"}


def test_an_event_s_own_page_says_it_too(boss):
    event = event_about(Order(pk=8, number="7"))
    page = boss.get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert "An object is saved" in page
    assert "order 8" in page
    assert "post_save" in page


def test_how_far_an_event_is_is_said_and_filtered_in_plain_words(boss):
    waiting = event_about()
    event_about(state=EventState.DONE)
    response = boss.get(EVENTS)
    page = response.content.decode()
    assert columns(page, "told") == ["worked out", "to be worked out"]
    assert re.search(r'\?state__exact=pending"[^>]*>\s*to be worked out', page)
    rows = boss.get(EVENTS, {"state__exact": "pending"}).context["cl"].result_list
    assert [row.pk for row in rows] == [waiting.pk]


def test_the_chooser_of_events_says_what_happened_to_what(boss):
    event = event_about(Order(pk=8, number="7"))
    offered = dict(boss.get(PREVIEW).context["form"].fields["event"].choices)
    assert f"An object is saved · order 8 · #{event.pk}" in offered[str(event.pk)]


def test_people_are_shown_by_name_and_by_key_once_they_are_gone(boss):
    ada = User.objects.create(username="ada<b>")
    delivery_to(ada.pk)
    delivery_to(ada.pk, address="")
    delivery_to(4711)
    delivery_to()
    page = boss.get(DELIVERIES).content.decode()
    assert columns(page, "recipient") == [
        "a@example.org",
        "a@example.org (#4711)",
        "ada&lt;b&gt;",
        "a@example.org (ada&lt;b&gt;)",
    ]


def test_a_delivery_s_own_page_names_her(boss):
    row = delivery_to(User.objects.create(username="ada").pk)
    assert "a@example.org (ada)" in boss.get(f"{DELIVERIES}{row.pk}/change/").content.decode()


def test_more_people_take_no_more_queries(boss, django_assert_max_num_queries):
    def count() -> int:
        with django_assert_max_num_queries(12) as asked:
            boss.get(DELIVERIES)
        return len(asked.captured_queries)

    delivery_to(User.objects.create(username="first").pk)
    boss.get(DELIVERIES)
    once = count()
    for number in range(10):
        delivery_to(User.objects.create(username=f"u{number}").pk)
    assert count() == once


@pytest.mark.parametrize("name", ["backend", "address"])
def test_lists_are_filtered_by_messengers_in_words(boss, name):
    Backend.objects.create(name="B", messenger="log")
    wanted = {
        "backend": lambda: Backend.objects.create(name="Gone", messenger="gone"),
        "address": lambda: Address.objects.create(messenger="gone", value="1"),
    }[name]()
    home = f"/admin/dsn/{name}/"
    page = boss.get(home).content.decode()
    assert re.search(r'\?messenger=log"[^>]*>\s*Log\s*<', page)
    assert re.search(r'\?messenger=gone"[^>]*>\s*gone \(not installed\)', page)
    rows = boss.get(home, {"messenger": "gone"}).context["cl"].result_list
    assert [row.pk for row in rows] == [wanted.pk]


def test_the_card_of_the_log_is_not_taken_for_the_console(boss):
    cards = {card.key: card for card in boss.get("/admin/dsn/backend/add/").context["cards"]}
    assert cards["log"].channel == "Console or log"


DUE = "Due: it goes with the next event, or run dsn_worker."
LATER = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("fields", "dsn", "said"),
    [
        ({}, {}, True),
        ({"next_at": LATER}, {}, False),
        ({"state": State.SENT}, {}, False),
        ({}, {"ENGINE": ELSEWHERE}, False),
    ],
    ids=["due", "later", "sent", "another engine"],
)
def test_what_is_due_says_what_it_waits_for(boss, settings, fields, dsn, said):
    settings.DSN = dsn
    at = timezone.now() + fields.pop("next_at", -LATER)
    row = delivery_to(next_at=at, **fields)
    assert (DUE in boss.get(DELIVERIES).content.decode()) is said
    assert (DUE in boss.get(f"{DELIVERIES}{row.pk}/change/").content.decode()) is said


def test_the_form_of_a_template_says_which_names_there_are(boss):
    page = boss.get("/admin/dsn/storedtemplate/add/").content.decode()
    for name in ("user", "actor", "action_object.FIELD", "changes.FIELD.0", "changes.FIELD.1"):
        assert "{{ " + name + " }}" in page


@pytest.fixture
def previewed(boss):
    """The preview of a message with this HTML."""

    def page(html: str, text: str = "Paid") -> str:
        StoredTemplate.objects.create(key="shop.paid", text=text, html=html)
        backend = Backend.objects.create(
            name="B", messenger="console", message_template="shop.paid"
        )
        event_about(Order(pk=8, number="7"))
        return str(boss.get(PREVIEW, {"backend": backend.pk}).content.decode())

    return page


def test_a_preview_with_a_note_says_that_it_fits(previewed):
    page = previewed("<p>Paid</p>", text="")
    assert "The template has no text" in page
    assert "It fits." in page
    assert "nothing is lost" not in page


def test_a_preview_without_one_says_that_nothing_is_lost(previewed):
    page = previewed("")
    assert "nothing is lost" in page
    assert "It fits." not in page


@pytest.mark.parametrize(
    ("html", "paper"),
    [
        ("<p>Paid</p>", False),
        ('<p style="color: #333">Paid</p>', True),
        ('<td bgcolor="#eee">Paid</td>', True),
        ("<style>p { font-size: 2em }</style>", True),
    ],
)
def test_html_is_on_white_only_where_it_brings_colours(previewed, monkeypatch, html, paper):
    monkeypatch.setattr(Console, "supports_html", True)
    page = previewed(html)
    assert ("dsn-frame-paper" in page) is paper
    assert ("content=&quot;light dark&quot;" in page) is not paper


@pytest.mark.parametrize("name", ["messenger", "kind", "waits"])
def test_a_filter_that_makes_no_sense_hides_nothing(boss, name):
    InboundReport.objects.create(messenger="log", account="default", kind="receipt")
    page = boss.get("/admin/dsn/inboundreport/", {name: "\x00"})
    assert page.context["cl"].result_count == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [("view_event", "what happened to order 8"), ("view_inboundreport", "The service reported")],
)
def test_a_delivery_shows_what_happened_and_was_reported_to_whom_may_see_that(staff, more, words):
    row = delivery_to()
    Event.objects.update(payload={"values": {"note": "what happened to order 8"}})
    told = {"messenger": "log", "account": "default", "kind": "receipt", "outcome": "delivered"}
    InboundReport.objects.create(**told, subject=str(row.key), applied_at=row.created_at)
    page = f"{DELIVERIES}{row.pk}/change/"
    clerk = staff("view_delivery")
    assert words not in clerk.get(page).content.decode()
    assert "a@example.org" in clerk.get(page).content.decode()
    User.objects.all().delete()
    assert words in staff("view_delivery", more).get(page).content.decode()
