"""What is over is not shown or counted, and ``inbox_prune`` removes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dsn_inbox import pruning
from dsn_inbox.models import InboxMessage
from tests.inbox.posting import post, post_many

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def days(count):
    return timedelta(days=count)


def pruned(capsys, *arguments):
    call_command("inbox_prune", *arguments)
    return capsys.readouterr().out


def left():
    return sorted(InboxMessage.objects.values_list("subject", flat=True))


def test_a_message_stays_for_ever_unless_its_backend_says_how_long(ada):
    assert post(ada).expires_at is None
    row = post(ada, options={"keep_days": 30})
    assert row.expires_at == row.created_at + days(30)


def test_an_event_s_expiry_hides_a_message_only_if_asked(ada):
    soon = timezone.now() + HOUR
    assert post(ada, expires_at=soon).expires_at is None
    assert post(ada, options={"hide_expired": True}, expires_at=soon).expires_at == soon
    both = {"hide_expired": True, "keep_days": 1}
    assert post(ada, options=both, expires_at=soon).expires_at == soon
    late = timezone.now() + days(9)
    row = post(ada, options=both, expires_at=late)
    assert row.expires_at == row.created_at + days(1)


def test_whoever_wants_to_keep_it_for_ages_may(ada):
    row = post(ada, options={"keep_days": 10**12})
    assert row.expires_at == row.created_at + days(36_500)


def test_a_site_without_time_zones_has_naive_times(ada, settings):
    soon = timezone.now() + HOUR
    settings.USE_TZ = False
    row = post(ada, options={"hide_expired": True, "keep_days": 1}, expires_at=soon)
    assert row.expires_at == timezone.make_naive(soon)


def test_what_has_expired_is_neither_shown_nor_counted_nor_reached(ada, browser):
    row = post(ada, options={"group": "verb"}, verb="v", subject="Over")
    InboxMessage.objects.update(expires_at=timezone.now() - HOUR)
    assert "Over" not in browser.get("/inbox/").content.decode()
    assert browser.get("/inbox/api/messages/").json() == {"messages": [], "next": None}
    assert browser.get("/inbox/api/unread/").json() == {"unread": 0, "unseen": 0, "latest": ""}
    assert browser.post(f"/inbox/api/messages/{row.key}/read/").status_code == 404
    assert browser.post(f"/inbox/{row.key}/read/").status_code == 404


def test_an_expired_one_hides_no_other_of_its_entry(ada):
    alike = {"options": {"group": "verb"}, "verb": "v"}
    post(ada, subject="Stays", **alike)
    newest = post(ada, subject="Over", **alike)
    InboxMessage.objects.filter(pk=newest.pk).update(expires_at=timezone.now() - HOUR)
    (entry,) = InboxMessage.objects.all().entries(ada, limit=5)
    assert (entry.subject, entry.count) == ("Stays", 1)


def test_what_has_expired_is_removed(ada, capsys):
    post(ada, subject="Stays", options={"keep_days": 1})
    row = post(ada)
    InboxMessage.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    assert pruned(capsys) == "1 messages removed.\n"
    assert left() == ["Stays"]


def test_a_deleted_one_s_bare_row_is_removed_after_a_week(ada):
    rows = post_many(ada, 2)
    InboxMessage.objects.for_user(ada).discard()
    assert pruning.prune() == 0
    InboxMessage.objects.filter(pk=rows[0].pk).update(deleted_at=timezone.now() - days(7))
    assert pruning.prune(days=1) == 1


def test_without_days_nothing_is_too_old(ada):
    post(ada)
    InboxMessage.objects.update(created_at=timezone.now() - days(4000))
    assert pruning.prune() == 0


def test_old_ones_are_removed_all_or_only_the_read(ada, capsys):
    for subject, age, is_read in (
        ("new unread", 9, False),
        ("new read", 9, True),
        ("old unread", 11, False),
        ("old read", 11, True),
    ):
        row = post(ada, subject=subject)
        at = timezone.now() - days(age)
        InboxMessage.objects.filter(pk=row.pk).update(
            created_at=at, read_at=at if is_read else None
        )
    assert pruned(capsys, "--days", "10", "--read-only") == "1 messages removed.\n"
    assert left() == ["new read", "new unread", "old unread"]
    assert pruned(capsys, "--days=10") == "1 messages removed.\n"
    assert left() == ["new read", "new unread"]


def test_a_deleted_one_stays_its_week_however_old_the_message_was(ada):
    post(ada)
    InboxMessage.objects.update(created_at=timezone.now() - days(99))
    InboxMessage.objects.for_user(ada).discard()
    assert pruning.prune(days=10) == 0


def test_it_goes_in_slices_each_committed_by_itself(
    ada, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(pruning, "SLICE", 3)
    rows = [InboxMessage(user=ada, subject=str(n), expires_at=timezone.now()) for n in range(8)]
    rows.insert(4, InboxMessage(user=ada, subject="Stays"))
    InboxMessage.objects.bulk_create(rows)
    with django_assert_max_num_queries(3 * 2 + 1):
        assert pruning.prune() == 8
    assert left() == ["Stays"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--days", "0"], "1 or more"), (["--days", "-5"], "1 or more"), (["--read-only"], "--days")],
)
def test_it_says_what_is_wrong_with_its_arguments(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("inbox_prune", *arguments)


def test_a_person_who_is_deleted_takes_her_messages_along(ada, eve):
    post(ada)
    post(eve, subject="Stays")
    ada.delete()
    assert left() == ["Stays"]
