"""Who is told what, by code. All of it stands in the admin afterwards and can be edited there."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group

from dsn_core.models import Backend, StoredTemplate, Subscription, Trigger
from shop.models import Order
from shop.people import ACCOUNTING, FRONT_DESK

PAID, REFUNDED, CANCELLED = "Paid orders", "Refunds", "Cancellations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one message in one language; none: for all that have no other."""

    key: str
    language: str = ""
    subject: str = ""
    text: str
    actions: str = ""


WORDINGS = (
    Wording(
        key="shop.order_paid",
        subject="Thanks, {{ user.first_name }}: order {{ action_object.number }} is paid",
        text="Dear {{ user.first_name }} {{ user.last_name }},\n\n"
        "we have received {{ action_object.total|floatformat:'2g' }} EUR for your order "
        "{{ action_object.number }}.\n\nThe shop",
        actions="Your order = /",
    ),
    Wording(
        key="shop.order_paid",
        language="de",
        subject="Danke, {{ user.first_name }}! Bestellung {{ action_object.number }} bezahlt",
        text="Guten Tag {{ user.first_name }} {{ user.last_name }},\n\n"
        "wir haben {{ action_object.total|floatformat:'2g' }} EUR für Ihre Bestellung "
        "{{ action_object.number }} erhalten.\n\nIhr Laden",
        actions="Ihre Bestellung = /",
    ),
    Wording(
        key="shop.order_refunded",
        subject="{{ amount|floatformat:'2g' }} EUR back for order {{ action_object.number }}",
        text="{{ actor.first_name }} has refunded {{ amount|floatformat:'2g' }} EUR to "
        "{{ action_object.customer.user.first_name }}.",
    ),
    Wording(
        key="shop.money_back",
        text="{{ amount|floatformat:'2g' }} EUR for order {{ action_object.number }} are on their "
        "way back to you.",
    ),
    Wording(
        key="shop.money_back",
        language="de",
        text="{{ amount|floatformat:'2g' }} EUR für Bestellung {{ action_object.number }} sind "
        "auf dem Weg zurück zu Ihnen.",
    ),
    Wording(
        key="shop.free_again",
        text="Back in the shop: what somebody ordered for "
        "{{ action_object.total|floatformat:'2g' }} EUR, and does not want after all.",
    ),
    Wording(
        key="shop.order_cancelled",
        subject="{{ actor.first_name }} cancelled order {{ action_object.number }}",
        text="It was {{ changes.status.0 }} and came to "
        "{{ action_object.total|floatformat:'2g' }} EUR.",
    ),
)


def set_up() -> None:
    """Make the three triggers and who hears of them; twice does no harm."""
    write_words()
    tell_customers_of_payments()
    tell_accounting_of_refunds()
    tell_the_others_of_cancellations()


def write_words() -> None:
    """The words, as rows that the admin can edit."""
    for wording in WORDINGS:
        StoredTemplate.objects.update_or_create(
            key=wording.key,
            language=wording.language,
            defaults={
                "subject": wording.subject,
                "text": wording.text,
                "actions": wording.actions,
            },
        )


def tell_customers_of_payments() -> None:
    """Whose order has become paid hears of it: a recipient that each event names anew."""
    paid = Trigger.objects.watch(
        "post_save", Order, conditions=[("status", "changed_to", "paid")], name=PAID
    )
    # The same words three ways: what a messenger has no place for stands where it has one.
    ways = [through(key, "shop.order_paid") for key in ("email", "telegram", "inbox")]
    Subscription.objects.subscribe(paid, *ways, paths=["customer.user"])


def tell_accounting_of_refunds() -> None:
    """A group hears of the shop's own signal by mail, and the customer by SMS."""
    refunded = Trigger.objects.watch("shop.order_refunded", Order, name=REFUNDED)
    accounting = Group.objects.get(name=ACCOUNTING)
    Subscription.objects.subscribe(
        refunded, through("email", "shop.order_refunded"), groups=[accounting]
    )
    Subscription.objects.subscribe(
        refunded,
        through("sms", "shop.money_back"),
        paths=["customer.user"],
    )


def tell_the_others_of_cancellations() -> None:
    """The front desk hears of a cancelled order, but not who of it has cancelled it.

    And everybody hears that something can be bought again: a post has no recipients.
    """
    cancelled = Trigger.objects.watch(
        "post_save", Order, conditions=[("status", "changed_to", "cancelled")], name=CANCELLED
    )
    front_desk = Group.objects.get(name=FRONT_DESK)
    Subscription.objects.subscribe(
        cancelled,
        through("email", "shop.order_cancelled"),
        groups=[front_desk],
        exclude_actor=True,
    )
    Subscription.objects.subscribe(cancelled, through("x_post", "shop.free_again"))


def through(messenger: str, template: str) -> Backend:
    """The backend that sends this template by this messenger."""
    backend, _made = Backend.objects.get_or_create(
        name=f"{template} by {messenger}",
        defaults={"messenger": messenger, "message_template": template},
    )
    return backend
