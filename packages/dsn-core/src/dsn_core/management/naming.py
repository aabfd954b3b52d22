"""How a command takes ``NAME=VALUE``, and finds what an argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from dsn_core.capture.naming import CannotFire, object_named
from dsn_core.models import Event
from dsn_core.models.alias import alias
from dsn_core.rendering.readers import readers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model


def pair(raw: str) -> tuple[str, str]:
    """The two sides of the first ``=``. Raises ``CommandError``."""
    name, equals, value = raw.partition("=")
    if not (name and equals):
        raise CommandError(f"{raw!r} is no NAME=VALUE.")
    return name, value


def pairs(raws: Iterable[str]) -> dict[str, str]:
    """Each ``NAME=VALUE``; of one name the last counts. Raises ``CommandError``."""
    return dict(map(pair, raws))


def thing_named(text: str | None, model: type[Model] | None) -> object:
    """The object that ``text`` names; without a model, a text that names none is a plain value.

    Raises ``CannotFire``.
    """
    if text is None:
        return None
    try:
        return object_named(text, model)
    except CannotFire:
        if model is not None or ":" in text:
            raise
    return text


def event_with(key: int) -> Event:
    """The stored event. Raises ``CommandError``."""
    event = Event.objects.using(alias()).filter(pk=key).first()
    if event is None:
        raise CommandError(f"There is no event {key}. The admin lists those there are.")
    return event


def user_with(key: str | None) -> Model | None:
    """The user with this key, or None for None. Raises ``CommandError``."""
    if key is None:
        return None
    user = readers([key]).get(key)
    if user is None:
        raise CommandError(f"There is no user with the key {key!r}.")
    return user
