"""An act on many deliveries: page by page, each page and its part of the admin log together."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
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
LONGEST = 20.0
"""Seconds for one request: web servers give up after thirty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How many were changed; and whether those were all, or the time was up."""

    count: int
    is_all: bool


def perform(
    act: Act, rows: QuerySet[Delivery], user: AbstractUser, *, seconds: float = LONGEST
) -> Done:
    """Do it with those of ``rows`` that are still open to it, for so long.

    Every page is on disk before the next one is read: whoever is cut off has lost nothing, and
    no row waits for another page's sake.
    """
    deadline, count, is_all = time.monotonic() + seconds, 0, True
    for page in _pages(act, rows):
        if time.monotonic() > deadline:
            is_all = False
            break
        count += contend(partial(_page, act, page, user))
    if count and act.sends:
        ring(alias())
    return Done(count=count, is_all=is_all)


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
        some = open_rows(act, deliveries().filter(pk__in=pks)).order_by("pk")
        mine = list(some.select_for_update().only("pk", "key", "state"))
        done = act.perform(deliveries().filter(pk__in=[row.pk for row in mine]), str(user))
        for state, changed in groupby(sorted(mine, key=_state), key=_state):
            _log(act, State(state), list(changed), user)
    return done


def _state(row: Delivery) -> str:
    return row.state


def _log(act: Act, state: State, rows: list[Delivery], user: AbstractUser) -> None:
    words = _("%(act)s. It was %(state)s.") % {"act": act.label, "state": state.label}
    LogEntry.objects.log_actions(user.pk, rows, CHANGE, words)
