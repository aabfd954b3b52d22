"""The index: the enabled triggers in memory, an immutable snapshot with its revision.

A trigger on one object is found by its key, so that a save which matches none costs the same with
one trigger or with ten thousand. A rule is made when it is first asked for: of ten thousand
watched objects, a process saves a few.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from django.db import Error

from dsn_core.capture.reading import Row, Stored, read_stored
from dsn_core.capture.ruling import Key, forget_classes, keys_of, rule_of
from dsn_core.conditions import CHANGE_OPERATORS, Condition
from dsn_core.exceptions import DSNError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from django.db.backends.base.base import BaseDatabaseWrapper

    from dsn_core.capture.matching import Rule
    from dsn_core.capture.reading import ConditionRow

logger = logging.getLogger("dsn_core.capture")

ANY_OBJECT = ""


class Group:
    """The triggers that share a verb and an action object's model: by the key of the one object
    that each is about, and those about any."""

    def __init__(self, conditions: Mapping[int, Sequence[ConditionRow]]) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self._conditions = conditions
        self._rules: dict[str, tuple[Rule, ...]] = {}

    @property
    def needs_before(self) -> bool:
        """Does one of its triggers ask what was there before?"""
        return any(
            condition.operator in CHANGE_OPERATORS
            for rows in (self.rows.values() if self._conditions else ())
            for row in rows
            for condition in self._conditions.get(row.id, ())
        )

    def rules(self, pk: str) -> tuple[Rule, ...]:
        """Those about the object of this key; ``ANY_OBJECT`` for those about any."""
        found = self._rules.get(pk)
        if found is None:
            found = self._rules[pk] = tuple(self._make(self.rows.get(pk, ())))
        return found

    def _make(self, rows: Iterable[Row]) -> Iterator[Rule]:
        for row in rows:
            try:
                yield rule_of(row, map(_condition, self._conditions.get(row.id, ())))
            except Exception as error:  # noqa: BLE001  # the caller is a receiver of the user's save
                _leave_out(row, error)


def _condition(row: ConditionRow) -> Condition:
    value = None if row.value is None else json.loads(row.value)
    return Condition(field=row.field, operator=row.operator, value=value)


def _leave_out(row: Row, error: Exception) -> None:
    logger.warning("Trigger %s is not watched: %s", row.id, error)


class Watched:
    """The rules of one verb and sender: those for any object, and those for one, by its key."""

    __slots__ = ("_general", "_groups", "_keys", "needs_before")

    def __init__(self, groups: Sequence[Group] = ()) -> None:
        self.needs_before = any(group.needs_before for group in groups)
        self._groups = groups
        self._keys = _keys_of(groups)
        self._general: tuple[Rule, ...] | None = None

    def rules_for(self, instance: object) -> tuple[Rule, ...]:
        """The rules that may count something about ``instance``."""
        # Every save of a watched model comes by here, and most are of objects that nobody watches.
        if self._keys and (pk := str(getattr(instance, "pk", None))) in self._keys:
            return self._for_any() + self._rules(pk)
        return self._for_any() if self._general is None else self._general

    def _for_any(self) -> tuple[Rule, ...]:
        if self._general is None:
            self._general = self._rules(ANY_OBJECT)
        return self._general

    def _rules(self, pk: str) -> tuple[Rule, ...]:
        return tuple(rule for group in self._groups for rule in group.rules(pk))


def _keys_of(groups: Sequence[Group]) -> Collection[str]:
    """The keys of the objects that are watched by themselves; mostly those of one group."""
    keyed = [group.rows for group in groups if any(group.rows)]
    if len(keyed) == 1 and ANY_OBJECT not in keyed[0]:
        return keyed[0].keys()
    return frozenset(chain.from_iterable(keyed)) - {ANY_OBJECT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Every rule, by verb and sender. ``revision`` is None where nothing was ever edited."""

    revision: UUID | None = None
    watched: Mapping[Key, Watched] = field(default_factory=dict)
    tables_missing: bool = False


def load_index(connection: BaseDatabaseWrapper) -> Index:
    """Read the triggers. Missing tables are an empty index."""
    try:
        stored = read_stored(connection)
    except Error as error:
        logger.info("DSN's tables cannot be read yet, so nothing is watched: %s", error)
        return Index(tables_missing=True)
    forget_classes()
    return Index(revision=stored.revision, watched=_arrange(stored))


def _arrange(stored: Stored) -> Mapping[Key, Watched]:
    groups: dict[tuple[str, str, str, bool], Group] = {}
    for row in stored.triggers:
        kind = (row.verb, row.action_object_model, row.action_object_value, row.include_children)
        group = groups.get(kind)
        if group is None:
            group = groups[kind] = Group(stored.conditions)
        group.rows[row.action_object_pk].append(row)
    return _by_sender(groups)


def _by_sender(groups: Mapping[tuple[str, str, str, bool], Group]) -> Mapping[Key, Watched]:
    found: dict[Key, list[Group]] = defaultdict(list)
    for (verb, model, value, children), group in groups.items():
        try:
            keys = keys_of(verb, model, value, children=bool(children))
        except DSNError as error:
            for row in chain.from_iterable(group.rows.values()):
                _leave_out(row, error)
            continue
        for key in keys:
            found[key].append(group)
    return {key: Watched(its_groups) for key, its_groups in found.items()}
