"""What stands on X after a send."""

from __future__ import annotations

import pytest

from dsn_core import Accepted, Audience, Message
from tests.twitter.posting import ADA, dm, envelope, post

TEXTS = [
    "Order 7 is paid.",
    "Größe: 38 → 40 “ok”",
    "注文 7 のお支払いが完了しました",
    "הזמנה 7 שולמה 🎉 (shop)",
    "\u2067تم دفع الطلب 7\u2069!",
    "👨‍👩‍👧‍👦👍🏽🇩🇪1️⃣🏳️‍🌈",
    "one\ntwo\n\nthree",
    "100 % & <b> \"x\" 'y' \\n + ?a=b;c",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_post_arrives_as_it_was_written(server, text):
    outcome = post(server).send(envelope(text))

    (sent,) = server.posts
    assert sent.text == text
    assert outcome == Accepted(provider_id=sent.id)


@pytest.mark.parametrize("text", TEXTS)
def test_a_direct_message_arrives_as_it_was_written(server, text):
    outcome = dm(server).send(envelope(text))

    (sent,) = server.direct_messages
    assert (sent.text, sent.participant_id) == (text, ADA)
    conversation = {"conversation_id": sent.conversation_id}
    assert outcome == Accepted(provider_id=sent.id, detail=conversation)


def test_a_text_is_sent_in_the_form_in_which_x_counts_it(server):
    post(server).send(envelope("\ufeff cafe\u0301\0\ud83d \n"))

    assert server.posts[0].text == "café"


@pytest.mark.parametrize("text", ["", " \n", "\ufeff"])
@pytest.mark.parametrize("messenger", [post, dm])
def test_nothing_is_not_sent(server, messenger, text):
    outcome = messenger(server).send(envelope(text))

    assert (outcome.refusal.name, outcome.code) == ("MESSAGE", "empty")
    assert server.calls == []


def test_who_may_reply_is_told(server):
    post(server, reply_settings="mentionedUsers").send(envelope("a"))
    post(server).send(envelope("b"))

    assert [sent.reply_settings for sent in server.posts] == ["mentionedUsers", None]


def test_a_post_is_for_everybody_and_a_message_for_one():
    assert post().audience is Audience.PUBLIC
    assert dm().audience is Audience.RECIPIENT
    assert post().account_type is dm().account_type


def test_a_preview_of_a_direct_message_says_its_length_and_price():
    words = list(dm().remarks(Message(text="x" * 1234)))

    assert words == ["1,234 of 10,000; costs 0.015 USD"]


def test_a_batch_shares_one_connection_and_the_next_one_has_its_own(server, monkeypatch):
    from dsn_twitter import connecting

    made, closed = [], []

    class Line(connecting.Line):
        def __init__(self, account):
            super().__init__(account)
            made.append(self)

        def close(self):
            super().close()
            closed.append(self)

    monkeypatch.setattr(connecting, "Line", Line)
    messenger = post(server)
    with messenger:
        outcomes = list(messenger.send_many([envelope(str(n)) for n in range(5)]))
        assert (len(made), closed) == (1, [])
    assert [outcome.provider_id for outcome in outcomes] == [sent.id for sent in server.posts]
    assert closed == made
    with messenger:
        messenger.send(envelope("more"))
    messenger.send(envelope("and more"))

    assert len(made) == 3
    assert closed == made


def test_a_refusal_in_a_batch_touches_no_other(server):
    with post(server) as messenger:
        messenger.send(envelope("a"))
        refused = messenger.send(envelope("a"))
        sent = messenger.send(envelope("b"))

    assert (refused.refusal.name, type(sent)) == ("MESSAGE", Accepted)
