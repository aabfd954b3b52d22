"""The index: the enabled triggers in memory, an immutable snapshot with its revision.

A trigger on one object is found by its key, so that a save which matches none costs the same with
one trigger or with ten thousand.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import Error
from django.db.models import F

from dsn_core.capture.containing import contained
from dsn_core.capture.families import MODEL_SIGNALS, all_models, family, senders
from dsn_core.capture.matching import Comparison, PartMatcher, Rule, comparison_of, plain_matcher
from dsn_core.conditions import Condition as ConditionValue
from dsn_core.exceptions import DSNError
from dsn_core.models import Condition, Match, Revision, Trigger
from dsn_core.models.parts import Part
from dsn_core.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

logger = logging.getLogger("dsn_core.capture")

COLUMNS = (
    "id",
    "verb",
    "match",
    "include_children",
    *(
        f"{part}_{column}"
        for part in ("action_object", "actor_object", "target")
        for column in ("model", "pk", "value")
    ),
)


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
            rows = list(
                Trigger.objects.using(connection.alias).filter(enabled=True).values_list(*COLUMNS)
            )
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
    rows: Iterable[tuple[object, ...]], conditions: Mapping[int, list[ConditionValue]]
) -> Mapping[Key, Watched]:
    drafts: dict[Key, _Draft] = defaultdict(_Draft)
    for row in rows:
        stored = dict(zip(COLUMNS, row, strict=True))
        try:
            _place(drafts, stored, conditions.get(int(str(stored["id"])), []))
        except DSNError as error:
            logger.warning("Trigger %s is not watched: %s", stored["id"], error)
    return {key: draft.finished() for key, draft in drafts.items()}


class _Draft:
    def __init__(self) -> None:
        self.general: list[Rule] = []
        self.by_pk: dict[str, list[Rule]] = defaultdict(list)

    def finished(self) -> Watched:
        by_pk = {pk: tuple(rules) for pk, rules in self.by_pk.items()}
        every = [*self.general, *(rule for rules in by_pk.values() for rule in rules)]
        return Watched(
            general=tuple(self.general),
            by_pk=by_pk,
            needs_before=any(rule.needs_before for rule in every),
        )


def _place(
    drafts: Mapping[Key, _Draft], stored: Mapping[str, object], conditions: list[ConditionValue]
) -> None:
    verb = str(stored["verb"])
    part = _part(stored, "action_object")
    classes = _classes(part, children=bool(stored["include_children"]))
    rule = Rule(
        trigger_id=int(str(stored["id"])),
        action_object=_matcher(part, classes),
        actor=_matcher_of(_part(stored, "actor_object")),
        target=_matcher_of(_part(stored, "target")),
        comparisons=_comparisons(conditions),
        any_of=stored["match"] == Match.ANY,
    )
    for key in _keys(verb, part, classes):
        (drafts[key].by_pk[part.pk] if part.pk else drafts[key].general).append(rule)


def _comparisons(conditions: list[ConditionValue]) -> tuple[Comparison, ...]:
    return tuple(comparison_of(condition) for condition in conditions)


def _keys(verb: str, part: Part, classes: frozenset[type[Model]] | None) -> Iterable[Key]:
    if verb not in MODEL_SIGNALS:
        return ((verb, None),)
    if part.value:
        return ()
    models = all_models() if classes is None else classes
    return [(verb, sender) for sender in senders(verb, models)]


def _part(stored: Mapping[str, object], name: str) -> Part:
    return Part(**{column: str(stored[f"{name}_{column}"]) for column in Part.__slots__})


def _classes(part: Part, *, children: bool) -> frozenset[type[Model]] | None:
    model = part.model_class
    if model is None:
        return None
    return frozenset(
        member for member in family(model, children=children) if member._meta.app_label != "dsn"
    )


def _matcher(part: Part, classes: frozenset[type[Model]] | None) -> PartMatcher:
    return plain_matcher(part) if classes is None else PartMatcher(classes=classes, pk=part.pk)


def _matcher_of(part: Part) -> PartMatcher:
    return _matcher(part, _classes(part, children=True))
