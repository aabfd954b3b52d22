"""Envelopes become rows: each once, whatever happens to the others."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.contrib.auth import get_user_model
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    connections,
)
from django.test import override_settings

from dsn_core import Accepted, Action, Refusal, Refused, Scope
from dsn_inbox import storing
from dsn_inbox.models import InboxMessage
from tests.inbox.posting import envelope, messenger, post

pytestmark = pytest.mark.django_db


def send(*envelopes, **options):
    return list(messenger(**options).send_many(envelopes))


def test_what_is_stored_has_arrived_under_the_delivery_s_key(ada):
    sent = envelope(ada)
    assert messenger().send(sent) == Accepted(provider_id=sent.key, delivered=True)
    row = InboxMessage.objects.get()
    assert (str(row.key), row.user, row.subject, row.text) == (
        sent.key,
        ada,
        "Paid",
        "Order 7 is paid.",
    )
    assert (row.seen_at, row.read_at, row.expires_at) == (None, None, None)


def test_a_message_sent_twice_is_there_once(ada):
    sent = envelope(ada)
    assert send(sent) == send(sent)
    assert send(sent, sent) == send(sent, sent)
    assert InboxMessage.objects.count() == 1


def test_sending_it_again_changes_neither_its_words_nor_that_it_was_read(ada):
    sent = envelope(ada, subject="First")
    send(sent)
    InboxMessage.objects.for_user(ada).mark_read()
    send(envelope(ada, key=sent.key, subject="Second"))
    row = InboxMessage.objects.get()
    assert row.subject == "First"
    assert row.read_at is not None


def test_a_repeated_delivery_does_not_bring_back_what_was_deleted(ada):
    sent = envelope(ada)
    send(sent)
    InboxMessage.objects.for_user(ada).discard()
    assert isinstance(*send(sent), Accepted)
    assert not InboxMessage.objects.for_user(ada).exists()


@pytest.mark.django_db(transaction=True)
def test_a_message_sent_by_two_threads_at_once_is_there_once(ada):
    sent = [envelope(ada) for _ in range(30)]
    gate, answers = threading.Barrier(2), []

    def work():
        gate.wait(5)
        answers.extend(send(*sent))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [Accepted(provider_id=one.key, delivered=True) for one in sent] * 2
    assert InboxMessage.objects.count() == 30


def test_many_are_stored_by_one_statement_and_answered_in_order(ada, django_assert_num_queries):
    sent = [envelope(ada) for _ in range(40)]
    # The users, the rows between BEGIN and COMMIT or their savepoint, and what is there.
    with django_assert_num_queries(5):
        answers = send(*sent)
    assert [answer.provider_id for answer in answers] == [one.key for one in sent]


def test_a_batch_of_which_some_is_there_is_one_statement_too(ada, django_assert_num_queries):
    sent = [envelope(ada) for _ in range(40)]
    send(*sent[::2])
    with django_assert_num_queries(5):
        answers = send(*sent)
    assert [answer.provider_id for answer in answers] == [one.key for one in sent]
    assert InboxMessage.objects.count() == 40


def test_more_than_a_slice_is_stored_slice_by_slice(ada, monkeypatch):
    monkeypatch.setattr(storing, "SLICE", 3)
    stream = messenger().send_many([envelope(ada) for _ in range(8)])
    assert [InboxMessage.objects.count() for _ in stream] == [3, 3, 3, 6, 6, 6, 8, 8]


def test_nobody_else_suffers_from_a_user_who_is_gone(ada, eve):
    sent = [envelope(ada), envelope("987654321"), envelope("ops@example.org"), envelope(eve)]
    first, second, third, fourth = send(*sent)
    assert isinstance(first, Accepted)
    assert isinstance(fourth, Accepted)
    for refused in (second, third):
        assert (refused.refusal, refused.code) == (Refusal.ADDRESS, "no_such_user")
    assert InboxMessage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_nobody_else_suffers_from_a_user_who_goes_meanwhile(ada, eve, monkeypatch):
    known = storing.known
    calls = []

    def known_until_now(addresses, using):
        found = known(addresses, using)
        if not calls:
            get_user_model().objects.filter(pk=eve.pk).delete()
        calls.append(1)
        return found

    monkeypatch.setattr(storing, "known", known_until_now)
    first, second = send(envelope(eve), envelope(ada))
    assert (first.refusal, first.code) == (Refusal.ADDRESS, "no_such_user")
    assert isinstance(second, Accepted)
    assert InboxMessage.objects.get().user == ada


def test_a_row_that_the_database_refuses_is_refused_alone(ada, monkeypatch):
    def refuse(self, rows, **_):
        raise DatabaseError("too odd")

    def save(self, **options):
        if self.subject == "Odd":
            raise DatabaseError("too odd")
        return plain_save(self, **options)

    plain_save = InboxMessage.save
    monkeypatch.setattr("dsn_inbox.mailbox.InboxQuerySet.bulk_create", refuse)
    monkeypatch.setattr(InboxMessage, "save", save)
    first, second, third = send(envelope(ada), envelope(ada, subject="Odd"), envelope(ada))
    assert (type(first), type(third)) == (Accepted, Accepted)
    assert (second.refusal, second.code) == (Refusal.RETRY, "DatabaseError")
    assert second.scope is Scope.MESSAGE
    assert InboxMessage.objects.count() == 2


def test_what_is_there_already_is_accepted_one_by_one_too(ada, monkeypatch):
    def refuse(self, rows, **_):
        raise DatabaseError("too odd")

    monkeypatch.setattr("dsn_inbox.mailbox.InboxQuerySet.bulk_create", refuse)
    sent = envelope(ada)
    assert send(sent) == send(sent) == [Accepted(provider_id=sent.key, delivered=True)]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_not_waited_for_by_every_row(ada, monkeypatch, error):
    asked = []

    def away(addresses, using):
        asked.append(1)
        raise error("away")

    monkeypatch.setattr(storing, "known", away)
    monkeypatch.setattr(storing, "SLICE", 3)
    answers = send(*[envelope(ada) for _ in range(8)])
    assert len(asked) == 2
    assert {(a.refusal, a.code, a.scope) for a in answers} == {
        (Refusal.RETRY, error.__name__, Scope.ACCOUNT)
    }


def test_what_the_database_silently_left_out_is_not_said_to_be_stored(ada, monkeypatch):
    monkeypatch.setattr("dsn_inbox.mailbox.InboxQuerySet.bulk_create", lambda *_, **__: [])

    def save(self, **_):
        raise IntegrityError("no")

    monkeypatch.setattr(InboxMessage, "save", save)
    (answer,) = send(envelope(ada))
    assert (answer.refusal, answer.code) == (Refusal.RETRY, "IntegrityError")


def test_a_key_that_is_no_uuid_is_refused_alone(ada):
    first, second = send(envelope(ada, key="k"), envelope(ada))
    assert (first.refusal, first.code) == (Refusal.MESSAGE, "ValueError")
    assert isinstance(second, Accepted)


def test_words_of_every_script_are_kept(ada):
    words = "👩‍👩‍👧‍👦 שלום مرحبا ıİ \u202eevil\u202c"
    row = post(ada, subject=words, text=words, html=f"<p>{words}</p>")
    assert (row.subject, row.text, row.html) == (words, words, f"<p>{words}</p>")


def test_what_no_database_takes_is_left_out_of_the_words(ada):
    row = post(ada, subject="a\0b", text="a\0b\ud83d", html="<p>a\0b\ud83d</p>", thread="t\0")
    assert (row.subject, row.text, row.html) == ("ab", "ab?", "<p>ab?</p>")


def test_a_subject_that_is_too_long_is_cut(ada):
    row = post(ada, subject="x" * 600)
    assert row.subject == "x" * 499 + "…"


def test_the_options_say_how_urgent_it_looks(ada):
    assert post(ada, options={"level": "error"}).level == "error"
    assert post(ada).level == "info"


# ── Where it leads ──────────────────────────────────────────────────────────────────────


def test_the_first_action_is_the_link(ada):
    row = post(
        ada,
        actions=(
            Action(label="See it", url="https://shop.example/7/"),
            Action(label="Write", url="mailto:desk@shop.example"),
        ),
    )
    assert row.link == "https://shop.example/7/"
    assert [action["label"] for action in row.actions] == ["See it", "Write"]


def test_an_unsafe_link_is_left_out_and_the_answer_says_so(ada):
    sent = envelope(ada, actions=(Action(label="Go", url="javascript:alert(1)"),))
    (answer,) = send(sent)
    assert answer.detail == {"unsafe_links_left_out": 1}
    assert InboxMessage.objects.get().actions == []


def test_a_backend_s_link_leads_to_what_the_message_is_about(ada):
    row = post(ada, options={"link": "/orders/{pk}/"}, thread="shop.order:a/b 7")
    assert row.actions == [{"label": "Open", "url": "/orders/a%2Fb%207/"}]


def test_a_backend_s_link_has_its_words_and_gives_way_to_the_message_s_own(ada):
    options = {"link": "/orders/", "link_label": "All orders"}
    assert post(ada, options=options).actions == [{"label": "All orders", "url": "/orders/"}]
    own = (Action(label="This", url="/orders/7/"),)
    assert post(ada, options=options, actions=own).link == "/orders/7/"


def test_a_link_about_nothing_leads_nowhere_where_it_needs_a_key(ada):
    assert post(ada, options={"link": "/orders/{pk}/"}, thread="").actions == []


# ── Not ready ───────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_a_site_that_was_not_migrated_holds_the_account_and_says_what_to_do(ada):
    with connection.schema_editor() as editor:
        editor.delete_model(InboxMessage)
    try:
        first, second = send(envelope(ada), envelope(ada))
        problems = [str(problem.hint) for problem in messenger().probe()]
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(InboxMessage)
    assert first == second
    assert (first.refusal, first.code) == (Refusal.ACCOUNT, "not_migrated")
    assert "manage.py migrate dsn_inbox" in first.reason
    assert problems == ['Run "manage.py migrate dsn_inbox".']
    assert list(messenger().probe()) == []


def test_a_site_without_the_app_holds_the_account_and_says_what_to_do(settings, ada):
    others = [app for app in settings.INSTALLED_APPS if app != "dsn_inbox"]
    with override_settings(INSTALLED_APPS=others):
        answers = send(envelope(ada), envelope(ada))
        (problem,) = messenger().check()
        (probed,) = messenger().probe()
    assert problem == probed
    assert problem.serious
    assert 'INSTALLED_APPS += ["dsn_inbox"]' in str(problem.hint)
    for refused in answers:
        assert isinstance(refused, Refused)
        assert (refused.refusal, refused.code) == (Refusal.ACCOUNT, "app_not_installed")
        assert str(problem.message) in refused.reason
        assert str(problem.hint) in refused.reason
    assert list(messenger().check()) == []


def test_the_messenger_says_that_a_repeated_key_is_dropped():
    assert messenger().idempotent


def test_an_envelope_s_key_in_another_spelling_is_the_same_message(ada):
    key = uuid.uuid4()
    send(envelope(ada, key=str(key)))
    send(envelope(ada, key=str(key).upper()))
    assert InboxMessage.objects.count() == 1


def test_a_key_that_cannot_be_written_leads_somewhere_still(ada):
    row = post(ada, thread="shop.Order:7\ud800", options={"link": "/orders/{pk}/"})

    assert row.link == "/orders/7%3F/"
