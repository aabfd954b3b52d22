"""Where DSN's tables are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connections, router

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def alias() -> str:
    """The database alias on which all of DSN's tables live, as the project's routers say."""
    return router.db_for_write(apps.get_model("dsn", "Event"))


def connection() -> BaseDatabaseWrapper:
    """This thread's connection to DSN's tables."""
    return connections[alias()]
