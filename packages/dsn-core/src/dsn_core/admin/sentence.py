"""What a trigger means, in plain words."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from typing import TYPE_CHECKING

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dsn_core.admin.inputs import write_value
from dsn_core.admin.words import name_of
from dsn_core.conditions import WITHOUT_VALUE
from dsn_core.exceptions import InvalidTrigger
from dsn_core.models import Match
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.utils.functional import _StrPromise

    from dsn_core.models import Backend, Condition, Subscription, Trigger
    from dsn_core.models.parts import Part

PHRASES: Mapping[str, _StrPromise] = {
    "pre_save": gettext_lazy("Before %(thing)s is saved"),
    "post_save": gettext_lazy("When %(thing)s is saved"),
    "pre_delete": gettext_lazy("Before %(thing)s is deleted"),
    "post_delete": gettext_lazy("When %(thing)s is deleted"),
    "m2m_changed": gettext_lazy("When a many-to-many relation of %(thing)s is changed"),
    "pre_init": gettext_lazy("Before %(thing)s is made"),
    "post_init": gettext_lazy("When %(thing)s is made or loaded"),
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


LONELY: Mapping[str, _StrPromise] = {
    "pre_migrate": gettext_lazy("Before migrations"),
    "post_migrate": gettext_lazy("After migrations"),
    "user_logged_in": gettext_lazy("When a user logs in"),
    "user_logged_out": gettext_lazy("When a user logs out"),
    "user_login_failed": gettext_lazy("When a login fails"),
    "got_request_exception": gettext_lazy("When a request fails"),
}
"""What happens to nothing in particular."""
OTHERS: Mapping[tuple[bool, bool], _StrPromise] = {
    (True, False): gettext_lazy("%(what)s, done by %(actor)s"),
    (False, True): gettext_lazy("%(what)s, with the target %(target)s"),
    (True, True): gettext_lazy("%(what)s, done by %(actor)s, with the target %(target)s"),
}
"""By whether an actor and a target are named."""
HEARERS = "hearers"
"""Where a trigger carries the subscriptions that hear it, if the reader may see them."""
MOST_HEARERS = 5
MINUTE = 60
START = dt.datetime(2001, 1, 1)  # Any moment: only the time after it counts.


def sentence_of(trigger: Trigger) -> str:
    """“When any order is saved, and status changed to paid. It tells: Who hears, by Mail.”"""
    off = "" if trigger.enabled else _("It is switched off.")
    sentences = (_when(trigger), off, _tells(trigger), _in_time(trigger))
    return " ".join(sentence for sentence in sentences if sentence)


def _when(trigger: Trigger) -> str:
    what = _with_others(trigger, _beginning(trigger))
    conditions = [_condition(condition) for condition in trigger.conditions.all()]
    if not conditions:
        return _("%(what)s.") % {"what": what}
    return _("%(what)s, and %(conditions)s.") % {
        "what": what,
        "conditions": reduce(_or if trigger.match == Match.ANY else _and, conditions),
    }


def _and(one: str, other: str) -> str:
    return _("%(one)s and %(other)s") % {"one": one, "other": other}


def _or(one: str, other: str) -> str:
    return _("%(one)s or %(other)s") % {"one": one, "other": other}


def _beginning(trigger: Trigger) -> str:
    thing = thing_of(trigger.part("action_object"))
    if thing and trigger.include_children:
        thing = _("%(thing)s (also of its child models)") % {"thing": thing}
    if trigger.verb in PHRASES:
        return str(PHRASES[trigger.verb]) % {"thing": thing or _("any object")}
    if trigger.verb in LONELY and not thing:
        return str(LONELY[trigger.verb])
    verb = name_of(trigger.verb, catalog().offers["verb"])
    if thing:
        return _("When “%(verb)s” happens to %(thing)s") % {"verb": verb, "thing": thing}
    return _("When “%(verb)s” happens") % {"verb": verb}


def _with_others(trigger: Trigger, what: str) -> str:
    actor, target = (thing_of(trigger.part(name)) for name in ("actor_object", "target"))
    phrase = OTHERS.get((bool(actor), bool(target)), "%(what)s")
    return str(phrase) % {"what": what, "actor": actor, "target": target}


def _tells(trigger: Trigger) -> str:
    hearers: Sequence[Subscription] | None = getattr(trigger, HEARERS, None)
    if hearers is None:
        return ""
    if not hearers:
        return _("Nobody hears of it yet.")
    names = "; ".join(_hearer(subscription) for subscription in hearers[:MOST_HEARERS])
    more = len(hearers) - MOST_HEARERS
    if more <= 0:
        return _("It tells: %(names)s.") % {"names": names}
    words = ngettext(
        "It tells: %(names)s; and %(more)d more.", "It tells: %(names)s; and %(more)d more.", more
    )
    return words % {"names": names, "more": more}


def _hearer(subscription: Subscription) -> str:
    if not subscription.enabled:
        return _("%(name)s (switched off)") % {"name": subscription.name}
    backends = subscription.backends.all()
    if not backends:
        return _("%(name)s, by no backend") % {"name": subscription.name}
    if all(backend.enabled for backend in backends) and _names_them(subscription, backends):
        return subscription.name
    names = ", ".join(_backend(backend) for backend in backends)
    return _("%(name)s, by %(backends)s") % {"name": subscription.name, "backends": names}


def _names_them(subscription: Subscription, backends: Iterable[Backend]) -> bool:
    """Does its name say by what it tells, as that of one does which nobody has named?"""
    named = subscription.name.rpartition(" → ")[2].split(", ")
    return sorted(named) == sorted(backend.name for backend in backends)


def _backend(backend: Backend) -> str:
    if backend.enabled:
        return backend.name
    return _("%(name)s (switched off)") % {"name": backend.name}


def _in_time(trigger: Trigger) -> str:
    if trigger.expires_after is None:
        return ""
    seconds = int(trigger.expires_after.total_seconds())
    if seconds < MINUTE:
        span = ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    else:
        span = timesince(START, START + trigger.expires_after)
    return _("What is not sent within %(span)s is cancelled.") % {"span": span}


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
    value = "" if condition.operator in WITHOUT_VALUE else _value(condition.value)
    return str(phrase) % {"field": condition.field, "value": value}


def _value(value: object) -> str:
    """As one reads it: a text in quotes where it would run into the sentence."""
    if value is None:
        return _("nothing")
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value) or _("nothing")
    text = write_value(value)
    is_plain = not isinstance(value, str) or (text == value and value.isalnum())
    return text if is_plain else f"“{value}”"
