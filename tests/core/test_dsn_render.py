"""``dsn_render``: the message of a template, for an event or an object."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsn_core.models import Delivery, Event, StoredTemplate
from dsn_core.models.payload import encode
from tests.host.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _words() -> None:
    StoredTemplate.objects.create(
        key="shop.paid",
        subject="Order {{ action_object.number }}",
        text="Dear {{ user.username|default:'reader' }}, thanks.\nNote: {{ note }}",
        html="<p>{{ note }}</p>",
        actions="Read = https://shop.example/",
    )


def render(*arguments: str) -> str:
    out = StringIO()
    call_command("dsn_render", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        render(*arguments)
    return str(caught.value)


@pytest.fixture
def event() -> Event:
    payload = {"action_object": encode(Order(pk=7, number="7")), "values": {"note": "1 < 2"}}
    return Event.objects.create(verb="post_save", payload=payload)


def test_it_renders_every_part_for_an_event(event):
    assert render("shop.paid", "--event", str(event.pk)).splitlines() == [
        "language: en",
        "subject: Order 7",
        "text:",
        "  Dear reader, thanks.",
        "  Note: 1 < 2",
        "html: <p>1 &lt; 2</p>",
        "action: Read → https://shop.example/",
    ]


def test_it_renders_for_an_object_that_nothing_has_happened_to():
    order = Order.objects.create(number="8")
    said = render("shop.paid", "--object", f"host.Order:{order.pk}", "--value", "note=hello")
    assert "subject: Order 8" in said
    assert "Note: hello" in said
    assert "subject: Order 8" in render("shop.paid", "--object", "host.Order:latest")
    assert not Event.objects.exists()


def test_it_shows_what_a_messenger_would_get_and_what_is_cut(event):
    said = render("shop.paid", "--event", str(event.pk), "--messenger", "console")
    assert "html:" not in said
    assert "note: HTML cannot be shown here: the text goes alone." in said
    assert "https://shop.example/" in said
    assert not Delivery.objects.exists()


def test_it_reads_as_a_user_and_in_a_language(event, settings):
    settings.DSN = {"USER_LANGUAGE": "last_name"}
    StoredTemplate.objects.create(key="shop.paid", language="de", text="Danke, {{ user.username }}")
    ada = User.objects.create(username="ada", last_name="de")
    mine = render("shop.paid", "--event", str(event.pk), "--user", str(ada.pk))
    assert mine.splitlines()[:2] == ["language: de", "text: Danke, ada"]
    assert "Dear ada" in render(
        "shop.paid", "--event", str(event.pk), "--user", str(ada.pk), "--language", "en"
    )


def test_the_parts_can_be_said(event):
    StoredTemplate.objects.create(key="shop.who", text="{{ actor }} at {{ target }}: {{ verb }}")
    said = render(
        "shop.who", "--verb", "host.refunded", "--actor", "a robot", "--target", "front desk"
    )
    assert "text: a robot at front desk: host.refunded" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("shop.gone",), "There is no message template 'shop.gone'; there are dsn.plain"),
        (("shop.paid", "--event", "4711"), "There is no event 4711."),
        (("shop.paid", "--object", "7"), "'7' names no model; write it as app_label.Model:key."),
        (("shop.paid", "--object", "host.Order:7"), "no host.Order with the key '7'"),
        (("shop.paid", "--user", "4711"), "There is no user with the key '4711'."),
        (("shop.paid", "--verb", "gone.x"), "'gone.x'"),
        (("shop.paid", "--verb", "post_save", "--value", "created"), "is no NAME=VALUE"),
        (("shop.paid", "--messenger", "gone"), "The messenger 'gone' is not installed."),
        (("shop.broken",), "The text of 'shop.broken' cannot be compiled"),
    ],
)
def test_what_is_missing_is_named(arguments, words):
    StoredTemplate.objects.create(key="shop.broken", text="{% load x %}")
    assert words in refused(*arguments)


def test_a_message_that_would_not_go_out_is_shown_and_explained(event, settings):
    out = StringIO()
    with pytest.raises(CommandError, match="nobody would get it"):
        call_command(
            "dsn_render",
            *("shop.paid", "--event", str(event.pk), "--messenger", "console"),
            *("--account", "other"),
            stdout=out,
        )
    assert "It would not go out:" in out.getvalue()
    assert "Order 7" in out.getvalue()
