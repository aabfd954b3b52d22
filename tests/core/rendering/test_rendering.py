"""The words of a message: whose they are, in which language, and what they may say."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.db import OperationalError, connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsn_core import refresh
from dsn_core.contract.message import Message
from dsn_core.contract.messenger import Overflow
from dsn_core.contract.template import MessageTemplate
from dsn_core.delivery.delivering import deliver_next
from dsn_core.models import Event, StoredTemplate, Trigger
from dsn_core.states import State
from tests.core.delivery.conftest import Pager, backend_of, delivered, event_of
from tests.core.rendering.speaking import Paid, stored, text_of
from tests.host.models import Order

pytestmark = pytest.mark.django_db


def test_values_are_escaped_in_html_and_nowhere_else(send):
    ada = User.objects.create(username="ada", first_name="Ada & Co")
    order = Order.objects.create(number="<7>")
    envelope, _ = send(user=ada, action_object=order, values={"note": "1 < 2 & 'x'"})
    message = envelope.message
    assert message.text == "1 < 2 & 'x' for Ada & Co"
    assert message.html == "<p>1 &lt; 2 &amp; &#x27;x&#x27;</p>"
    assert message.subject == "Order <7> is paid"


def test_a_subject_is_one_line_whatever_stands_in_it(send):
    order = Order.objects.create(number="1\r\nBcc: eve@example.org\u2028x\x0by")
    envelope, _ = send(action_object=order, values={"note": ""})
    assert envelope.message.subject == "Order 1 Bcc: eve@example.org x y is paid"


def test_the_envelope_says_who_what_and_about_what(send):
    ada = User.objects.create(username="ada")
    order = Order.objects.create(pk=7)
    envelope, row = send(user=ada, action_object=order)
    assert (envelope.key, envelope.address) == (str(row.key), row.address)
    assert (envelope.recipient, envelope.language) == (str(ada.pk), "en")
    assert envelope.thread == "host.order:7"
    assert envelope.metadata == {"verb": "post_save", "backend": "pager"}
    assert (envelope.attempt, envelope.doubted, envelope.callback_url) == (1, False, "")


def test_emoji_and_right_to_left_pass_through_as_they_are(send):
    words = "👩‍👩‍👧‍👦 🇩🇪 مرحبا بالعالم שלום \u202eabc\u202c"
    assert text_of(send, "{{ note }}", values={"note": words}) == words


def test_dsns_names_win_over_the_signals_and_over_get_context(send):
    class Loud(MessageTemplate):
        key = "shop.loud"
        label = "Loud"
        text = "{{ verb }} {{ actor }} {{ mine }} {{ note }}"

        def get_context(self, context):
            assert context["actor"] == ada
            return {**context, "verb": "hacked", "mine": Mine(), "note": "changed"}

    class Mine:
        def __str__(self):
            return "as it is"

    ada = User.objects.create(username="ada")
    envelope, _ = send(Loud, actor=ada, values={"verb": "signal", "note": "signal"})
    assert envelope.message.text == "post_save ada as it is changed"


def test_a_stored_template_speaks_for_an_installed_one_and_keeps_its_context(send):
    class Richer(Paid):
        key = "shop.richer"

        def get_context(self, context):
            return {**context, "shouted": context["note"].upper(), "live": object()}

    StoredTemplate.objects.create(key="shop.richer", text="{{ shouted }}! {{ live }}")
    envelope, _ = send(Richer, values={"note": "paid"})
    assert envelope.message == Message(text="PAID! <object>")


def test_an_empty_stored_template_leaves_the_installed_words(send):
    StoredTemplate.objects.create(key="shop.paid")
    envelope, _ = send(values={"note": "n"})
    assert envelope.message.text == "n for"


def test_files_are_found_by_the_projects_loaders(send, tmp_path):
    (tmp_path / "paid.txt").write_text("From a file: {{ note }} {% load l10n %}")

    class Filed(MessageTemplate):
        key = "shop.filed"
        label = "Filed"
        text_file = "paid.txt"

    backend = "django.template.backends.django.DjangoTemplates"
    with override_settings(TEMPLATES=[{"BACKEND": backend, "DIRS": [tmp_path]}]):
        envelope, _ = send(Filed, values={"note": "x"})
    assert envelope.message.text == "From a file: x"


def test_a_project_without_djangos_templates_still_sends(send):
    with override_settings(TEMPLATES=[]):
        assert text_of(send, "{{ note }}", values={"note": "x"}) == "x"


# ── What cannot be rendered ─────────────────────────────────────────────────────────────


def test_what_may_not_be_cut_has_failed(send):
    limited = {"max_length": 3, "overflow": Overflow.REFUSE}
    envelope, row = send(messenger=limited, values={"note": "12345"})
    assert envelope is None
    assert (row.state, row.code) == (State.FAILED, "too_long")
    assert "takes 3" in row.reason


def test_a_measure_that_raises_fails_this_delivery_only(send):
    def measure(self, text):
        raise SystemExit(1)

    _, row = send(messenger={"max_length": 3, "measure": measure})
    assert (row.state, row.code) == (State.FAILED, "template")


def test_what_has_no_words_left_fails_with_the_reason(send):
    stored("{{ note }}")
    envelope, row = send(None, values={"note": " \n"})
    assert envelope is None
    assert (row.state, row.code) == (State.FAILED, "template")
    assert row.reason == "There is nothing to send: no words are left for pager."


class Raising(MessageTemplate):
    """Its context cannot be had."""

    key = "shop.raising"
    label = "Raising"
    text = "x"

    def get_context(self, context):
        raise SystemExit("no")


class Rubbish(Raising):
    """Its context is none."""

    key = "shop.rubbish"

    def get_context(self, context):
        return 5


class Filed(MessageTemplate):
    """Its file is nowhere."""

    key = "shop.filed"
    label = "Filed"
    text_file = "nowhere.txt"


class Wrong(MessageTemplate):
    """Its source is wrong."""

    key = "shop.wrong"
    label = "Wrong"
    text = "fine\n{% if %}"


class Dividing(MessageTemplate):
    """It raises while it is rendered."""

    key = "shop.dividing"
    label = "Dividing"
    text = "{% widthratio note 0 x %}{% cycle %}"


@pytest.mark.parametrize("template", [Raising, Rubbish, Filed, Wrong, Dividing])
def test_a_template_that_cannot_be_rendered_fails_with_the_reason(send, template):
    envelope, row = send(template, values={"note": 1})
    assert envelope is None
    assert (row.state, row.code) == (State.FAILED, "template")
    assert template.key in row.reason
    assert row.finished_at is not None


def test_a_template_that_raises_fails_no_other(pager, queue):
    made = pager()
    stored("{{ note|floatformat:note }}")
    backend = backend_of("pager", message_template="shop.stored")
    rows = [queue(backend=backend, values={"note": note})[0] for note in (1, 999_999, 2)]
    states = [row.state for row in delivered(rows)]
    assert states == [State.SENT, State.FAILED, State.SENT]
    assert [envelope.message.text for envelope in made.sent] == ["1.0", "2.00"]


def test_a_database_that_is_away_is_no_fault_of_the_template(install, queue):
    class Unlucky(Raising):
        key = "shop.unlucky"

        def get_context(self, context):
            if context["note"] == 2:
                raise OperationalError("the server closed the connection")
            return context

    install(type("Pager", (Pager,), {"sent": []}), Unlucky)
    backend = backend_of("pager", message_template="shop.unlucky")
    rows = [queue(backend=backend, values={"note": note})[0] for note in (1, 2, 3)]
    rows = delivered(rows)
    assert [row.state for row in rows] == [State.SENT, State.QUEUED, State.SENT]
    assert (rows[1].code, rows[1].doubted) == ("OperationalError", False)
    assert rows[1].next_at > timezone.now()


def test_an_event_that_cannot_be_read_fails_its_own_deliveries_only(pager, queue):
    pager()
    broken = event_of(action_object=Order.objects.create())
    broken.payload["action_object"]["fields"]["items"] = "no number"
    broken.save()
    rows = delivered(queue(event=broken) + queue())
    assert [row.state for row in rows] == [State.FAILED, State.SENT]
    assert rows[0].code == "template"
    assert "The event" in rows[0].reason


def test_a_number_of_rows_takes_the_same_queries(pager, queue, settings):
    if connection.vendor == "mysql":
        pytest.skip("MariaDB gives nothing back from an UPDATE: outcomes are written one by one")
    settings.DSN = {"USER_LANGUAGE": "last_name"}
    pager()
    people = [User.objects.create(username=f"u{number}") for number in range(20)]
    order = Order.objects.create(customer=people[0])
    order.watchers.add(*people)

    def some(count):
        for number in range(count):
            queue(event=event_of(action_object=order), user_pk=str(people[number].pk))

    some(1)
    with CaptureQueriesContext(connection) as few:
        deliver_next()
    some(20)
    with CaptureQueriesContext(connection) as many:
        deliver_next()
    assert len(few) == len(many)
    assert len(many) <= 12


def test_twenty_messages_about_one_object_read_its_relations_once(pager, queue):
    pager()
    ada = User.objects.create(username="ada")
    order = Order.objects.create(customer=ada, total=Decimal("3.50"))
    ada.groups.add(Group.objects.create(name="g"))
    stored("{{ action_object.customer.username }} {{ action_object.total }}")
    backend = backend_of("pager", message_template="shop.stored")
    queue(20, backend=backend, event=event_of(action_object=order))
    with CaptureQueriesContext(connection) as queries:
        deliver_next()
    reading = [one for one in queries if "auth_user" in one["sql"] and "FROM" in one["sql"]]
    assert len(reading) == 1


def test_what_is_read_to_render_is_not_captured(pager, queue):
    """Else a trigger on ``post_init`` would feed itself for ever."""
    pager()
    order = Order.objects.create()
    ada = User.objects.create_user("ada")
    Trigger.objects.watch("post_init", Order)
    Trigger.objects.watch("post_init", User, name="People")
    refresh()
    rows = queue(event=event_of(action_object=order), user_pk=str(ada.pk))
    before = Event.objects.count()
    delivered(rows)
    assert Event.objects.count() == before
