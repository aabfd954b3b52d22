"""Stored rows against what is installed now: which no longer fit, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.db import DatabaseError, transaction

from dsn_core.exceptions import DSNError, InvalidSubscription
from dsn_core.models.audience import check_requires
from dsn_core.models.backend import Backend, misfits
from dsn_core.models.paths import check_condition
from dsn_core.models.subscription import Subscription
from dsn_core.models.trigger import PARTS, Trigger
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

BACK = "It waits, and loses nothing. Install what is missing again, or change it in the admin."


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """One row that cannot work as it is stored."""

    model: Literal["Backend", "Trigger", "Subscription"]
    name: str
    message: str
    hint: str = BACK


def unfit_rows(using: str) -> tuple[Unfit, ...]:
    """All of them; none where DSN's tables are not there yet, or not as this version needs."""
    try:
        with transaction.atomic(using=using):
            return tuple(_unfit_rows(using))
    except DatabaseError:
        return ()


def _unfit_rows(using: str) -> Iterator[Unfit]:
    for backend in Backend.objects.using(using):
        for message in misfits(backend).values():
            yield Unfit(model="Backend", name=backend.name, message=message)
    for trigger in Trigger.objects.using(using).prefetch_related("conditions"):
        message = _trigger_misfit(trigger)
        if message:
            yield Unfit(model="Trigger", name=trigger.name, message=message)
    rows = Subscription.objects.using(using).select_related("trigger")
    for subscription in rows.prefetch_related("backends"):
        for message in _subscription_misfits(subscription):
            yield Unfit(model="Subscription", name=subscription.name, message=message)


def _trigger_misfit(trigger: Trigger) -> str:
    try:
        verb = catalog().verb(trigger.verb)
        models = {name: trigger.part(name).model_class for name in PARTS}
        for condition in trigger.conditions.all():
            check_condition(condition.as_value(), verb, models["action_object"])
    except DSNError as error:
        return str(error)
    return ""


def _subscription_misfits(subscription: Subscription) -> Iterator[str]:
    for key in subscription.recipient_sources:
        try:
            catalog().recipient_source(key)
        except DSNError as error:
            yield str(error)
    if subscription.trigger.verb not in catalog().offers["verb"]:
        return
    for backend in subscription.backends.all():
        try:
            check_requires(subscription.trigger, backend)
        except DSNError as error:
            yield str(error)


def misfit(trigger: Trigger, backend: Backend) -> str:
    """Why ``backend`` cannot tell of ``trigger``; empty where it can, or nobody can know."""
    try:
        check_requires(trigger, backend)
    except InvalidSubscription as error:
        return str(error)
    except DSNError:
        return ""  # Its verb is gone, which is said of the trigger.
    return ""
