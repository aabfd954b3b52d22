"""Where DSN's tables are, and the host's: always where they are written.

A router may send reads to a replica, which may lag: who was added a moment ago is not there yet.
What DSN decides or says to people is therefore read where it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, router
from django.db.models import Model

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

ModelT = TypeVar("ModelT", bound=Model)


def alias() -> str:
    """The database alias on which all of DSN's tables live, as the project's routers say."""
    return router.db_for_write(apps.get_model("dsn", "Event"))


def connection() -> BaseDatabaseWrapper:
    """This thread's connection to DSN's tables."""
    return connections[alias()]


def writer_of(instance: Model) -> str:
    """The alias to which a change of ``instance`` goes, and not the replica it was read from."""
    return router.db_for_write(type(instance), instance=instance)


def from_writer(rows: QuerySet[ModelT]) -> QuerySet[ModelT]:
    """``rows`` read where they are written, unless they name an alias or are there already."""
    inner: Any = rows
    if inner._db or inner._result_cache is not None:
        return rows
    return rows.using(router.db_for_write(rows.model, **inner._hints))


def what_is_apart() -> str:
    """In words, what DSN's rows refer to and that is on another alias; or nothing.

    No database keeps a key that leads into another one.
    """
    ours = apps.get_app_config("dsn").get_models()
    theirs = (get_user_model(), apps.get_model("auth.Group"))
    places = {model._meta.label: router.db_for_write(model) for model in (*ours, *theirs)}
    home = alias()
    apart = [f"{label} to {place!r}" for label, place in places.items() if place != home]
    return f"DSN's events are written to {home!r}, but {', '.join(apart)}." if apart else ""


WAY_TOGETHER = (
    'Let DATABASE_ROUTERS send the apps "dsn" and "auth", and that of the users, to one database.'
)
