"""An act on many deliveries: page by page, each page and its part of the admin log together."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.utils.translation import gettext as _

from dsn_core.doorbell import ring
from dsn_core.models.alias import alias
from dsn_core.records.contending import contend
from dsn_core.records.transitions import deliveries
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet

    from dsn_core.admin.acts import Act
    from dsn_core.models import Delivery

PAGE = 500


def perform(act: Act, rows: QuerySet[Delivery], user: AbstractUser) -> int:
    """Do it with those of ``rows`` that are still open to it; returns how many.

    Every page is on disk before the next one is read: whoever is cut off has lost nothing, and
    no row waits for another page's sake.
    """
    done = sum(contend(lambda page=page: _page(act, page, user)) for page in _pages(act, rows))  # type: ignore[misc]
    if done and act.sends:
        ring(alias())
    return done


def open_rows(act: Act, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those of ``rows`` with which it may be done."""
    found = rows.filter(state__in=[state.value for state in sorted(act.origins)])
    return found.exclude(backend=None) if act.sends else found


def _pages(act: Act, rows: QuerySet[Delivery]) -> Iterator[list[int]]:
    found = open_rows(act, rows).order_by("pk").values_list("pk", flat=True)
    page = list(found[:PAGE])
    while page:
        yield page
        page = list(found.filter(pk__gt=page[-1])[:PAGE])


def _page(act: Act, pks: Sequence[int], user: AbstractUser) -> int:
    with transaction.atomic(using=alias()):
        # Locked, so that the log names those that were changed and no others.
        some = open_rows(act, deliveries().filter(pk__in=pks)).order_by("state", "pk")
        mine = list(some.select_for_update().only("pk", "key", "state"))
        done = act.perform(deliveries().filter(pk__in=[row.pk for row in mine]), str(user))
        for state, changed in groupby(mine, key=lambda row: row.state):
            _log(act, State(state), list(changed), user)
    return done


def _log(act: Act, state: State, rows: list[Delivery], user: AbstractUser) -> None:
    words = _("%(act)s. It was %(state)s.") % {"act": act.label, "state": state.label}
    LogEntry.objects.log_actions(user.pk, rows, CHANGE, words)
