"""From a saved object to X, through the whole of DSN."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from dsn_core.models import AccountState, Address, Backend, Delivery, Subscription, Trigger
from dsn_core.testing import DROP, Answer
from dsn_twitter.testing import NOT_TO_THEM
from tests.twitter.posting import ADA

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def x(settings, server):
    """Everybody hears of every new group by a post, and Ada by a direct message."""
    account = {**server.account, "rate": "100/second"}
    settings.DSN = {
        "ENGINE": "dsn_core.engines.worker.WorkerEngine",
        "MESSENGERS": {"x_post": {"default": account}, "x_dm": {"default": account}},
    }
    made = Trigger.objects.watch("post_save", Group)
    for name, messenger, addresses in (("Post", "x_post", []), ("Message", "x_dm", [ADA])):
        backend = Backend.objects.create(name=name, messenger=messenger)
        Subscription.objects.subscribe(made, backend, addresses=addresses)
    return server


def happen(name="Everybody"):
    """A group is made; returns what became of the post and of the message."""
    Group.objects.create(name=name)
    deliver()
    rows = Delivery.objects.order_by("-pk")[:2]
    return sorted(rows, key=lambda row: row.messenger, reverse=True)


def deliver():
    call_command("dsn_worker", "--once", verbosity=0)


def test_a_post_and_a_message_go_out(x):
    post, message = happen()

    assert (post.state, post.provider_id, post.address) == ("sent", x.posts[0].id, "")
    assert (message.state, message.provider_id) == ("sent", x.direct_messages[0].id)
    assert message.detail["conversation_id"] == x.direct_messages[0].conversation_id
    assert "Everybody" in x.posts[0].text


def test_a_long_post_is_cut_to_what_x_takes(x):
    from dsn_twitter.weighing import weigh

    post, _ = happen("字" * 150)

    assert post.state == "sent"
    assert 270 <= weigh(x.posts[0].text) <= 280
    assert "…" in x.posts[0].text


def test_a_refused_recipient_is_not_written_to_again(x):
    x.script(NOT_TO_THEM, when=lambda call: "dm_conversations" in call.path)
    post, message = happen()

    assert (post.state, message.state) == ("sent", "failed")
    assert not Address.objects.get(value=ADA).active


def test_an_attempt_in_doubt_that_had_arrived_is_sent_once(x):
    x.script(DROP, when=lambda call: x.answer(call).status == 201 and "tweets" in call.path)
    post, _ = happen()
    assert (post.state, post.doubted) == ("queued", True)
    Delivery.objects.filter(pk=post.pk).update(next_at=post.created_at)
    deliver()
    post.refresh_from_db()

    assert (post.state, post.provider_id, len(x.posts)) == ("sent", "", 1)


def test_the_admins_form_for_a_post_takes_what_it_offers(admin_client, x):
    form = admin_client.get("/admin/dsn/backend/add/?messenger=x_post&account=default").context
    fields = form["adminform"].form
    values = {
        name: fields.get_initial_for_field(fields.fields[name], name) for name in fields.fields
    }
    given = {name: "" if value in (None, False) else value for name, value in values.items()}
    given |= {"name": "A post", "message_template": "dsn.plain"}
    answer = admin_client.post("/admin/dsn/backend/add/?messenger=x_post&account=default", given)

    assert answer.status_code == 302, answer.context["errors"]
    assert Backend.objects.get(name="A post").options["reply_settings"] == "everyone"


def test_used_up_credits_hold_the_account_and_lose_nothing(x):
    x.script(Answer(status=402), when=lambda call: "tweets" in call.path)
    post, message = happen()

    assert (post.state, message.state) == ("held", "sent")
    state = AccountState.objects.get(messenger="x_post")
    assert "credits" in state.reason
