"""What a failed assertion says: what was wanted, what there is instead, and why not more."""

from __future__ import annotations

from textwrap import dedent

import pytest
from django.contrib.auth.models import User

from dsn_core.contract.outcome import Refusal, Refused
from dsn_core.models import Backend, Delivery, StoredTemplate, Subscription, Trigger
from dsn_core.states import State
from dsn_core.testing.telling import LONGEST_TEXT
from tests.core.testing.conftest import Mail, Paid
from tests.host.models import Order

pytestmark = pytest.mark.usefixtures("shop")


def said(assertion, *given, **wanted) -> str:
    """What the assertion says, which fails."""
    with pytest.raises(AssertionError) as failed:
        assertion(*given, **wanted)
    return str(failed.value)


def test_what_is_there_instead_is_shown_with_what_is_other_about_it(notices, pay, ada, dsn_outbox):
    pay()
    StoredTemplate.objects.update(text="Danke!")
    told = said(dsn_outbox.assert_sent, to=ada, language="en", contains="paid")
    assert told == dedent("""\
        Expected 1 message with to=<User: ada>, language='en', contains='paid'; there is none.
        In the outbox (1):
          mail (Mail) to <User: ada>, ada@example.org, de, post_save: 'Bezahlt' 'Danke!'
            other: language, contains""")


def test_one_too_many_is_shown(notices, pay, ada, clerk, dsn_outbox):
    Subscription.objects.get().recipient_users.add(clerk)
    pay()
    told = said(dsn_outbox.assert_sent, messenger="mail")
    assert told.startswith("Expected 1 message with messenger='mail'; there are 2.")
    assert "clerk@example.org" in told
    assert "other:" not in told


def test_what_should_not_have_been_sent_is_shown(notices, pay, ada, dsn_outbox):
    pay()
    told = said(dsn_outbox.assert_not_sent, to=ada)
    assert told.startswith("Expected no message with to=<User: ada>; there is 1.")
    assert said(dsn_outbox.assert_empty).startswith("Expected no message; there is 1.")


@pytest.mark.parametrize(
    ("wanted", "is_there"),
    [
        ({"messenger": "mail", "backend": "Mail", "verb": "post_save"}, True),
        ({"messenger": "log"}, False),
        ({"backend": "mail"}, False),
        ({"verb": "pre_save"}, False),
        ({"language": "de", "subject": "Bezahlt", "contains": "Bestellung"}, True),
        ({"language": "en"}, False),
        ({"subject": "Bez"}, False),
        ({"contains": "Bezahlt"}, False),
        ({"to": "ada@example.org"}, True),
        ({"to": "Ada@Example.org"}, False),
        ({"to": ""}, False),
        ({"to": None}, False),
    ],
)
def test_each_thing_that_is_wanted_counts(wanted, is_there, notices, pay, dsn_outbox):
    pay()
    if is_there:
        assert len(dsn_outbox.assert_sent(**wanted)) == 1
    else:
        dsn_outbox.assert_not_sent(**wanted)
        assert f"other: {next(iter(wanted))}" in said(dsn_outbox.assert_sent, **wanted)


def test_what_cannot_be_asked_for_is_no_difference(notices, pay, order, dsn_outbox):
    pay()
    with pytest.raises(TypeError, match="langauge cannot be asked for; known are to, messenger"):
        dsn_outbox.assert_sent(langauge="de")
    with pytest.raises(TypeError, match="to is a Order; give a user, an address, or None"):
        dsn_outbox.assert_not_sent(to=order)


def test_a_long_text_is_cut(notices, pay, dsn_outbox):
    StoredTemplate.objects.update(text="x" * 5_000)
    pay()
    told = said(dsn_outbox.assert_empty)
    assert "x" * LONGEST_TEXT + "…" in told
    assert "x" * (LONGEST_TEXT + 1) not in told


def test_many_messages_are_cut_short(notices, pay, dsn_outbox):
    many = [User.objects.create(username=f"u{n}", email=f"u{n}@example.org") for n in range(25)]
    Subscription.objects.get().recipient_users.set(many)
    pay()
    told = said(dsn_outbox.assert_empty)
    assert "In the outbox (26):" in told
    assert "\n  and 6 more" in told


# ── Why there is not more ───────────────────────────────────────────────────────────────


def test_that_nothing_was_counted_is_said_with_what_would_have_been(notices, order, dsn_outbox):
    order.save()
    assert said(dsn_outbox.assert_sent) == dedent("""\
        Expected 1 message; there is none.
        The outbox is empty.
        No trigger has counted anything that happened.
        Triggers (1):
          'Paid': post_save of host.order, if status changed_to paid
        update(), bulk_create() and bulk_update() send no signal. What waits for \
transaction.on_commit() in a test happens in dsn_capture().""")


def test_a_trigger_is_told_with_all_that_it_asks_for(ada, dsn_outbox):
    Trigger.objects.watch(
        "post_save",
        Order,
        actor_object=ada,
        target="shop",
        conditions=[("status", "changed"), ("total", "gt", 5)],
        match="any",
        name="Some",
        enabled=False,
    )
    told = said(dsn_outbox.assert_sent)
    assert (
        f"\n  'Some': post_save of host.order by auth.user {ada.pk} for 'shop', "
        "if status changed or total gt 5; it is switched off\n"
    ) in told


def test_that_no_trigger_is_set_up_is_said(order, dsn_outbox):
    order.save()
    told = said(dsn_outbox.assert_sent)
    assert told.endswith("The outbox is empty.\nNo trigger is set up.")


def test_that_a_text_was_taken_for_an_address_is_said(notices, pay, dsn_outbox):
    pay()
    words = "'ada' was taken for an address; for a user, give the user."
    assert f"\n{words}\nIn the outbox (1):" in said(dsn_outbox.assert_sent, to="ada")
    assert said(dsn_outbox.assert_suppressed, "ada").endswith(f"None was made.\n{words}")
    assert words not in said(dsn_outbox.assert_sent, to="ada@example.org", language="en")


def test_a_template_that_cannot_be_rendered_is_named(notices, pay, dsn_outbox):
    StoredTemplate.objects.update(text="{% nonsense %}")
    pay()
    told = said(dsn_outbox.assert_sent)
    assert (
        "Not sent (1):\n  mail (Mail) to <User: ada>, ada@example.org: failed (template, " in told
    )
    assert "'nonsense'" in told


def test_a_messenger_that_is_not_installed_is_named(notices, pay, install, dsn_outbox):
    install(Paid)
    pay()
    told = said(dsn_outbox.assert_sent)
    assert "Events (1):\n  post_save #" in told
    assert "waits until 2" in told
    assert "messenger 'mail' is not installed" in told
    install(Mail, Paid)
    dsn_outbox.assert_sent()


def test_one_that_is_uninstalled_later_is_held_and_named(notices, pay, install, dsn_outbox):
    dsn_outbox.refuse(outcome=Refused(refusal=Refusal.RETRY, code="1", reason="r", retry_after=60))
    pay()
    assert "queued until 2" in said(dsn_outbox.assert_sent)
    install(Paid)
    Delivery.objects.update(next_at=Delivery.objects.get().created_at)
    told = said(dsn_outbox.assert_sent)
    assert "held (plugin, No installed plugin brings the messenger 'mail'.)" in told


def test_that_there_is_no_recipient_is_said(notices, pay, dsn_outbox):
    Subscription.objects.update(recipient_paths=[])
    pay()
    told = said(dsn_outbox.assert_sent)
    assert "reached nobody: there is no recipient" in told


def test_that_no_subscription_is_on_is_said(notices, pay, dsn_outbox):
    Subscription.objects.update(enabled=False)
    pay()
    assert "reached nobody: no subscription is switched on" in said(dsn_outbox.assert_sent)


def test_a_backend_that_is_off_is_said_beside_one_that_is_not(notices, pay, dsn_outbox):
    off = Backend.objects.create(name="Off", messenger="mail", enabled=False)
    Subscription.objects.get().backends.add(off)
    pay()
    told = said(dsn_outbox.assert_empty)
    assert "Events (1):\n  post_save #" in told
    assert ": backend 'Off' is switched off" in told


def test_an_event_of_before_that_is_still_to_be_fanned_out_is_among_them(notices, pay, request):
    Subscription.objects.update(recipient_paths=[])
    pay()
    dsn_outbox = request.getfixturevalue("dsn_outbox")
    assert "reached nobody" in said(dsn_outbox.assert_sent)


# ── Who was left out ────────────────────────────────────────────────────────────────────


def test_who_was_left_out_can_be_asserted(notices, pay, ada, clerk, dsn_outbox):
    Subscription.objects.get().recipient_users.add(clerk)
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    pay()
    dsn_outbox.assert_suppressed(clerk)
    dsn_outbox.assert_suppressed(clerk, reason="inactive", messenger="mail")
    dsn_outbox.assert_suppressed("clerk@example.org", reason="inact")
    assert "<User: clerk>, clerk@example.org: suppressed (inactive)" in said(
        dsn_outbox.assert_sent, to=clerk
    )


def test_a_reason_may_stand_in_the_words(notices, pay, ada, dsn_outbox):
    ada.email = "nonsense"
    ada.save()
    pay()
    dsn_outbox.assert_suppressed(ada, reason="invalid_address")
    dsn_outbox.assert_suppressed(ada, reason="has no @")


def test_what_became_of_hers_is_shown_instead(notices, pay, ada, clerk, dsn_outbox):
    Subscription.objects.get().recipient_users.add(clerk)
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    pay()
    told = said(dsn_outbox.assert_suppressed, clerk, reason="opted_out")
    assert told == dedent("""\
        Expected a message to <User: clerk> to be suppressed for 'opted_out'.
        What became of those to it:
          mail (Mail) to <User: clerk>, clerk@example.org: suppressed (inactive)""")
    told = said(dsn_outbox.assert_suppressed, ada)
    assert told.endswith("mail (Mail) to <User: ada>, ada@example.org: sent")


def test_that_none_was_made_for_her_is_said(notices, pay, clerk, dsn_outbox):
    pay()
    told = said(dsn_outbox.assert_suppressed, clerk)
    assert told == "Expected a message to <User: clerk> to be suppressed.\nNone was made."
    with pytest.raises(AssertionError):
        dsn_outbox.assert_suppressed(clerk, messenger="log")


def test_only_suppressed_counts_as_suppressed(notices, pay, ada, dsn_outbox):
    StoredTemplate.objects.update(text="{% nonsense %}")
    pay()
    assert "failed (template" in said(dsn_outbox.assert_suppressed, ada)
    assert Delivery.objects.get().state == State.FAILED
