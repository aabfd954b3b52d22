"""The front of each backend's queue, read without touching what stands behind it or elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_core.models import AddressSlot, Delivery
from dsn_core.models.alias import connection
from dsn_core.states import PACED, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from dsn_core.delivery.slots import Outlook, Way

MOST_BRANCHES = 200
"""SQLite takes 500 in one statement."""

Value = int | str | dt.datetime | None
Piece = tuple[str, list[Value]]
"""SQL, and what is to be put into it."""
Lane = tuple[int | None, int]
"""A backend, and a lane."""
Row = tuple[int, int, object, str, int | None, str]
"""Of a delivery: its id, lane, time, address, backend and code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery that is due, and the way it goes.

    ``order``: whoever has the least goes first. ``is_planned``: it was given this time before.
    """

    pk: int
    address: str
    way: Way
    is_planned: bool
    order: tuple[int, bool, object, int]

    @property
    def lane(self) -> int:
        """Its lane, which comes first in the order."""
        return self.order[0]


def fronts(seen: Outlook, lanes: Sequence[int], most: int) -> list[Waiting]:
    """What may go now, in order, but for busy addresses.

    At most ``most`` of each restricted way, and of all the others together.
    """
    ways = _open(seen)
    branches = [(way, _branch(seen, way, lane, most)) for way in ways.values() for lane in lanes]
    return _in_order(ways, _foremost(branches, most))


def lock_fronts(
    seen: Outlook, lanes: Sequence[int], most: int, room: Mapping[Lane, int] | None
) -> list[Waiting]:
    """As ``fronts``, and nobody else can have them until the transaction ends.

    ``room``: how many to lock at each unrestricted place, so that others find the rest; without
    it, ``most`` at each.
    """
    if connection().vendor != "postgresql":
        return fronts(seen, lanes, most)
    ways = _open(seen)
    branches = []
    for way in ways.values():
        for lane in lanes:
            is_free = room is not None and not way.limits.any_at_all
            count = room.get((way.backend, lane), 0) if room is not None and is_free else most
            if count:
                sql, given = _branch(seen, way, lane, count)
                branches.append((sql + " FOR UPDATE SKIP LOCKED", given))
    return _in_order(ways, branches)


def _open(seen: Outlook) -> dict[int | None, Way]:
    return {way.backend: way for way in seen.ways if not way.waits(seen.now)}


def _in_order(ways: Mapping[int | None, Way], branches: Sequence[Piece]) -> list[Waiting]:
    found = [_waiting(ways, row) for row in _union(connection(), branches)]
    return sorted(found, key=lambda one: one.order)


def _foremost(branches: Sequence[tuple[Way, Piece]], most: int) -> list[Piece]:
    """The restricted branches, and the others as one or a few: many of them cost as one does."""
    free = [piece for way, piece in branches if not way.limits.any_at_all]
    pieces = [piece for way, piece in branches if way.limits.any_at_all]
    for start in range(0, len(free), MOST_BRANCHES):
        sql, given = _all_of(free[start : start + MOST_BRANCHES])
        pieces.append((f"{sql} ORDER BY lane, next_at, id LIMIT %s", [*given, most]))
    return pieces


def _waiting(ways: Mapping[int | None, Way], row: Row) -> Waiting:
    pk, lane, next_at, address, backend, code = row
    # Who was put off for others to its address goes before those that came after.
    is_planned = code == PACED
    return Waiting(
        pk=pk,
        address=address,
        way=ways[backend],
        is_planned=is_planned,
        order=(lane, ways[backend].limits.counts_addresses and not is_planned, next_at, pk),
    )


def _branch(seen: Outlook, way: Way, lane: int, most: int) -> Piece:
    """One lane of one backend."""
    database = connection()
    sql, given = _queue(database, way, lane)
    sql += " AND d.next_at <= %s"
    given.append(database.ops.adapt_datetimefield_value(seen.due))
    if way.limits.counts_addresses:
        sql += f" AND NOT EXISTS ({_BUSY.format(slots=_table(database, AddressSlot))})"
        given += [*way.account, database.ops.adapt_datetimefield_value(seen.now)]
    sql += " ORDER BY d.next_at, d.id LIMIT %s"
    # A surplus for one address is put off, so more is read than can go.
    given.append(most if way.limits.counts_addresses else way.free(seen.now, most))
    return sql, given


_BUSY = (
    "SELECT 1 FROM {slots} AS s WHERE s.messenger = %s AND s.account = %s "
    "AND s.address = d.address AND s.next_slot > %s"
)


def _queue(database: BaseDatabaseWrapper, way: Way, lane: int) -> Piece:
    is_its = "d.backend_id IS NULL" if way.backend is None else "d.backend_id = %s"
    sql = (
        "SELECT d.id, d.lane, d.next_at, d.address, d.backend_id, d.code "
        f"FROM {_table(database, Delivery)} AS d WHERE {is_its} AND d.state = %s AND d.lane = %s"
    )
    own: list[Value] = [] if way.backend is None else [way.backend]
    return sql, [*own, State.QUEUED.value, lane]


def _table(database: BaseDatabaseWrapper, model: type[Delivery | AddressSlot]) -> str:
    return database.ops.quote_name(model._meta.db_table)


def _union(database: BaseDatabaseWrapper, branches: Sequence[Piece]) -> Iterator[Row]:
    for start in range(0, len(branches), MOST_BRANCHES):
        with database.cursor() as cursor:
            cursor.execute(*_all_of(branches[start : start + MOST_BRANCHES]))
            yield from cursor.fetchall()


def _all_of(branches: Sequence[Piece]) -> Piece:
    sql = " UNION ALL ".join(
        f"SELECT * FROM ({branch}) AS q{number}" for number, (branch, _) in enumerate(branches)
    )
    return sql, [value for _, given in branches for value in given]


def heads(seen: Outlook, lanes: Sequence[int], until: dt.datetime) -> dict[int, Way]:
    """Who is next on each restricted way, by id: due, or put off to ``until`` at the latest."""
    database = connection()
    ways = {way.backend: way for way in seen.restricted()}
    branches = []
    for way in ways.values():
        for lane in lanes:
            sql, given = _queue(database, way, lane)
            sql += " AND d.next_at <= %s AND (d.next_at <= %s OR d.code = %s)"
            sql += " ORDER BY d.next_at, d.id LIMIT 1"
            at = database.ops.adapt_datetimefield_value
            branches.append((sql, [*given, at(until), at(seen.due), PACED]))
    return {row[0]: ways[row[4]] for row in _union(database, branches)}
