"""The names of users of whom only the key is kept, with one query for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser

from dsn_core.rendering.readers import readers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core.models import Delivery

NAME = "_name_of_user"
"""Where a row keeps it while a page is made."""


def name_users(rows: Iterable[Delivery]) -> None:
    """Read the names of all whom ``rows`` are for, at once."""
    shown = list(rows)
    found = readers(row.user_pk for row in shown)
    for row in shown:
        setattr(row, NAME, _name(found.get(row.user_pk)))


def user_of(row: Delivery) -> str:
    """Her own name, or her key where she is gone; empty for a bare address."""
    if not row.user_pk:
        return ""
    if not hasattr(row, NAME):
        name_users([row])
    return getattr(row, NAME) or f"#{row.user_pk}"


def _name(user: object) -> str:
    if isinstance(user, AbstractBaseUser):
        return str(user.get_username())
    return "" if user is None else str(user)
