"""The users' primary keys: read by pages, in an order on which Python and the database agree."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import dropwhile, groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from django.contrib.auth import get_user_model
from django.db import connections, models, router

from dsn_core.fanout.listing import any_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

T = TypeVar("T")

PAGE = 1000
"""So many recipients are in memory at once."""
SMALLER_PAGE = 900
"""Where a query takes at most 999 variables."""


class Key(Protocol):
    """A user's primary key; all of one project are of one type."""

    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401  # as typeshed's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Keys in ascending order, and the places of the subscriptions that name them."""

    keys: Iterable[Key]
    subscriptions: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One recipient, and the places of all subscriptions that name it."""

    key: Key
    subscriptions: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """How the project's users are read.

    ``native``: integers, and UUIDs where the database compares them by their bytes, are paged by
    the database. Text has as many orders as there are collations, so all other keys are read
    whole, as text, and sorted here: some 80 bytes for each recipient of a branch.
    """

    model: type[models.Model]
    using: str
    native: bool

    @classmethod
    def of_the_project(cls) -> Users:
        """The user model of settings, read where it is written: a replica may lag."""
        model = get_user_model()
        using = router.db_for_write(model)
        return cls(model=model, using=using, native=_is_native(_key_field(model), using))

    @property
    def concrete(self) -> type[models.Model]:
        """The model whose table holds the users."""
        return self.model._meta.concrete_model or self.model

    def key_of(self, pk: object) -> Key:
        """``pk`` as it is sorted and merged."""
        return cast("Key", pk) if self.native else str(pk)

    def parse(self, text: str) -> Key:
        """The key that ``str`` wrote into a cursor."""
        return cast("Key", _key_field(self.model).to_python(text)) if self.native else text

    def load(self, keys: Iterable[Key], related: Iterable[str]) -> dict[Key, models.Model]:
        """The users of one page, with their ``related`` rows; those deleted meanwhile are out."""
        rows = self.model._default_manager.using(self.using).filter(any_of("pk", keys))
        joins = tuple(related)
        found = rows.select_related(*joins) if joins else rows
        return {self.key_of(user.pk): user for user in found}

    def stream(self, rows: QuerySet[Any], column: str, after: Key | None) -> Iterator[Key]:
        """The keys in ``column`` of ``rows`` above ``after``, ascending."""
        if not self.native:
            yield from above(self._read_whole(rows, column), after)
            return
        size = page_size(rows.db)
        while True:
            # Filtered first: a filter that comes last would join a relation to many once more.
            page = rows.filter(**_beyond(column, after)).order_by(column)
            found = list(page.values_list(column, flat=True)[:size])
            yield from found
            if len(found) < size:
                return
            after = found[-1]

    def _read_whole(self, rows: QuerySet[Any], column: str) -> list[Key]:
        keys = rows.order_by().filter(**_beyond(column, None)).values_list(column, flat=True)
        return sorted({self.key_of(key) for key in keys.iterator(PAGE)})


def _beyond(column: str, after: Key | None) -> dict[str, object]:
    return {f"{column}__isnull": False} if after is None else {f"{column}__gt": after}


def _key_field(model: type[models.Model]) -> models.Field[Any, Any]:
    field: models.Field[Any, Any] = model._meta.pk
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field


def _is_native(field: models.Field[Any, Any], using: str) -> bool:
    if isinstance(field, models.IntegerField):
        return True
    return isinstance(field, models.UUIDField) and connections[using].vendor != "mysql"


def page_size(using: str) -> int:
    """How many recipients are planned at once, and how many values an ``IN`` may list."""
    limit = connections[using].features.max_query_params
    return PAGE if limit is None or limit > PAGE + 100 else SMALLER_PAGE


def above(keys: Iterable[Key], after: Key | None) -> Iterable[Key]:
    """Those of the ascending ``keys`` that come after ``after``."""
    return keys if after is None else dropwhile(lambda key: not after < key, keys)


def merged(branches: Iterable[Branch]) -> Iterator[Named]:
    """Each key once, ascending, with all that name it. Holds one page of each branch."""
    places: list[frozenset[int]] = []
    streams: list[Iterator[tuple[Key, int]]] = []
    for number, branch in enumerate(branches):
        places.append(branch.subscriptions)
        streams.append(_numbered(branch.keys, number))
    for key, group in groupby(heapq.merge(*streams), key=itemgetter(0)):
        named = {number for _key, number in group}
        yield Named(key=key, subscriptions=frozenset().union(*(places[n] for n in named)))


def _numbered(keys: Iterable[Key], number: int) -> Iterator[tuple[Key, int]]:
    return ((key, number) for key in keys)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """``items`` in lists of at most ``size``."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
