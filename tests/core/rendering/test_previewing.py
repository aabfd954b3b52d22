"""A preview is what would be sent, and sends nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from dsn_core import refresh
from dsn_core.contract.fields import Fields, option
from dsn_core.contract.message import Message
from dsn_core.contract.messenger import Audience, Messenger, Overflow
from dsn_core.contract.template import MessageTemplate
from dsn_core.models import Attempt, Delivery, Event, StoredTemplate, Trigger
from dsn_core.rendering.notes import Rule
from dsn_core.rendering.previewing import previews
from tests.core.delivery.conftest import Pager, backend_of, delivered, event_of
from tests.core.rendering.speaking import Paid
from tests.host.models import Order

pytestmark = pytest.mark.django_db


class Account(Fields):
    token: str = option(label="Token", secret=True)


class Keyed(Messenger[Account, Fields]):
    """Has an account with a secret, of which it says too much."""

    key = "keyed"
    label = "Keyed"
    channel = "sms"
    max_length = 20

    def send(self, envelope):
        raise AssertionError("A preview sends nothing.")

    def remarks(self, message):
        yield f"{len(message.text)} signs"
        yield f"By {self.account.token}"
        raise SystemExit(f"No more of {self.account.token}")


@pytest.fixture
def keyed(install, settings):
    """It is installed, and has its account."""
    settings.DSN = {"MESSENGERS": {"keyed": {"default": {"token": "s3cr3t-token"}}}}
    install(Keyed, type("Pager", (Pager,), {"sent": []}), Paid)


def preview(messenger="pager", *, event=None, user=None, language="", **fields):
    backend = backend_of(messenger, **{"message_template": "shop.paid", **fields})
    event = event or event_of(values={"note": "Thank you"})
    return previews([backend], event, user=user, language=language)[0]


def test_a_preview_is_what_is_sent(pager, queue, install):
    made = type("Pager", (Pager,), {"sent": []})
    install(made, Paid)
    ada = User.objects.create(username="ada", first_name="Ada")
    order = Order.objects.create(number="7")
    event = event_of(action_object=order, values={"note": "1 < 2"})
    shown = preview(event=event, user=ada)
    rows = queue(event=event, user_pk=str(ada.pk))
    delivered(rows)
    assert shown.fitted == made.sent[0].message
    assert shown.fitted.subject == "Order 7 is paid"


def test_it_says_how_long_it_is_and_what_is_cut(keyed):
    StoredTemplate.objects.create(key="shop.long", subject="Paid", text="Thank you for your order")
    shown = preview("keyed", message_template="shop.long")
    assert shown.whole == Message(subject="Paid", text="Thank you for your order")
    assert shown.fitted == Message(text="Paid\n\nThank you for…")
    assert (shown.whole_length, shown.length, shown.limit) == (24, 20, 20)
    assert [(note.rule, note.lost) for note in shown.notes] == [
        (Rule.SUBJECT_MOVED, ""),
        (Rule.TEXT_CUT, "your order"),
    ]


def test_the_messengers_remarks_are_guarded_and_tell_no_secret(keyed):
    assert preview("keyed").remarks == (
        "14 signs",
        "By [secret]",
        "remarks() of keyed raised SystemExit: No more of [secret]",
    )


def test_a_template_that_got_hold_of_a_secret_does_not_show_it(keyed):
    StoredTemplate.objects.create(key="shop.leaky", text="s3cr3t-token", html="<p>s3cr3t-token")
    shown = preview("keyed", message_template="shop.leaky")
    assert "s3cr3t" not in repr(shown)
    assert shown.fitted.text == "[secret]"


def test_what_is_refused_says_why(install):
    install(type("Pager", (Pager,), {"max_length": 3, "overflow": Overflow.REFUSE}), Paid)
    shown = preview()
    assert shown.fitted is None
    assert shown.whole is not None
    assert "pager takes 3" in shown.problem
    assert (shown.whole_length, shown.length) == (13, None)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"messenger": "gone"}, "The messenger 'gone' is not installed."),
        ({"message_template": "shop.gone"}, "There is no message template 'shop.gone'"),
        ({"message_template": "shop.broken"}, "Line 1"),
        ({"messenger": "keyed", "account": "other"}, "is missing from settings"),
        ({"messenger": "keyed", "options": []}, "are no mapping"),
    ],
)
def test_what_keeps_it_from_being_sent_is_said_in_words(keyed, fields, problem):
    StoredTemplate.objects.create(key="shop.broken", text="{% load x %}")
    shown = preview(fields.pop("messenger", "pager"), **fields)
    assert shown.fitted is None
    assert problem in shown.problem


def test_words_are_shown_although_their_account_is_missing(keyed):
    shown = preview("keyed", account="other")
    assert shown.whole is not None
    assert "Thank you" in shown.whole.text


def test_an_event_that_cannot_be_read_is_said_in_words(keyed):
    event = event_of(action_object=Order.objects.create())
    event.payload["action_object"]["fields"]["items"] = "no number"
    assert "The event cannot be had" in preview(event=event).problem


def test_a_measure_that_raises_is_said_in_words(install):
    def measure(self, text):
        raise RuntimeError("no")

    install(type("Pager", (Pager,), {"max_length": 3, "measure": measure}), Paid)
    assert "RuntimeError: no" in preview().problem


def test_a_post_is_written_for_nobody_in_particular(install, settings):
    settings.DSN = {"USER_LANGUAGE": "last_name"}
    install(type("Pager", (Pager,), {"audience": Audience.PUBLIC}), Paid)
    ada = User.objects.create(username="ada", first_name="Ada", last_name="de")
    shown = preview(user=ada)
    assert (shown.language, "Ada" in shown.fitted.text) == ("en", False)


def test_it_is_read_in_the_readers_language_or_another(keyed, settings):
    settings.DSN = {"USER_LANGUAGE": "last_name"}
    StoredTemplate.objects.create(key="shop.paid", language="de", text="Bezahlt")
    StoredTemplate.objects.create(key="shop.paid", language="fr", text="Payé")
    ada = User.objects.create(username="ada", last_name="de")
    assert preview(user=ada).fitted.text == "Bezahlt"
    assert preview(user=ada, language="fr").fitted.text == "Payé"


def test_what_a_templates_code_writes_is_undone_and_nothing_is_captured(install):
    class Writing(MessageTemplate):
        key = "shop.writing"
        label = "Writing"
        text = "written"

        def get_context(self, context):
            Group.objects.create(name="written")
            return context

    install(type("Pager", (Pager,), {"sent": []}), Writing)
    Trigger.objects.watch("post_save", Group)
    event = event_of()
    assert preview(event=event, message_template="shop.writing").fitted.text == "written"
    assert not Group.objects.exists()
    assert list(Event.objects.all()) == [event]
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()


def test_what_is_read_for_a_preview_is_not_captured(keyed):
    """Else a trigger on ``post_init`` would hear of every look."""
    Trigger.objects.watch("post_init", Order)
    event = event_of(action_object=Order(pk=7, number="7"), values={"note": "x"})
    refresh()
    before = Event.objects.count()
    preview(event=event)
    assert Event.objects.count() == before
