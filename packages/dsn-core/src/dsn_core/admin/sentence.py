"""What a trigger means, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsn_core.admin.inputs import write_value
from dsn_core.admin.words import name_of
from dsn_core.conditions import WITHOUT_VALUE
from dsn_core.exceptions import InvalidTrigger
from dsn_core.models import Match
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

    from dsn_core.models import Condition, Trigger
    from dsn_core.models.parts import Part

PHRASES: Mapping[str, _StrPromise] = {
    "pre_save": gettext_lazy("Before %(thing)s is saved"),
    "post_save": gettext_lazy("When %(thing)s is saved"),
    "pre_delete": gettext_lazy("Before %(thing)s is deleted"),
    "post_delete": gettext_lazy("When %(thing)s is deleted"),
    "m2m_changed": gettext_lazy("When a many-to-many relation of %(thing)s is changed"),
}
OPERATORS: Mapping[str, _StrPromise] = {
    "is": gettext_lazy("%(field)s is %(value)s"),
    "is_not": gettext_lazy("%(field)s is not %(value)s"),
    "lt": gettext_lazy("%(field)s is less than %(value)s"),
    "lte": gettext_lazy("%(field)s is at most %(value)s"),
    "gt": gettext_lazy("%(field)s is more than %(value)s"),
    "gte": gettext_lazy("%(field)s is at least %(value)s"),
    "contains": gettext_lazy("%(field)s contains %(value)s"),
    "in": gettext_lazy("%(field)s is one of %(value)s"),
    "is_empty": gettext_lazy("%(field)s is empty"),
    "changed": gettext_lazy("%(field)s changed"),
    "changed_to": gettext_lazy("%(field)s changed to %(value)s"),
    "changed_from": gettext_lazy("%(field)s changed from %(value)s"),
}


def sentence_of(trigger: Trigger) -> str:
    """“When any order is saved and status changed to paid.”"""
    words = _beginning(trigger) + _others(trigger)
    conditions = [_condition(condition) for condition in trigger.conditions.all()]
    joint = _(" or ") if trigger.match == Match.ANY else _(" and ")
    if conditions:
        words = _("%(what)s, and %(conditions)s") % {
            "what": words,
            "conditions": joint.join(conditions),
        }
    return f"{words}." if trigger.enabled else _("%(what)s. It is switched off.") % {"what": words}


def _beginning(trigger: Trigger) -> str:
    part = trigger.part("action_object")
    if trigger.verb in PHRASES:
        return str(PHRASES[trigger.verb]) % {"thing": thing_of(part) or _("any object")}
    verb = name_of(trigger.verb, catalog().offers["verb"])
    thing = thing_of(part)
    if thing:
        return _("When “%(verb)s” happens to %(thing)s") % {"verb": verb, "thing": thing}
    return _("When “%(verb)s” happens") % {"verb": verb}


def _others(trigger: Trigger) -> str:
    actor, target = (thing_of(trigger.part(name)) for name in ("actor_object", "target"))
    by = _(", done by %(thing)s") % {"thing": actor} if actor else ""
    return by + (_(", with the target %(thing)s") % {"thing": target} if target else "")


def thing_of(part: Part) -> str:
    """“any order”, “order 5”, “front desk”; nothing where it may be anything."""
    if not part.model:
        return f"“{part.value}”" if part.value else ""
    try:
        model = part.model_class
    except InvalidTrigger:
        model = None
    name = str(model._meta.verbose_name) if model else part.model
    return f"{name} {part.pk}" if part.pk else _("any %(model)s") % {"model": name}


def _condition(condition: Condition) -> str:
    phrase = OPERATORS.get(condition.operator)
    if condition.operator == "is_empty" and condition.value in (False, "false", "False"):
        phrase = gettext_lazy("%(field)s is not empty")
    if phrase is None:
        return str(condition)
    value = "" if condition.operator in WITHOUT_VALUE else write_value(condition.value)
    return str(phrase) % {"field": condition.field, "value": value}
