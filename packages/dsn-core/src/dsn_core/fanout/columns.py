"""Columns: the deliveries of one page, each field's values side by side."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from dsn_core.fanout.drafts import LONGEST_ADDRESS
from dsn_core.models.delivery import Delivery
from dsn_core.plugins.scrubbing import storable
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db import models
    from django.db.backends.base.base import BaseDatabaseWrapper

    from dsn_core.fanout.drafts import Draft
    from dsn_core.models.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field, and its value in each row."""

    field: models.Field[Any, Any]
    values: Sequence[Any]

    @property
    def is_alike(self) -> bool:
        """Do all rows have the same? An own key is never that."""
        return not self.field.unique and self.values.count(self.values[0]) == len(self.values)

    def first(self, database: BaseDatabaseWrapper) -> object:
        """The first row's value as the database takes it."""
        return self.field.get_db_prep_save(self.values[0], database)

    def prepared(self, database: BaseDatabaseWrapper) -> Sequence[object]:
        """Every row's value as the database takes it."""
        if self.is_alike:
            return [self.first(database)] * len(self.values)
        return [self.field.get_db_prep_save(value, database) for value in self.values]


def columns_of(event: Event, drafts: Iterable[Draft]) -> list[Column]:
    """The deliveries to be stored; none where every draft is left out."""
    kept = [draft for draft in drafts if not draft.left_out]
    if not kept:
        return []
    given = _of_the_backends(kept) | _of_the_drafts(event, kept)
    return [
        Column(field=field, values=given.get(field.attname) or [field.get_default()] * len(kept))
        for field in Delivery._meta.concrete_fields
        if not field.primary_key
    ]


def _of_the_backends(drafts: Sequence[Draft]) -> dict[str, list[object]]:
    backends = [draft.route.backend for draft in drafts]
    return {
        "backend_id": [backend.pk for backend in backends],
        "messenger": [backend.messenger for backend in backends],
        "account": [backend.account for backend in backends],
    }


def _of_the_drafts(event: Event, drafts: Sequence[Draft]) -> dict[str, list[object]]:
    now = timezone.now()
    lifetimes = [draft.subscription.trigger.expires_after for draft in drafts]
    return {
        "event_id": [event.pk] * len(drafts),
        "subscription_id": [draft.subscription.pk for draft in drafts],
        "user_pk": ["" if draft.user is None else str(draft.user.pk) for draft in drafts],
        "address": [draft.address[:LONGEST_ADDRESS] for draft in drafts],
        "recipient_key": [draft.recipient_key for draft in drafts],
        "key": [uuid.uuid4() for _draft in drafts],
        "state": [(State.SUPPRESSED if draft.code else State.QUEUED).value for draft in drafts],
        "next_at": [draft.until or now for draft in drafts],
        "expires_at": [event.captured_at + lasts if lasts else None for lasts in lifetimes],
        "code": [str(draft.code) for draft in drafts],
        "reason": [storable(draft.reason) for draft in drafts],
        "created_at": [now] * len(drafts),
        "finished_at": [now if draft.code else None for draft in drafts],
    }
