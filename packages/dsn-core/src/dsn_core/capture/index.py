"""The index: the enabled triggers in memory, an immutable snapshot with its revision.

A trigger on one object is found by its key, so that a save which matches none costs the same with
one trigger or with ten thousand.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.db import Error
from django.db.models import F

from dsn_core.capture.containing import contained
from dsn_core.capture.families import MODEL_SIGNALS, OWN_APP, all_models, family, senders
from dsn_core.capture.matching import PartMatcher, Rule, comparison_of
from dsn_core.conditions import Condition as ConditionValue
from dsn_core.exceptions import DSNError, InvalidTrigger
from dsn_core.models import Condition, Match, Revision, Trigger
from dsn_core.models.parts import Part
from dsn_core.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

logger = logging.getLogger("dsn_core.capture")


class Row(NamedTuple):
    """A trigger as it is read: the columns, in this order."""

    id: int
    verb: str
    match: str
    include_children: bool
    action_object_model: str
    action_object_pk: str
    action_object_value: str
    actor_object_model: str
    actor_object_pk: str
    actor_object_value: str
    target_model: str
    target_pk: str
    target_value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The rules of one verb and sender: those for any object, and those for one, by its key."""

    general: tuple[Rule, ...] = ()
    by_pk: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    needs_before: bool = False

    def rules_for(self, instance: object) -> tuple[Rule, ...]:
        """The rules that may count something about ``instance``."""
        if not self.by_pk:
            return self.general
        return self.general + self.by_pk.get(str(getattr(instance, "pk", None)), ())


Key = tuple[str, object]
"""A verb, and its sender; None for a verb that is heard whoever sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Every rule, by verb and sender. ``revision`` is None where nothing was ever edited."""

    revision: UUID | None = None
    watched: Mapping[Key, Watched] = field(default_factory=dict)
    tables_missing: bool = False


def read_revision(connection: BaseDatabaseWrapper) -> UUID | None:
    """The revision as this connection sees it. Raises ``django.db.Error``."""
    with quiet(connection):
        rows = Revision.objects.using(connection.alias).values_list("value", flat=True)
        return next(iter(rows[:1]), None)


def load_index(connection: BaseDatabaseWrapper) -> Index:
    """Read the triggers: three queries, seen by no counter. Missing tables are an empty index."""
    try:
        with quiet(connection), contained(connection):
            # The revision first: an edit that comes between is noticed at the next look.
            revision = read_revision(connection)
            triggers = Trigger.objects.using(connection.alias).filter(enabled=True)
            rows = [Row(*values) for values in triggers.order_by().values_list(*Row._fields)]
            conditions = _read_conditions(connection.alias) if rows else {}
    except Error as error:
        logger.info("DSN's tables cannot be read yet, so nothing is watched: %s", error)
        return Index(tables_missing=True)
    return Index(revision=revision, watched=_arrange(rows, conditions))


def _read_conditions(alias: str) -> Mapping[int, list[ConditionValue]]:
    found: dict[int, list[ConditionValue]] = defaultdict(list)
    rows = (
        Condition.objects.using(alias)
        .filter(trigger__enabled=True)
        .order_by(F("trigger_id"), F("position"))
        .values_list("trigger_id", "field", "operator", "value")
    )
    for trigger_id, name, operator, value in rows:
        found[trigger_id].append(ConditionValue(field=name, operator=operator, value=value))
    return found


def _arrange(
    rows: Iterable[Row], conditions: Mapping[int, list[ConditionValue]]
) -> Mapping[Key, Watched]:
    for cached in (_keys, _matcher, family):
        cached.cache_clear()  # the installed apps may be others than at the last load
    drafts: dict[Key, _Draft] = defaultdict(_Draft)
    for row in rows:
        try:
            _place(drafts, row, conditions.get(row.id, []))
        except DSNError as error:
            logger.warning("Trigger %s is not watched: %s", row.id, error)
    return {key: draft.finished() for key, draft in drafts.items()}


class _Draft:
    def __init__(self) -> None:
        self.general: list[Rule] = []
        self.by_pk: dict[str, list[Rule]] = defaultdict(list)
        self.needs_before = False

    def add(self, rule: Rule, pk: str) -> None:
        (self.by_pk[pk] if pk else self.general).append(rule)
        self.needs_before = self.needs_before or rule.needs_before

    def finished(self) -> Watched:
        return Watched(
            general=tuple(self.general),
            by_pk={pk: tuple(rules) for pk, rules in self.by_pk.items()},
            needs_before=self.needs_before,
        )


def _place(drafts: Mapping[Key, _Draft], row: Row, conditions: list[ConditionValue]) -> None:
    model, value = row.action_object_model, row.action_object_value
    rule = rule_of(row, conditions)
    for key in _keys(row.verb, model, value, children=row.include_children):
        drafts[key].add(rule, row.action_object_pk)


def rule_of(row: Row, conditions: Iterable[ConditionValue]) -> Rule:
    """The trigger as a rule; one for a single object is found by its key, and does not ask for it.

    Raises ``InvalidTrigger`` or ``InvalidCondition``.
    """
    model, value = row.action_object_model, row.action_object_value
    return Rule(
        trigger_id=row.id,
        action_object=_matcher(model, "", value, children=row.include_children),
        actor=_matcher(row.actor_object_model, row.actor_object_pk, row.actor_object_value),
        target=_matcher(row.target_model, row.target_pk, row.target_value),
        comparisons=tuple(comparison_of(condition) for condition in conditions),
        any_of=row.match == Match.ANY,
    )


@cache
def _keys(verb: str, model: str, value: str, *, children: bool) -> tuple[Key, ...]:
    """Where a trigger's rule belongs: by sender for a model signal, else by verb alone."""
    if verb not in MODEL_SIGNALS:
        return ((verb, None),)
    if value:
        return ()
    models = _classes(model, children=children) if model else all_models()
    return tuple((verb, sender) for sender in senders(verb, models))


@lru_cache(maxsize=1024)
def _matcher(model: str, pk: str, value: str, *, children: bool = True) -> PartMatcher:
    """A matcher for one part; most triggers share theirs. Raises ``InvalidTrigger``."""
    classes = _classes(model, children=children) if model else None
    return PartMatcher(classes=classes, pk=pk, value=value)


def _classes(model: str, *, children: bool) -> frozenset[type[Model]]:
    members = family(_model_class(model), children=children)
    return frozenset(member for member in members if member._meta.app_label != OWN_APP)


def _model_class(label: str) -> type[Model]:
    found = Part(model=label).model_class
    if found is None:
        raise InvalidTrigger("A trigger without a model has no classes.")
    return found
