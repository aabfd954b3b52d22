"""From a save to Telegram, and from Telegram to a person's address, through the core."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from dsn_core.models import Address, Backend, Delivery, Link, Subscription, Trigger
from tests.telegram.posting import SECRET

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/dsn/telegram/default/"


@pytest.fixture(autouse=True)
def configured(server, settings):
    account = {**server.account, "webhook_secret": SECRET}
    settings.DSN = {"MESSENGERS": {"telegram": {"default": account}}}


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada")


def post(client, update, secret=SECRET):
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    body = json.dumps(update)
    return client.post(URL, body, content_type="application/json", headers=headers).status_code


def link(client, server, user):
    token = Link.objects.issue(user, "telegram", "default")
    assert post(client, server.user_says(4711, f"/start {token}")) == 204
    return Address.objects.get(user=user)


def greet(*users):
    """Save somebody, of which `users` hear by Telegram."""
    trigger = Trigger.objects.watch("post_save", get_user_model(), name="somebody")
    backend = Backend.objects.create(
        name="Telegram", messenger="telegram", message_template="dsn.plain"
    )
    Subscription.objects.subscribe(trigger, backend, users=users, name="greet")
    get_user_model().objects.create_user("bob")
    call_command("dsn_worker", "--once")


def test_who_followed_a_link_hears_of_a_save(server, client, ada):
    link(client, server, ada)
    greet(ada)

    (sent,) = server.messages
    assert sent.chat_id == 4711
    (delivery,) = Delivery.objects.all()
    assert (delivery.state, delivery.provider_id) == ("sent", "4711:1")


def test_who_blocks_the_bot_is_left_alone_until_she_is_back(server, client, ada):
    address = link(client, server, ada)
    assert post(client, server.block(4711)) == 204
    address.refresh_from_db()
    assert (address.active, address.reason) == (False, "blocked the bot")

    assert post(client, server.unblock(4711)) == 204
    address.refresh_from_db()
    assert address.active


def test_a_block_that_nobody_reported_is_learnt_from_the_refusal(server, client, ada):
    address = link(client, server, ada)
    server.block(4711)
    greet(ada)

    address.refresh_from_db()
    assert (address.active, address.kind) == (False, "opted_out")


def test_a_forged_update_changes_nothing(server, client, ada):
    address = link(client, server, ada)
    assert post(client, server.user_says(4711, "/stop"), secret="guessed") == 403

    address.refresh_from_db()
    assert address.active


def test_what_is_polled_links_too(server, ada):
    token = Link.objects.issue(ada, "telegram", "default")
    server.user_says(4711, f"/start {token}")
    call_command("dsn_poll", "--once")

    assert Address.objects.get(user=ada).value == "4711"
    assert server.webhooks.waiting == []
