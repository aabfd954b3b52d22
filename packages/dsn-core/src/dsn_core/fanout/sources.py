"""Recipient sources: asked once for each event, and what they give sorted out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Model, QuerySet

from dsn_core.contract.occurrence import To
from dsn_core.fanout.causes import missing
from dsn_core.fanout.keys import PAGE, above
from dsn_core.models.alias import from_writer
from dsn_core.plugins.scrubbing import storable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core.contract.occurrence import Occurrence
    from dsn_core.fanout.causes import Causes
    from dsn_core.fanout.keys import Key, Users
    from dsn_core.plugins.catalog import Catalog


@dataclass(slots=True, kw_only=True)
class Answer:
    """What one source gave: a queryset to be paged, or keys of users; and bare addresses."""

    rows: QuerySet[Model] | None = None
    keys: set[Key] = field(default_factory=set)
    addresses: set[tuple[str, str]] = field(default_factory=set)

    def stream(self, users: Users, after: Key | None) -> Iterator[Key]:
        """The users' keys above ``after``, ascending."""
        if self.rows is not None:
            yield from users.stream(self.rows, "pk", after)
        else:
            yield from above(sorted(self.keys), after)


def ask(key: str, occurrence: Occurrence, users: Users, catalog: Catalog, causes: Causes) -> Answer:
    """Ask the source ``key``. What it gave before it raised is kept, and the cause is noted."""
    answer = Answer()
    if key not in catalog.offers["recipient_source"]:
        causes.note(missing("recipient source", key))
        return answer
    what = f"recipient source {key!r}"
    with causes.guarded(what):
        given = catalog.recipient_source(key)().recipients(occurrence)
        # A source may have looked into its queryset, which is read by pages all the same.
        given = from_writer(given.all()) if isinstance(given, QuerySet) else given
        if isinstance(given, QuerySet) and _is_pageable(given, users):
            # A reversed queryset stays so, whatever it is ordered by.
            answer.rows = given if given.query.standard_ordering else given.reverse()
            return answer
        # A queryset that is iterated directly would keep every user in its cache.
        for item in given.iterator(PAGE) if isinstance(given, QuerySet) else given:
            if not _take(answer, item, users):
                causes.note(f"{what} gave a {type(item).__qualname__}, no user and no To")
    return answer


def _is_pageable(rows: QuerySet[Model], users: Users) -> bool:
    """Can the database cut it into pages by key? Not a slice, a union or the like."""
    query = rows.query
    whole = not (query.is_sliced or query.combinator or query.distinct_fields)
    return whole and issubclass(rows.model, users.concrete)


def _take(answer: Answer, item: object, users: Users) -> bool:
    """Sort one item in; False for rubbish. None and an unsaved or anonymous user are nobody."""
    if isinstance(item, users.concrete):
        if item.pk is not None:
            answer.keys.add(users.key_of(item.pk))
        return True
    if isinstance(item, To):
        answer.addresses.add((storable(str(item.address)).strip(), storable(str(item.messenger))))
        return True
    return item is None or getattr(item, "is_anonymous", False) is True
