"""What is noted of accounts, whichever room asks for it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from dsn_core.models import AccountState
from dsn_core.records.holding import make_account_wait

pytestmark = pytest.mark.django_db

SOON = dt.timedelta(hours=1)


def test_a_wait_counts_where_somebody_else_makes_the_row_meanwhile():
    until = timezone.now() + SOON
    others = [AccountState(messenger="pager", account="default")]

    def meanwhile(execute, sql, params, many, context):
        if sql.startswith("INSERT") and others:
            others.pop().save()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        make_account_wait("pager", "default", until, "Too Many Requests")
    state = AccountState.objects.get()
    assert (state.next_slot, state.reason) == (until, "Too Many Requests")


def test_the_longer_of_two_waits_counts():
    now = timezone.now()
    for hours, reason in ((2, "long"), (1, "short"), (3, "longest")):
        make_account_wait("pager", "default", now + hours * SOON, reason)
        expected = (2, "long") if hours < 3 else (3, "longest")
        state = AccountState.objects.get()
        assert (state.next_slot, state.reason) == (now + expected[0] * SOON, expected[1])
