"""The names of users of whom only the key is kept, with one query for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from dsn_core.admin.samples import may_see
from dsn_core.admin.searching import keys_of_users
from dsn_core.rendering.readers import readers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from dsn_core.models import Delivery, Event

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


def may_see_users(request: HttpRequest) -> bool:
    """May this person see users? What is read of one, or for one, is only hers to know."""
    return may_see(get_user_model(), request)


def name_actors(events: Iterable[Event], request: HttpRequest) -> None:
    """Read the names of the users who did it, at once; for who may see users."""
    theirs = [event for event in events if event.actor.startswith(_prefix())]
    if not (theirs and may_see_users(request)):
        return
    found = readers(event.actor.removeprefix(_prefix()) for event in theirs)
    for event in theirs:
        setattr(event, NAME, _name(found.get(event.actor.removeprefix(_prefix()))))


def actor_of(event: Event) -> str:
    """Who did it, by name after ``name_actors``; else as it is stored."""
    return getattr(event, NAME, "") or event.actor


def actors_called(name: str, request: HttpRequest) -> list[str]:
    """How events store those whom ``name_actors`` would call so."""
    found = keys_of_users(name) if may_see_users(request) else set()
    return sorted(_prefix() + key for key in found)


def _prefix() -> str:
    return f"{get_user_model()._meta.label_lower}:"


def _name(user: object) -> str:
    if isinstance(user, AbstractBaseUser):
        return str(user.get_username())
    return "" if user is None else str(user)
