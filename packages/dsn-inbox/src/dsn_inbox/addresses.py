"""The inbox's addresses: users' primary keys as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models

from dsn_core import InvalidAddress

if TYPE_CHECKING:
    from collections.abc import Iterable


def normalize(raw: str) -> str:
    """``raw`` as ``str(user.pk)`` writes it. Raises ``InvalidAddress`` where it cannot be one."""
    text = raw.strip()
    return str(_key(text, raw))


def key_of(address: str) -> object:
    """The primary key that the address stands for. Raises ``InvalidAddress``."""
    return _key(address.strip(), address)


def known(addresses: Iterable[str], using: str) -> dict[str, object]:
    """Of ``addresses`` those that are users of the database ``using``, each with its key.

    One query.
    """
    keys: dict[str, object] = {}
    for address in addresses:
        try:
            keys[address] = key_of(address)
        except InvalidAddress:
            continue
    users = get_user_model()._base_manager.using(using)
    there = set(users.filter(pk__in=set(keys.values())).values_list("pk", flat=True))
    return {address: key for address, key in keys.items() if key in there}


def _key(text: str, raw: str) -> object:
    field, wrong = _key_field(), f"{raw!r} is not the primary key of a user"
    if not text or "\0" in text or not _is_written_plainly(field, text):
        raise InvalidAddress(wrong)
    try:
        value: object = field.to_python(text)
        field.run_validators(value)
    except (ValidationError, ValueError, TypeError, OverflowError):
        raise InvalidAddress(wrong) from None
    return value


def _is_written_plainly(field: models.Field[Any, Any], text: str) -> bool:
    """Python reads "1_000" and " 1" as numbers too, which nobody means as a key."""
    if not isinstance(field, models.IntegerField):
        return True
    return text.isascii() and text.removeprefix("-").isdigit()


def _key_field() -> models.Field[Any, Any]:
    """The field of the user model's primary key, behind the links to parent models."""
    field: models.Field[Any, Any] = get_user_model()._meta.pk
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field
