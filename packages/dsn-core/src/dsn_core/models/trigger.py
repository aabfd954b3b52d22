"""Triggers: which signals count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _

from dsn_core.conditions import OPERATORS, WITHOUT_VALUE
from dsn_core.conditions import Condition as ConditionValue
from dsn_core.exceptions import DSNError, InvalidTrigger
from dsn_core.models.comparing import ConditionTuple, condition_of
from dsn_core.models.naming import LONGEST_NAME, short_name
from dsn_core.models.parts import Part, check_action_object, checked_part, part_of
from dsn_core.models.paths import check_condition
from dsn_core.models.revision import Revised, RevisedQuerySet, note_edits_of
from dsn_core.plugins.catalog import catalog, choices_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

PARTS = ("action_object", "actor_object", "target")


def verb_choices() -> list[tuple[str, str]]:
    """Every verb that is installed now."""
    return choices_of("verb")


def operator_choices() -> list[tuple[str, str]]:
    """Every operator, in words."""
    return [(name, name.replace("_", " ")) for name in OPERATORS]


class Match(models.TextChoices):
    """How several conditions go together."""

    ALL = "all", _("all of them hold")
    ANY = "any", _("any of them holds")


class OtherFields(TypedDict, total=False):
    """Fields of a Trigger that ``watch`` passes on."""

    enabled: bool
    expires_after: timedelta | None


class TriggerManager(models.Manager.from_queryset(RevisedQuerySet["Trigger"])):  # type: ignore[misc]
    """Triggers, by name and by what they watch."""

    def get_by_natural_key(self, name: str) -> Trigger:
        """The trigger of this name. Raises ``Trigger.DoesNotExist``."""
        found: Trigger = self.get(name=name)
        return found

    def watch(
        self,
        verb: str,
        action_object: object = None,
        *,
        actor_object: object = None,
        target: object = None,
        conditions: Iterable[ConditionTuple] = (),
        match: str = Match.ALL,
        include_children: bool = False,
        name: str = "",
        **fields: Unpack[OtherFields],
    ) -> Trigger:
        """Make the trigger, or update the one of this name; its conditions are replaced.

        Each of the three parts is None (anything), a model, one saved object, or a plain value.
        A condition is ``(field, operator, value)``, or ``(field, "changed")``. Without ``name``
        the trigger is named after what it watches. ``enabled`` and ``expires_after`` are left as
        they are where they are not given.

        Raises ``UnknownVerb``, ``InvalidTrigger`` or ``InvalidCondition``.
        """
        provided = catalog().verb(verb)
        parts = {
            part: checked_part(part_of(thing, name=part), name=part)
            for part, thing in zip(PARTS, (action_object, actor_object, target), strict=True)
        }
        check_action_object(verb, parts["action_object"])
        rows = [condition_of(condition) for condition in conditions]
        for row in rows:
            check_condition(row, provided, parts["action_object"].model_class)
        _check_plain(name, match)
        values = _part_columns(parts) | {
            "verb": verb,
            "match": match,
            "include_children": include_children,
            **fields,
        }
        return self._store(name or _name_for(verb, parts, rows, match), values, rows)

    def _store(self, name: str, values: dict[str, Any], rows: Sequence[ConditionValue]) -> Trigger:
        using = self._db or router.db_for_write(self.model)
        with transaction.atomic(using=using):
            trigger: Trigger
            trigger, _created = self.using(using).update_or_create(name=name, defaults=values)
            trigger.conditions.all().delete()
            for position, row in enumerate(rows):
                trigger.conditions.create(
                    position=position, field=row.field, operator=row.operator, value=row.value
                )
        return trigger


def _check_plain(name: str, match: str) -> None:
    if match not in Match.values:
        raise InvalidTrigger(f"match is {match!r}; it must be one of {', '.join(Match.values)}.")
    if len(name) > LONGEST_NAME:
        raise InvalidTrigger(f"The name is longer than {LONGEST_NAME} characters: {name!r}.")


def _part_columns(parts: dict[str, Part]) -> dict[str, str]:
    return {
        f"{name}_{column}": getattr(part, column)
        for name, part in parts.items()
        for column in ("model", "pk", "value")
    }


def _name_for(verb: str, parts: dict[str, Part], rows: Sequence[ConditionValue], match: str) -> str:
    words = [verb, str(parts["action_object"]) if parts["action_object"] != Part() else ""]
    words += [f"by {parts['actor_object']}" if parts["actor_object"] != Part() else ""]
    words += [f"for {parts['target']}" if parts["target"] != Part() else ""]
    joint = " or " if match == Match.ANY else ", "
    words.append(joint.join(_condition_words(row) for row in rows))
    return short_name(" ".join(word for word in words if word))


def _condition_words(row: ConditionValue) -> str:
    value = "" if row.operator in WITHOUT_VALUE else f" {row.value}"
    return f"{row.field} {row.operator}{value}"


class Trigger(Revised):
    """When: a verb, and what its action object, actor and target must be."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    verb = models.CharField(_("verb"), max_length=200, choices=verb_choices)
    action_object_model = models.CharField(_("action object's model"), max_length=200, blank=True)
    action_object_pk = models.CharField(_("action object's key"), max_length=255, blank=True)
    action_object_value = models.CharField(_("action object's value"), max_length=255, blank=True)
    actor_object_model = models.CharField(_("actor's model"), max_length=200, blank=True)
    actor_object_pk = models.CharField(_("actor's key"), max_length=255, blank=True)
    actor_object_value = models.CharField(_("actor's value"), max_length=255, blank=True)
    target_model = models.CharField(_("target's model"), max_length=200, blank=True)
    target_pk = models.CharField(_("target's key"), max_length=255, blank=True)
    target_value = models.CharField(_("target's value"), max_length=255, blank=True)
    include_children = models.BooleanField(
        _("also its multi-table children"),
        default=False,
        help_text=_("A save of a child model sends the child only. Proxies always count."),
    )
    match = models.CharField(
        _("conditions"), max_length=3, choices=Match.choices, default=Match.ALL
    )
    expires_after = models.DurationField(
        _("expires after"),
        null=True,
        blank=True,
        help_text=_("What is still unsent so long after the event is cancelled."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    objects: ClassVar[TriggerManager] = TriggerManager()

    class Meta:
        app_label = "dsn"
        ordering = ("name",)
        verbose_name = _("trigger")
        verbose_name_plural = _("triggers")

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        """By name."""
        return (self.name,)

    def part(self, name: str) -> Part:
        """The ``action_object``, ``actor_object`` or ``target`` of this trigger, as stored."""
        return Part(**{column: getattr(self, f"{name}_{column}") for column in Part.__slots__})

    def clean(self) -> None:
        """Check the parts; their keys become what the models write."""
        for name in PARTS:
            try:
                part = checked_part(self.part(name), name=name)
            except DSNError as error:
                raise ValidationError({f"{name}_model": str(error)}) from error
            for column in Part.__slots__:
                setattr(self, f"{name}_{column}", getattr(part, column))
        try:
            check_action_object(self.verb, self.part("action_object"))
        except DSNError as error:
            raise ValidationError({"action_object_value": str(error)}) from error


class ConditionManager(models.Manager.from_queryset(RevisedQuerySet["Condition"])):  # type: ignore[misc]
    """Conditions, by their trigger and place."""

    def get_by_natural_key(self, trigger: str, position: int) -> Condition:
        """The condition at this place. Raises ``Condition.DoesNotExist``."""
        found: Condition = self.get(trigger__name=trigger, position=position)
        return found


class Condition(Revised):
    """One comparison that a trigger makes."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="conditions")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    field = models.CharField(
        _("field"),
        max_length=200,
        help_text=_("What the verb provides (created, order.total) or a field of the object."),
    )
    operator = models.CharField(_("operator"), max_length=20, choices=operator_choices)
    value = models.JSONField(_("value"), null=True, blank=True)

    objects: ClassVar[ConditionManager] = ConditionManager()

    class Meta:
        app_label = "dsn"
        ordering = ("trigger", "position")
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        constraints = [
            models.UniqueConstraint(fields=("trigger", "position"), name="dsn_condition_place")
        ]

    def __str__(self) -> str:
        return _condition_words(self.as_value())

    def natural_key(self) -> tuple[str, int]:
        """By trigger and place."""
        return (*self.trigger.natural_key(), self.position)

    natural_key.dependencies = ["dsn.trigger"]  # type: ignore[attr-defined]

    def as_value(self) -> ConditionValue:
        """This condition as ``dsn_core.conditions`` holds it against values."""
        return ConditionValue(field=self.field, operator=self.operator, value=self.value)

    def clean(self) -> None:
        """Check it against its trigger's verb and model."""
        try:
            check_condition(
                self.as_value(),
                catalog().verb(self.trigger.verb),
                self.trigger.part("action_object").model_class,
            )
        except DSNError as error:
            raise ValidationError(str(error)) from error


note_edits_of(Trigger, Condition)
