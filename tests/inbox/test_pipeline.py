"""From a save to the page: the whole way, through the core's own engines."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from dsn_core.models import Backend, Delivery, StoredTemplate, Subscription, Trigger
from dsn_inbox.models import InboxMessage
from tests.host.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid():
    """Whoever placed an order hears in her inbox that it is paid."""
    trigger = Trigger.objects.watch(
        "post_save", Order, name="Paid", conditions=[("status", "changed_to", "paid")]
    )
    StoredTemplate.objects.create(
        key="shop.paid",
        subject="Order {{ action_object.number }} is paid",
        text="Thanks.",
        html="<p>Thanks, <b>{{ action_object.number }}</b>.</p>",
    )
    backend = Backend.objects.create(
        name="Inbox",
        messenger="inbox",
        message_template="shop.paid",
        options={"level": "success", "link": "/orders/{pk}/", "group": "thread_verb"},
    )
    Subscription.objects.subscribe(trigger, backend, paths=["customer"])
    return backend


def test_a_save_is_in_the_inbox_when_it_is_committed(paid, ada, eve, browser):
    order = Order.objects.create(number="<7>", customer=ada)
    assert not InboxMessage.objects.exists()
    order.status = "paid"
    order.save()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == ("delivered", "")
    row = InboxMessage.objects.get()
    assert (row.user, row.key, str(row.key)) == (ada, delivery.key, delivery.provider_id)
    assert (row.level, row.verb, row.thread) == ("success", "post_save", f"host.order:{order.pk}")
    assert row.group_key == f"post_save host.order:{order.pk}"
    page = browser.get("/inbox/").content.decode()
    assert "Order &lt;7&gt; is paid" in page
    assert "<p>Thanks, <b>&lt;7&gt;</b>.</p>" in page
    assert f'href="/orders/{order.pk}/"' in page
    assert browser.get("/inbox/api/unread/").json()["unread"] == 1


def test_the_worker_fills_inboxes_and_repeats_nothing(paid, settings, ada, eve):
    settings.DSN = {"ENGINE": "dsn_core.engines.worker.WorkerEngine"}
    for customer in (ada, eve) * 20:
        order = Order.objects.create(customer=customer)
        order.status = "paid"
        order.save()
    call_command("dsn_worker", "--once")
    assert InboxMessage.objects.for_user(ada).count() == 20
    assert InboxMessage.objects.for_user(eve).count() == 20

    Delivery.objects.update(state="queued", attempts=0)
    call_command("dsn_worker", "--once")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert InboxMessage.objects.count() == 40


def test_a_bare_address_that_is_no_user_is_suppressed_with_the_reason(paid, ada):
    subscription = Subscription.objects.get()
    subscription.addresses = ["ops@example.org", str(ada.pk)]
    subscription.save()
    order = Order.objects.create()
    order.status = "paid"
    order.save()
    told = {row.address: row for row in Delivery.objects.all()}
    assert told[str(ada.pk)].state == "delivered"
    assert told["ops@example.org"].state == "suppressed"
    assert "not the primary key of a user" in told["ops@example.org"].reason


def test_the_chooser_offers_it_and_its_options_fit_a_form():
    from dsn_core.plugins.catalog import catalog

    assert catalog().messenger("inbox").label == "Inbox"
    backend = Backend(name="B", messenger="inbox", options={"group": "by colour"})
    with pytest.raises(Exception, match="group"):
        backend.build_options()
