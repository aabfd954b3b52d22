"""Sample events: what a trigger's event would hold, for those who have none to look at yet."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

from dsn_core.exceptions import DSNError
from dsn_core.models import Event, Subscription, Trigger
from dsn_core.models.alias import alias
from dsn_core.models.payload import encode, is_secret_name
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import Model
    from django.http import HttpRequest

    from dsn_core.contract.verb import Verb
    from dsn_core.models import Backend

PREFIX = "sample-"
"""Before the key of the trigger whose event it might be; of none where nothing follows."""
NO_TRIGGER = PREFIX
MOST = 5
EXAMPLES: Mapping[type, object] = {
    bool: True,
    int: 1,
    float: 1.5,
    Decimal: Decimal("1.50"),
    dt.date: dt.date(2026, 1, 31),
    dt.datetime: dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC),
    dt.time: dt.time(12),
    dt.timedelta: dt.timedelta(hours=1),
    uuid.UUID: uuid.UUID(int=1),
    tuple: (),
    list: [],
    dict: {},
}


def offered_samples(backends: Iterable[Backend]) -> list[tuple[str, str]]:
    """One for each trigger that leads to ``backends``; where there is none, one about nothing."""
    leading = Subscription.objects.using(alias()).filter(backends__in=list(backends))
    triggers = leading.values_list("trigger_id", "trigger__name").distinct().order_by("trigger_id")
    words = gettext("A sample: “%(trigger)s”")
    found = [(f"{PREFIX}{pk}", words % {"trigger": name}) for pk, name in triggers[:MOST]]
    return found or [(NO_TRIGGER, gettext("A sample, about nothing"))]


def sample_event(key: str, request: HttpRequest) -> Event | None:
    """The unsaved event of a key that ``offered_samples`` gives; None for any other key.

    It is about the newest object that the person of ``request`` may see.
    """
    if key == NO_TRIGGER:
        return Event(verb="", captured_at=timezone.now(), payload={})
    pk = key.removeprefix(PREFIX)
    if pk == key or not (pk.isascii() and pk.isdecimal() and len(pk) <= 18):
        return None
    trigger = Trigger.objects.using(alias()).filter(pk=pk).first()
    return None if trigger is None else _event_of(trigger, request)


def _event_of(trigger: Trigger, request: HttpRequest) -> Event:
    parts = {
        "action_object": _thing(trigger, "action_object", request),
        "actor": _thing(trigger, "actor_object", request) or request.user,
        "target": _thing(trigger, "target", request),
    }
    offers = catalog().offers["verb"]
    provided = _values(catalog().verb(trigger.verb), request) if trigger.verb in offers else {}
    return Event(
        verb=trigger.verb,
        trigger_ids=[trigger.pk],
        captured_at=timezone.now(),
        payload={**{name: encode(thing) for name, thing in parts.items()}, "values": provided},
    )


def _thing(trigger: Trigger, name: str, request: HttpRequest) -> object:
    part = trigger.part(name)
    try:
        model = part.model_class
    except DSNError:
        return None
    return part.value or None if model is None else _newest(model, request, part.pk)


def may_see(model: type[Model], request: HttpRequest) -> bool:
    """May this person see the objects of ``model``?"""
    codename = get_permission_codename("view", model._meta)
    return bool(request.user.has_perm(f"{model._meta.app_label}.{codename}"))


def _newest(model: type[Model], request: HttpRequest, pk: str = "") -> Model | None:
    if not may_see(model, request):
        return None
    rows = model._default_manager.order_by("-pk")
    try:
        return (rows.filter(pk=pk) if pk else rows).first()
    except (ValueError, ValidationError):
        return None  # The model's keys were of another type when this one was stored.


def _values(verb: Verb, request: HttpRequest) -> dict[str, object]:
    kept = {name: kind for name, kind in verb.provides.items() if not is_secret_name(name)}
    return {name: encode(_example(name, kind, request)) for name, kind in kept.items()}


def _example(name: str, kind: type | str, request: HttpRequest) -> object:
    if not isinstance(kind, str):
        return EXAMPLES.get(kind, name)
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError):
        return None
    return _newest(model, request)
