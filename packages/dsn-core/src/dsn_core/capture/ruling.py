"""Makes rules of triggers: which classes each part is about, and under which keys a rule stands."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from dsn_core.capture.families import OWN_APP, all_models, family, senders
from dsn_core.capture.matching import ANYTHING, PartMatcher, Rule, comparison_of
from dsn_core.exceptions import InvalidTrigger
from dsn_core.models import Match
from dsn_core.models.parts import BEFORE_ANY_OBJECT, MODEL_VERBS, Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

    from dsn_core.capture.reading import Row
    from dsn_core.conditions import Condition

Key = tuple[str, object]
"""A verb, and its sender; None for a verb that is heard whoever sends it."""


def rule_of(row: Row, conditions: Iterable[Condition]) -> Rule:
    """The trigger as a rule; one for a single object is found by its key, and does not ask for it.

    Raises ``InvalidTrigger`` or ``InvalidCondition``.
    """
    model, value = row.action_object_model, row.action_object_value
    thing = _matcher(model, "", value, children=bool(row.include_children))
    return Rule(
        trigger_id=row.id,
        # Before there is an object, only the sender says what it will be.
        action_object=ANYTHING if row.verb == BEFORE_ANY_OBJECT else thing,
        actor=_matcher(row.actor_object_model, row.actor_object_pk, row.actor_object_value),
        target=_matcher(row.target_model, row.target_pk, row.target_value),
        comparisons=tuple(comparison_of(condition) for condition in conditions),
        any_of=row.match == Match.ANY,
    )


def keys_of(verb: str, model: str, value: str, *, children: bool) -> tuple[Key, ...]:
    """Where such a trigger's rule belongs: by sender for a model signal, else by verb alone.

    Raises ``InvalidTrigger`` where there is no such model.
    """
    classes = _classes(model, children=children) if model else None
    if verb not in MODEL_VERBS:
        return ((verb, None),)
    if value:
        return ()
    models = all_models() if classes is None else classes
    return tuple((verb, sender) for sender in senders(verb, models))


def forget_classes() -> None:
    """The installed apps may be others than at the last load."""
    for cached in (_classes, _matcher, family):
        cached.cache_clear()


@lru_cache(maxsize=1024)
def _matcher(model: str, pk: str, value: str, *, children: bool = True) -> PartMatcher:
    """A matcher for one part; most triggers share theirs. Raises ``InvalidTrigger``."""
    classes = _classes(model, children=children) if model else None
    return PartMatcher(classes=classes, pk=pk, value=value)


@cache
def _classes(model: str, *, children: bool) -> frozenset[type[Model]]:
    members = family(_model_class(model), children=children)
    return frozenset(member for member in members if member._meta.app_label != OWN_APP)


def _model_class(label: str) -> type[Model]:
    found = Part(model=label).model_class
    if found is None:
        raise InvalidTrigger("A trigger without a model has no classes.")
    return found
