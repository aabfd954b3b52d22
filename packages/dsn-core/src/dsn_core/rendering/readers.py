"""Who reads a message: the user, and the language and time zone she wants."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from functools import reduce
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import get_supported_language_variant

from dsn_core.conf import config
from dsn_core.models.alias import from_writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import Model


def readers(user_pks: Iterable[str]) -> Mapping[str, Model]:
    """The users with these keys, by key as text; those that are gone are left out."""
    wanted: set[Any] = {key for text in set(user_pks) - {""} if (key := _key(text)) is not None}
    if not wanted:
        return {}
    users = from_writer(get_user_model()._default_manager.filter(pk__in=wanted))
    joins = _joins(get_user_model())
    return {str(user.pk): user for user in (users.select_related(*joins) if joins else users)}


def _key(text: str) -> object:
    field = get_user_model()._meta.pk
    try:
        key: object = field.to_python(text)
        field.run_validators(key)  # A number may be larger than the database takes.
    except Exception:  # noqa: BLE001  # a custom key raises what it likes
        return None
    return key


def _joins(model: type[Model]) -> list[str]:
    """The single relations on the way to her language and time zone, to be read at once."""
    paths = (config().user_language, config().user_timezone)
    return sorted({join for path in paths if (join := _join(model, path))})


def _join(model: type[Model], path: str) -> str:
    names: list[str] = []
    for name in path.split(".")[:-1]:
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            break
        if not (field.many_to_one or field.one_to_one) or not field.related_model:
            break
        names.append(name)
        model = field.related_model
    return "__".join(names)


def language_of(user: object) -> str:
    """Her language as Django writes it, or else ``settings.LANGUAGE_CODE``."""
    return _supported(wish(user, config().user_language)) or settings.LANGUAGE_CODE


def _supported(language: object) -> str:
    if not isinstance(language, str) or not language:
        return ""
    try:
        return get_supported_language_variant(language.lower().replace("_", "-"))
    except (LookupError, ValueError):
        return ""


def timezone_of(user: object) -> dt.tzinfo | None:
    """Her time zone; None where she has none that is known: then the project's."""
    name = wish(user, config().user_timezone)
    if isinstance(name, dt.tzinfo):
        return name
    try:
        return zoneinfo.ZoneInfo(str(name)) if name else None
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def wish(user: object, path: str) -> object:
    """What stands at an attribute path of ``user``; None where it leads nowhere."""
    if user is None or not path:
        return None
    try:
        value = reduce(getattr, path.split("."), user)
        return value() if callable(value) else value
    except Exception:  # noqa: BLE001  # a host's property raises what it likes
        return None
