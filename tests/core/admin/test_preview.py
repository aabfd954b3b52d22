"""The page of previews: what would be sent, by each backend, and nothing is sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dsn_core.models import Backend, Delivery, Event, StoredTemplate, Subscription, Trigger
from dsn_core.models.payload import encode
from tests.core.admin import strangers
from tests.core.admin.strangers import HOSTILE
from tests.host.models import Order

PAGE = "/admin/dsn/backend/preview/"
SEEING = ("view_backend", "view_event")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strange", "accounts")]


@pytest.fixture
def paid() -> Subscription:
    """A trigger that leads to two backends, and one more backend."""
    StoredTemplate.objects.create(
        key="shop.paid",
        subject="Order {{ action_object.number }}",
        text="Dear {{ user.username }}, {{ note }}",
        html="<p>{{ note }}</p>",
    )
    trigger = Trigger.objects.watch("post_save", Order, name="Paid")
    log = backend("Log: paid", "log")
    pager = backend("Pager: paid", "pager")
    backend("Other", "log", message_template="dsn.plain")
    return Subscription.objects.subscribe(trigger, log, pager, name="Who hears")


def backend(name: str, messenger: str, **fields: Any) -> Backend:
    fields = {"message_template": "shop.paid", **fields}
    return Backend.objects.create(name=name, messenger=messenger, **fields)


def event_of(subscription: Subscription | None = None, note: object = "thanks") -> Event:
    order = Order(pk=7, number="7")
    return Event.objects.create(
        verb="post_save",
        trigger_ids=[subscription.trigger_id] if subscription else [],
        payload={"action_object": encode(order), "values": {"note": encode(note)}},
    )


def cards(response) -> dict[str, Any]:
    return {card.preview.backend.name: card for card in response.context["cards"]}


def test_every_backend_of_a_subscription_stands_side_by_side(boss, paid):
    event_of(paid)
    response = boss.get(f"{PAGE}?subscription={paid.pk}")
    shown = cards(response)
    assert list(shown) == ["Log: paid", "Pager: paid"]
    assert shown["Log: paid"].message.subject == "Order 7"
    assert shown["Pager: paid"].message.text == "Order 7\n\nDear boss, thanks"
    page = response.content.decode()
    assert "HTML cannot be shown here: the text goes alone." in page
    assert "Dear boss, thanks" in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("template=shop.paid", ["Log: paid", "Pager: paid"]),
        ("trigger={trigger}", ["Log: paid", "Pager: paid"]),
        ("event={event}", ["Log: paid", "Pager: paid"]),
        ("backend={backend}", ["Other"]),
        ("backend=99999999999999999999", []),
        ("backend=x&event={event}", []),
        ("subscription=4711", []),
        ("", []),
    ],
)
def test_the_address_says_which_backends(boss, paid, query, names):
    event = event_of(paid)
    other = Backend.objects.get(name="Other")
    known = {"event": event.pk, "backend": other.pk, "trigger": paid.trigger_id}
    response = boss.get(f"{PAGE}?{query.format(**known)}")
    assert list(cards(response)) == names


def test_the_events_are_the_last_of_the_triggers_that_lead_here(boss, paid):
    mine = [event_of(paid, note) for note in ("first", "second")]
    event_of()
    response = boss.get(f"{PAGE}?subscription={paid.pk}")
    offered = [pk for pk, _words in response.context["form"].fields["event"].choices]
    sample = f"sample-{paid.trigger_id}"
    assert offered == [str(mine[1].pk), str(mine[0].pk), sample]
    assert "second" in cards(response)["Log: paid"].message.text
    older = boss.get(f"{PAGE}?subscription={paid.pk}&event={mine[0].pk}")
    assert "first" in cards(older)["Log: paid"].message.text


def test_without_such_events_the_last_of_any_are_offered(boss, paid):
    event_of(note="any")
    response = boss.get(f"{PAGE}?subscription={paid.pk}")
    assert "any" in cards(response)["Log: paid"].message.text


def test_without_any_event_a_sample_about_the_newest_object_is_shown(boss, paid):
    Order.objects.bulk_create([Order(number="8"), Order(number="9")])
    response = boss.get(f"{PAGE}?subscription={paid.pk}")
    assert "A sample: “Paid”" in response.content.decode()
    assert cards(response)["Log: paid"].message.subject == "Order 9"
    assert not Event.objects.exists()


def test_a_sample_shows_no_object_that_she_may_not_see(staff, paid):
    Order.objects.bulk_create([Order(number="9")])
    response = staff(*SEEING).get(f"{PAGE}?subscription={paid.pk}")
    assert cards(response)["Log: paid"].message.subject == "Order"


def test_a_sample_fills_in_what_the_verb_provides(boss, paid):
    StoredTemplate.objects.update(text="{% if created %}new{% endif %} by {{ actor.username }}")
    response = boss.get(f"{PAGE}?subscription={paid.pk}")
    assert "new by boss" in cards(response)["Log: paid"].message.text


@pytest.mark.parametrize("key", ["4711", "sample-4711", "sample-x", "sample-" + "9" * 30])
def test_an_event_that_is_not_there_is_said_to_be_missing(boss, paid, key):
    response = boss.get(f"{PAGE}?subscription={paid.pk}&event={key}")
    assert not response.context["cards"]
    assert "There is no such event." in response.content.decode()


def test_it_is_read_as_one_who_had_a_message(boss, paid):
    event = event_of(paid)
    ada = User.objects.create(username="ada")
    log = Backend.objects.get(name="Log: paid")
    Delivery.objects.create(
        event=event, backend=log, messenger="log", user_pk=str(ada.pk), recipient_key="user"
    )
    response = boss.get(f"{PAGE}?backend={log.pk}")
    assert (str(ada.pk), "ada") in response.context["form"].fields["user"].choices
    read = boss.get(f"{PAGE}?backend={log.pk}&user={ada.pk}")
    assert "Dear ada" in cards(read)["Log: paid"].message.text
    nobody = boss.get(f"{PAGE}?backend={log.pk}&user=")
    assert "Dear ," in cards(nobody)["Log: paid"].message.text


def test_it_is_read_in_any_language_of_the_site(boss, paid):
    event_of(paid)
    StoredTemplate.objects.create(key="shop.paid", language="de", text="Danke")
    response = boss.get(f"{PAGE}?subscription={paid.pk}&language=de")
    assert cards(response)["Log: paid"].message.text == "Danke"


def test_words_in_one_language_lead_to_their_preview_in_it(boss, paid):
    event_of(paid)
    for language in ("de", "tlh"):
        row = StoredTemplate.objects.create(key="shop.paid", language=language, text="Danke")
        page = boss.get(f"/admin/dsn/storedtemplate/{row.pk}/change/").content.decode()
        assert f'href="{PAGE}?template=shop.paid&amp;language={language}"' in page
    german = boss.get(f"{PAGE}?template=shop.paid&language=de")
    assert cards(german)["Log: paid"].message.text == "Danke"
    klingon = boss.get(f"{PAGE}?template=shop.paid&language=tlh")
    assert cards(klingon)["Log: paid"].preview.language == "en"


def test_who_may_not_see_users_reads_as_herself_only(staff, paid):
    event = event_of(paid)
    ada = User.objects.create(username="ada")
    response = staff(*SEEING).get(f"{PAGE}?event={event.pk}&user={ada.pk}")
    assert not response.context["cards"]
    assert "ada" not in response.content.decode()
    response = response.client.get(f"{PAGE}?event={event.pk}")
    assert "Dear clerk" in cards(response)["Log: paid"].message.text


@pytest.mark.parametrize("codenames", [(), ("view_backend",), ("view_event",)])
def test_it_wants_the_permission_to_see_events_and_backends(staff, paid, codenames):
    event_of(paid)
    assert staff(*codenames).get(f"{PAGE}?subscription={paid.pk}").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"event": "9" * 40},
        {"user": "9" * 40},
        {"user": "\x00"},
        {"template": "\x00"},
        {"backend": "x"},
        {"language": "xx"},
    ],
)
def test_an_address_that_makes_no_sense_breaks_nothing(boss, paid, query):
    assert boss.get("/admin/dsn/backend/preview/", query).status_code == 200


def test_it_is_for_the_staff_only(client, paid):
    assert client.get(PAGE).status_code == 302


def test_it_cannot_be_posted_to(boss, paid):
    assert boss.post(f"{PAGE}?subscription={paid.pk}").status_code == 405


def test_nothing_is_sent_counted_or_changed(boss, paid, capsys):
    event = event_of(paid)
    boss.get(f"{PAGE}?subscription={paid.pk}")
    event.refresh_from_db()
    assert not Delivery.objects.exists()
    assert (event.attempts, event.state) == (0, "pending")
    assert Event.objects.count() == 1


def test_what_fails_is_said_in_words_and_hides_no_other(boss, paid):
    event_of(paid)
    StoredTemplate.objects.create(key="shop.broken", text="{% load x %}")
    for name, fields in {
        "Broken": {"messenger": "log", "message_template": "shop.broken"},
        "Gone": {"messenger": "gone"},
        "Unset": {"messenger": "pager", "account": "nowhere"},
    }.items():
        paid.backends.add(backend(name, **fields))
    response = boss.get(f"{PAGE}?subscription={paid.pk}")
    shown = cards(response)
    assert "Line 1" in shown["Broken"].preview.problem
    assert shown["Gone"].preview.problem == "The messenger 'gone' is not installed."
    assert "is missing from settings" in shown["Unset"].preview.problem
    assert shown["Log: paid"].preview.fitted is not None
    assert "would not go out" in response.content.decode()


def test_remarks_and_cuts_are_shown_and_a_secret_is_not(boss, paid, monkeypatch):
    def remarks(self, message):
        yield "2 parts"
        raise RuntimeError(f"No rate for {self.account.token}")

    monkeypatch.setattr(strangers.Pager, "remarks", remarks)
    monkeypatch.setattr(strangers.Pager, "max_length", 22)
    event_of(paid, "s3cr3t-token")
    StoredTemplate.objects.filter(key="shop.paid").update(text="Thank you for your s3cr3t-token")
    page = boss.get(f"{PAGE}?subscription={paid.pk}").content.decode()
    pager = page[page.index("Pager: paid") :]
    assert "2 parts" in pager
    assert "remarks() of pager raised RuntimeError: No rate for [secret]" in pager
    assert "<strong>19 of 22</strong>" in pager
    assert "The text is too long. This is cut off:" in pager
    assert "your [secret]</del>" in pager
    assert "s3cr3t" not in pager


def test_html_stands_in_a_sandbox_that_fetches_nothing(boss, paid, monkeypatch):
    monkeypatch.setattr(strangers.Pager, "supports_html", True)
    event_of(paid)
    StoredTemplate.objects.filter(key="shop.paid").update(html=f"{HOSTILE}<p>\"'</p>")
    page = boss.get(f"{PAGE}?subscription={paid.pk}").content.decode()
    frame = re.search(r"<iframe[^>]*>", page)
    assert frame
    assert " sandbox " in frame[0]
    assert "default-src &#x27;none&#x27;" in frame[0]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;p&gt;&quot;&#x27;" in frame[0]
    content = page[page.index('id="content"') :]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script", content)


def test_what_happened_stands_escaped_in_the_page(boss, paid):
    event_of(paid, HOSTILE)
    assert HOSTILE not in boss.get(f"{PAGE}?subscription={paid.pk}").content.decode()


@pytest.mark.parametrize("model", ["backend", "storedtemplate", "subscription", "trigger", "event"])
def test_the_page_of_each_leads_to_its_previews(boss, staff, paid, model):
    event_of(paid)
    rows = {
        "backend": Backend.objects.get(name="Log: paid"),
        "storedtemplate": StoredTemplate.objects.get(),
        "subscription": paid,
        "trigger": paid.trigger,
        "event": Event.objects.get(),
    }
    change = f"/admin/dsn/{model}/{rows[model].pk}/change/"
    link = re.search(rf'href="({PAGE}\?[^"]+)"', boss.get(change).content.decode())
    assert link
    assert "Log: paid" in cards(boss.get(link[1]))
    who_may_not = staff(f"view_{model}").get(change)
    assert who_may_not.status_code == 200
    assert PAGE not in who_may_not.content.decode()


def test_more_events_and_readers_take_no_more_queries(boss, paid):
    def some(count):
        for number in range(count):
            event = event_of(paid)
            user = User.objects.create(username=f"{event.pk}-{number}")
            Delivery.objects.create(
                event=event, messenger="log", user_pk=str(user.pk), recipient_key="user"
            )

    url = f"{PAGE}?subscription={paid.pk}"
    some(1)
    boss.get(url)
    with CaptureQueriesContext(connection) as few:
        boss.get(url)
    some(30)
    with CaptureQueriesContext(connection) as many:
        boss.get(url)
    assert len(few) == len(many)
    assert len(many) <= 16
    assert sum("dsn_storedtemplate" in one["sql"] for one in many) == 1
