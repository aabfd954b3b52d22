"""The outbox of a host's test: what would have been sent, to whom, in which words."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from dsn_core.conf import INLINE, config
from dsn_core.contract.message import Action, Message
from dsn_core.contract.messenger import Audience
from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.delivery.trying import send_once
from dsn_core.exceptions import NotInstalled
from dsn_core.models import Delivery, StoredTemplate, Subscription
from dsn_core.plugins.catalog import catalog
from dsn_core.signals import address_dead, delivery_failed, delivery_sent
from dsn_core.states import State
from dsn_core.testing.outbox import OutboxClosed, open_outbox
from tests.core.testing.conftest import Mail, Paid, subscribe
from tests.host.models import Order

pytestmark = pytest.mark.usefixtures("shop")

NOT_NOW = Refused(refusal=Refusal.RETRY, code="429", reason="Slow down")
NEVER = Refused(refusal=Refusal.ADDRESS, code="550", reason="No such user")


def test_a_paid_order_mails_the_customer_once_in_her_language_and_not_the_clerk(
    notices, pay, ada, clerk, dsn_outbox
):
    pay()
    dsn_outbox.assert_sent(to=ada, messenger="mail", language="de", subject="Bezahlt")
    dsn_outbox.assert_not_sent(to=clerk)


# ── What a message is ───────────────────────────────────────────────────────────────────


def test_a_message_holds_all_that_a_test_may_ask(notices, pay, ada, mail, dsn_outbox):
    pay()
    (message,) = dsn_outbox
    assert message.user == ada
    assert (message.address, message.messenger) == ("ada@example.org", "mail")
    assert (message.backend, message.account) == ("Mail", "default")
    assert (message.language, message.verb) == ("de", "post_save")
    assert (message.subject, message.text) == ("Bezahlt", "Bestellung bezahlt.")
    assert (message.html, message.actions) == ("", ())
    assert message.delivery == Delivery.objects.get()
    assert message.delivery.state == State.SENT
    assert message.delivery.event.verb == "post_save"


def test_an_emoji_gets_through(notices, pay, ada, dsn_outbox):
    StoredTemplate.objects.all().delete()
    pay()
    dsn_outbox.assert_sent(contains="money. \N{PARTY POPPER}")


def test_the_words_are_those_that_the_messenger_would_be_given(notices, pay, install, dsn_outbox):
    class Tight(Mail):
        supports_subject = False
        max_length = 20

        def measure(self, text):
            return 2 * len(text)

    install(Tight, Paid)
    pay()
    (message,) = dsn_outbox
    assert message.subject == ""
    assert 0 < len(message.text) <= 10


def test_a_bare_address_has_no_user(notices, pay, dsn_outbox):
    Subscription.objects.update(addresses=["ops@example.org"])
    pay()
    (message,) = dsn_outbox.assert_sent(to="ops@example.org")
    assert message.user is None


def test_what_is_for_everybody_is_for_nobody(trigger, order, pay, install, dsn_outbox):
    class Wall(Mail):
        key = "wall"
        audience = Audience.PUBLIC

    install(Wall, Paid)
    subscribe(trigger, "wall")
    pay()
    (message,) = dsn_outbox.assert_sent(to=None)
    assert (message.user, message.address) == (None, "")
    dsn_outbox.assert_not_sent(to=order.customer)


def test_who_is_in_two_subscriptions_gets_one_message(notices, trigger, mail, pay, ada, dsn_outbox):
    other = Subscription.objects.create(name="T", trigger=trigger)
    other.backends.add(mail)
    other.recipient_users.add(ada)
    pay()
    dsn_outbox.assert_sent(to=ada)


def test_messages_stand_in_the_order_of_their_deliveries(trigger, pay, install, dsn_outbox):
    kinds = [type("Kind", (Mail,), {"key": f"kind{number}"}) for number in range(5)]
    install(*kinds, Paid)
    for kind in kinds:
        subscribe(trigger, kind.key)
    pay()
    assert [message.messenger for message in dsn_outbox] == [kind.key for kind in kinds]


def test_a_message_says_the_key_of_a_user_that_is_gone(notices, pay, ada, dsn_outbox):
    pay()
    ada_pk = ada.pk

    def forget(**_):
        User.objects.filter(pk=ada_pk).delete()

    delivery_sent.connect(forget)
    try:
        (message,) = dsn_outbox
    finally:
        delivery_sent.disconnect(forget)
    assert (message.user, message.delivery.user_pk) == (None, str(ada_pk))


def test_what_somebody_sends_by_hand_is_in_it(db, dsn_outbox):
    send_once("mail", "Ada@Example.org", Message(subject="Hi", text="there"))
    (message,) = dsn_outbox.assert_sent(to="ada@example.org", subject="Hi")
    assert (message.backend, message.verb, message.delivery.pk) == ("", "", None)


def test_the_words_on_a_button_count(notices, pay, install, settings, dsn_outbox):
    class Buttoned(Mail):
        supports_actions = True

    install(Buttoned, Paid)
    StoredTemplate.objects.update(actions="Zur Bestellung = https://shop.example/7/")
    pay()
    (message,) = dsn_outbox.assert_sent(contains="Zur Bestellung")
    assert message.actions == (Action(label="Zur Bestellung", url="https://shop.example/7/"),)
    dsn_outbox.assert_sent(contains="shop.example/7")


# ── A sequence ──────────────────────────────────────────────────────────────────────────


def test_it_is_a_sequence(notices, pay, dsn_outbox):
    assert not dsn_outbox
    pay()
    assert len(dsn_outbox) == 1
    assert dsn_outbox[0] == dsn_outbox[-1] == next(iter(dsn_outbox))
    assert dsn_outbox[:5] == dsn_outbox.of()
    assert dsn_outbox[0] in dsn_outbox


def test_to_show_it_does_nothing(notices, pay, dsn_outbox):
    pay()
    assert repr(dsn_outbox) == "<Outbox: 0 messages so far>"
    assert Delivery.objects.count() == 0


def test_a_part_of_it_is_asked_for_by_what_is_wanted(notices, pay, ada, clerk, dsn_outbox):
    Subscription.objects.get().recipient_users.add(clerk)
    pay()
    assert [message.user for message in dsn_outbox.of(to=clerk)] == [clerk]
    assert len(dsn_outbox.of(messenger="mail")) == 2
    assert dsn_outbox.of(messenger="mail", to=ada, contains="Order") == ()
    assert len(dsn_outbox.of(backend="Mail", verb="post_save")) == 2


def test_what_a_test_prepares_can_be_left_out(notices, pay, order, dsn_outbox):
    pay()
    dsn_outbox.clear()
    dsn_outbox.assert_empty()
    Order.objects.create(number="8", customer=order.customer, status="paid")
    dsn_outbox.assert_sent()


def test_what_was_sent_stays_to_be_read_when_it_is_closed(notices, pay):
    with open_outbox() as outbox:
        pay()
        assert len(outbox) == 1
    outbox.assert_sent(subject="Bezahlt")
    with pytest.raises(OutboxClosed, match="is closed"):
        outbox.clock.advance(hours=1)


# ── What services say ───────────────────────────────────────────────────────────────────


def test_a_refusal_can_be_ordered(notices, pay, order, dsn_outbox):
    dsn_outbox.refuse(messenger="mail", outcome=NOT_NOW)
    pay()
    dsn_outbox.assert_empty()
    row = Delivery.objects.get()
    assert (row.state, row.code, row.reason) == (State.QUEUED, "429", "Slow down")
    Order.objects.create(number="8", customer=order.customer, status="paid")
    dsn_outbox.assert_sent()


def test_a_refusal_may_be_for_one_only_and_for_good(notices, pay, ada, clerk, dsn_outbox):
    Subscription.objects.get().recipient_users.add(clerk)
    dsn_outbox.refuse(to=clerk, outcome=NEVER, times=None)
    heard = []

    def receive(sender, **said):
        heard.append(said.get("address") or said["delivery"].code)

    for signal in (address_dead, delivery_failed):
        signal.connect(receive)
    try:
        pay()
        dsn_outbox.assert_sent(to=ada)
        dsn_outbox.assert_not_sent(to=clerk)
    finally:
        for signal in (address_dead, delivery_failed):
            signal.disconnect(receive)
    assert heard == ["550", "clerk@example.org"]


def test_a_refusal_by_another_messenger_is_none_of_its_business(notices, pay, dsn_outbox):
    dsn_outbox.refuse(messenger="log", outcome=NOT_NOW)
    pay()
    dsn_outbox.assert_sent()


def test_what_nobody_can_send_cannot_be_refused(order, dsn_outbox):
    with pytest.raises(NotInstalled, match="'smss'"):
        dsn_outbox.refuse(messenger="smss", outcome=NOT_NOW)
    with pytest.raises(TypeError, match="to is a Order; give a user, an address, or None"):
        dsn_outbox.refuse(to=order, outcome=NOT_NOW)


@pytest.mark.parametrize(
    "outcome",
    [
        Accepted(provider_id="1"),
        "no",
        Refused(refusal="no", code="1", reason=""),  # type: ignore[arg-type]
    ],
    ids=["accepted", "text", "no Refusal"],
)
def test_only_a_refusal_can_be_ordered(outcome, dsn_outbox):
    with pytest.raises(TypeError, match=r"^outcome is .*; give a Refused with a Refusal\.$"):
        dsn_outbox.refuse(outcome=outcome)


def test_to_whom_may_stand_first_everywhere(notices, pay, ada, clerk, dsn_outbox):
    dsn_outbox.refuse(clerk, outcome=NEVER)
    pay()
    assert dsn_outbox.of(ada, messenger="mail") == dsn_outbox.assert_sent(ada)
    dsn_outbox.assert_not_sent(clerk)
    with pytest.raises(AssertionError, match=r"^Expected no message with to=<User: ada>; there is"):
        dsn_outbox.assert_not_sent(ada)
    with pytest.raises(TypeError, match=r"^to is given twice: by its place, and by its name"):
        dsn_outbox.assert_sent(ada, to=ada)


# ── One test after another ──────────────────────────────────────────────────────────────


def test_when_it_is_closed_all_is_as_it_was(notices, pay, settings):
    with open_outbox() as outbox:
        outbox.refuse(outcome=NOT_NOW, times=None)
        with open_outbox() as inner:
            assert catalog().messenger("mail").rate is None
        pay()
        inner.assert_empty()
        outbox.assert_empty()
    assert catalog().messenger("mail") is Mail
    assert config().messengers == {}
    assert config().engine == INLINE
    with open_outbox() as outbox:
        Order.objects.create(number="8", customer=Order.objects.get().customer, status="paid")
        outbox.assert_sent()


@pytest.mark.parametrize("_time", [1, 2])
def test_nothing_of_one_test_is_in_the_next(_time, notices, pay, dsn_outbox):
    assert len(dsn_outbox) == 0
    pay()
    assert len(dsn_outbox) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_time", [1, 2])
def test_nor_where_tests_are_committed(_time, notices, pay, dsn_outbox):
    assert len(dsn_outbox) == 0
    pay()
    assert len(dsn_outbox) == 1
