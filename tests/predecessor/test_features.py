"""Each feature of the predecessor works: a test for every row of the table in the documentation."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.dispatch import Signal

from dsn_core import Accepted, MessageTemplate, Messenger, RecipientSource, Verb
from dsn_core.exceptions import InvalidSubscription
from dsn_core.models import Address, Backend, Event, StoredTemplate, Subscription, Trigger
from dsn_core.signals import delivery_sent
from tests.host.models import Order
from tests.host.signals import refunded
from tests.predecessor.proving import Table

pytestmark = pytest.mark.django_db

TABLE = Table("What it could do")
proves = TABLE.proves


def test_every_row_of_the_table_is_proven_and_no_other():
    assert sorted(TABLE.proven) == sorted(TABLE.rows)


def mail(key: str = "dsn.plain", **fields: object) -> Backend:
    return Backend.objects.create(
        name=f"Mail {key}", messenger="email", message_template=key, **fields
    )


def console(name: str = "Console", **fields: object) -> Backend:
    return Backend.objects.create(name=name, messenger="console", **fields)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def save() -> None:
    Order.objects.create(number="7", status="paid")


def delete() -> None:
    Order.objects.create().delete()


def relate() -> None:
    Order.objects.create().watchers.add(User.objects.create(username="eve"))


def initialise() -> None:
    Order()


def migrate() -> None:
    emit_pre_migrate_signal(verbosity=0, interactive=False, db="default")
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")


@proves("The nine built-in signals")
@pytest.mark.parametrize(
    ("verb", "happen"),
    [
        ("pre_init", initialise),
        ("post_init", initialise),
        ("pre_save", save),
        ("post_save", save),
        ("pre_delete", delete),
        ("post_delete", delete),
        ("m2m_changed", relate),
        ("pre_migrate", migrate),
        ("post_migrate", migrate),
    ],
)
def test_the_nine_built_in_signals_are_heard(verb, happen):
    Trigger.objects.watch(verb, None if "migrate" in verb else Order)
    User.objects.create(username="bob")  # whereupon the process reads its triggers
    Event.objects.all().delete()
    happen()
    assert {event.verb for event in Event.objects.all()} == {verb}


@proves("Signals of the project")
def test_a_signal_of_the_project_needs_no_registration(ada, dsn_outbox):
    Subscription.objects.subscribe(Trigger.objects.watch("host.refunded"), mail(), users=[ada])
    refunded.send(sender=Order, amount=3)
    dsn_outbox.assert_sent(ada)


@proves("Signals from elsewhere")
def test_a_signal_from_elsewhere_is_named_by_a_plugin(install):
    signal = Signal()
    install(Verb(key="shop.sold", signal=signal))
    Trigger.objects.watch("shop.sold")
    signal.send(sender=None)
    assert Event.objects.get().verb == "shop.sold"


@proves("Triggers of four parts")
def test_a_trigger_has_four_parts_and_all_of_them_count(ada, bob):
    order, other = Order.objects.create(), Order.objects.create()
    Trigger.objects.watch("host.refunded", order, actor_object=ada, target="front desk")
    for thing, actor, target in (
        (other, ada, "front desk"),
        (order, bob, "front desk"),
        (order, ada, "back door"),
        (order, ada, "front desk"),
    ):
        refunded.send(sender=Order, action_object=thing, actor_object=actor, target=target)
    [event] = Event.objects.all()
    assert (event.payload["action_object"]["pk"], event.payload["target"]) == (
        order.pk,
        "front desk",
    )


@proves("A trigger on any object, a model or one object")
def test_a_trigger_is_on_anything_a_model_or_one_object(ada):
    order = Order.objects.create()
    triggers = [Trigger.objects.watch("post_save", what) for what in (None, Order, order)]
    order.save()
    Order.objects.create()
    ada.save()
    assert [len(event.trigger_ids) for event in Event.objects.order_by("pk")] == [3, 2, 1]
    assert len(triggers) == 3


@proves("A target by its text")
def test_a_target_is_compared_by_its_text(ada):
    Trigger.objects.watch("host.refunded", target="front desk", name="text")
    Trigger.objects.watch("host.refunded", target=ada, name="object")
    refunded.send(sender=None, target="front desk")
    refunded.send(sender=None, target=ada)
    assert [len(event.trigger_ids) for event in Event.objects.all()] == [1, 1]


@proves("Triggers by code")
def test_a_trigger_is_made_by_code_and_made_again_only_updated():
    first = Trigger.objects.watch("post_save", Order, name="Paid")
    again = Trigger.objects.watch("post_delete", Order, name="Paid")
    assert first.pk == again.pk
    assert Trigger.objects.get().verb == "post_delete"


@proves("An enabled switch on triggers")
def test_a_trigger_can_be_switched_off():
    trigger = Trigger.objects.watch("post_save", Order)
    trigger.enabled = False
    trigger.save()
    save()
    assert not Event.objects.exists()


@proves("An enabled switch on subscriptions")
def test_a_subscription_can_be_switched_off(ada, bob, dsn_outbox):
    trigger, backend = Trigger.objects.watch("post_save", Order), mail()
    Subscription.objects.subscribe(trigger, backend, users=[ada], name="on")
    Subscription.objects.subscribe(trigger, backend, users=[bob], name="off", enabled=False)
    save()
    assert [message.address for message in dsn_outbox] == ["ada@example.org"]


@proves("Several subscriptions to one trigger")
def test_several_subscriptions_tell_everybody_once(ada, bob, dsn_outbox):
    trigger, backend = Trigger.objects.watch("post_save", Order), mail()
    Subscription.objects.subscribe(trigger, backend, users=[ada], name="one")
    Subscription.objects.subscribe(trigger, backend, users=[ada, bob], name="two")
    save()
    assert sorted(message.address for message in dsn_outbox) == [
        "ada@example.org",
        "bob@example.org",
    ]


@proves("Several backends in one subscription")
def test_several_backends_of_a_subscription_each_send(ada, dsn_outbox):
    trigger = Trigger.objects.watch("post_save", Order)
    Subscription.objects.subscribe(trigger, mail(), console(), users=[ada])
    save()
    assert sorted(message.messenger for message in dsn_outbox) == ["console", "email"]


@proves("Users and groups")
def test_users_and_the_members_of_groups_are_told(ada, bob, dsn_outbox):
    staff = Group.objects.create(name="staff")
    bob.groups.add(staff)
    trigger = Trigger.objects.watch("post_save", Order)
    Subscription.objects.subscribe(trigger, mail(), users=[ada], groups=[staff])
    save()
    dsn_outbox.assert_sent(ada)
    dsn_outbox.assert_sent(bob)


@proves("Dynamic users")
def test_recipients_follow_from_the_object_or_from_code(ada, bob, install, dsn_outbox):
    class Bosses(RecipientSource):
        key = "shop.bosses"
        label = "The bosses"

        def recipients(self, occurrence):
            return User.objects.filter(username="bob") if occurrence.action_object.items else ()

    install(Bosses)
    trigger = Trigger.objects.watch("post_save", Order)
    Subscription.objects.subscribe(trigger, mail(), paths=["customer"], sources=["shop.bosses"])
    Order.objects.create(customer=ada)
    dsn_outbox.assert_sent(ada)
    dsn_outbox.assert_sent(bob)


@proves("Messengers of the project")
def test_a_messenger_of_the_project_sends(ada, install, dsn_capture):
    class Pigeon(Messenger):
        key = "pigeon"
        label = "Pigeon"
        channel = "chat"
        user_field = "username"

        def send(self, envelope):
            return Accepted(provider_id="1")

    install(Pigeon)
    trigger = Trigger.objects.watch("post_save", Order)
    pigeon = Backend.objects.create(name="Pigeon", messenger="pigeon", message_template="dsn.plain")
    Subscription.objects.subscribe(trigger, pigeon, users=[ada])
    with dsn_capture() as sent:
        save()
    assert [(message.messenger, message.address) for message in sent] == [("pigeon", "ada")]


class Paid(MessageTemplate):
    key = "shop.paid"
    label = "An order is paid"
    subject = "Order {{ action_object.number }}"
    text = "Dear {{ user.username }}: {{ thanks }}"

    def get_context(self, context):
        return {**context, "thanks": f"thank you for {context['action_object'].items}"}


def sent_with(template: type[MessageTemplate], user: User, outbox):
    """The message that ``user`` gets when an order is saved."""
    trigger = Trigger.objects.watch("post_save", Order)
    Subscription.objects.subscribe(trigger, mail(template.key), users=[user])
    save()
    return outbox[0]


@proves("Message templates of the project")
def test_a_template_is_a_class_or_written_in_the_admin(ada, install, dsn_outbox):
    install(Paid)
    StoredTemplate.objects.create(key="shop.written", text="Written for {{ user.username }}")
    trigger = Trigger.objects.watch("post_save", Order)
    Subscription.objects.subscribe(trigger, mail("shop.paid"), mail("shop.written"), users=[ada])
    save()
    assert {message.text for message in dsn_outbox} == {
        "Dear ada: thank you for 1",
        "Written for ada",
    }


@proves("A template as a string")
def test_a_template_may_be_a_string(ada, install, dsn_outbox):
    install(Paid)
    assert sent_with(Paid, ada, dsn_outbox).text == "Dear ada: thank you for 1"


@proves("A template in a file")
def test_a_template_may_be_a_file(ada, install, dsn_outbox, settings, tmp_path):
    class FromFile(MessageTemplate):
        key = "shop.from_file"
        label = "From a file"
        text_file = "shop/paid.txt"

    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "paid.txt").write_text("From a file: {{ action_object.number }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    install(FromFile)
    assert sent_with(FromFile, ada, dsn_outbox).text == "From a file: 7"


@proves("What a template is given")
def test_a_template_is_given_the_parts_the_values_and_who_reads(ada, bob, dsn_outbox):
    words = "{{ verb }} {{ action_object.number }} {{ actor.username }} {{ target }} {{ why }}"
    StoredTemplate.objects.create(key="shop.all", text=f"{words} {{{{ user.username }}}}")
    trigger = Trigger.objects.watch("host.refunded", Order)
    Subscription.objects.subscribe(trigger, mail("shop.all"), users=[ada])
    order = Order.objects.create(number="7")
    refunded.send(sender=Order, action_object=order, actor_object=bob, target="desk", why="late")
    assert dsn_outbox[0].text == "host.refunded 7 bob desk late ada"


@proves("Extra context")
def test_a_template_adds_names_of_its_own(ada, install, dsn_outbox):
    install(Paid)
    assert "thank you for 1" in sent_with(Paid, ada, dsn_outbox).text


@proves("Required arguments are checked")
def test_a_template_that_requires_what_the_verb_lacks_is_refused(ada, install):
    class Demanding(MessageTemplate):
        key = "shop.demanding"
        label = "Demanding"
        text = "{{ amount }}"
        requires = ("amount",)

    install(Demanding)
    trigger = Trigger.objects.watch("post_save", Order)
    with pytest.raises(InvalidSubscription, match="requires amount, which post_save does not"):
        Subscription.objects.subscribe(trigger, mail("shop.demanding"), users=[ada])


@proves("An e-mail with a subject")
def test_an_email_has_a_subject(ada, install, dsn_outbox):
    install(Paid)
    assert sent_with(Paid, ada, dsn_outbox).subject == "Order 7"


@proves("Where a user is reached")
def test_a_user_is_reached_at_her_address_row_or_where_the_settings_say(
    ada, bob, settings, dsn_outbox
):
    settings.DSN = {"ADDRESSES": {"email": "last_name"}}
    User.objects.filter(pk=bob.pk).update(last_name="bob@work.example")
    Address.objects.create(user=ada, messenger="email", value="ada@home.example")
    trigger = Trigger.objects.watch("post_save", Order)
    Subscription.objects.subscribe(trigger, mail(), users=[ada, bob])
    save()
    assert [message.address for message in dsn_outbox] == ["ada@home.example", "bob@work.example"]


@proves("Printing, e-mail and Telegram")
def test_printing_email_and_telegram_are_installed():
    said = run("dsn_plugins")
    assert all(f"messenger         {key}" in said for key in ("console", "log", "email"))
    assert "messenger         telegram" in said


@proves("A signal when something was sent")
@pytest.mark.django_db(transaction=True)
def test_what_was_sent_is_announced(capsys):
    heard = []

    def hear(delivery, **_said):
        heard.append(delivery.address)

    delivery_sent.connect(hear)
    trigger = Trigger.objects.watch("post_save", Order)
    Subscription.objects.subscribe(trigger, console(), addresses=["ops"])
    save()
    delivery_sent.disconnect(hear)
    assert heard == ["ops"]


@proves("Trying a messenger")
def test_a_messenger_can_be_tried(capsys):
    assert "console took it to ada" in run("dsn_send", "console", "ada", "Hello")


@proves("Firing a trigger with arguments")
def test_a_trigger_is_fired_with_arguments():
    Trigger.objects.watch("host.refunded", name="Refund", conditions=[("amount", "gte", 3)])
    run("dsn_fire", "Refund", "--object", "the shop", "--value", "amount=3")
    assert Event.objects.get().payload["values"] == {"amount": 3}


@proves("Firing a built-in signal")
def test_a_built_in_signal_is_fired_or_only_rehearsed(ada):
    Order.objects.create()
    trigger = Trigger.objects.watch("post_save", Order, name="Saved")
    Subscription.objects.subscribe(trigger, mail(), users=[ada])
    assert "1 would get it" in run("dsn_fire", "Saved", "--object", "latest", "--dry-run")
    assert not Event.objects.exists()
    run("dsn_fire", "Saved", "--object", "latest")
    assert Event.objects.get().verb == "post_save"


@proves("Trying a template")
def test_a_template_can_be_tried(install):
    install(Paid)
    order = Order.objects.create(number="7")
    assert "subject: Order 7" in run(
        "dsn_render", "shop.paid", "--object", f"host.Order:{order.pk}"
    )


@proves("All of it in the admin")
def test_all_of_it_is_in_the_admin(admin_client):
    for model in ("trigger", "subscription", "backend", "storedtemplate", "event", "delivery"):
        assert admin_client.get(f"/admin/dsn/{model}/").status_code == 200
