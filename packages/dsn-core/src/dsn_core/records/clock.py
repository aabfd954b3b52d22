"""The database's clock, by which leases and retries are told on every machine alike.

SQLite is one machine's, and has no clock with a time zone: there it is the process's own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Value
from django.db.models.functions import Now
from django.utils import timezone

from dsn_core.models.alias import connection

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Combinable
    from django.db.models.sql.compiler import SQLCompiler

Moment = Any
"""A datetime, or an expression that the database makes one of: what ``update()`` takes."""


class DatabaseNow(Now):
    """``Now()`` in the time zone in which Django stores times."""

    def as_mysql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        """MySQL's CURRENT_TIMESTAMP is in the session's time zone, and Django stores UTC."""
        name = "UTC_TIMESTAMP(6)" if settings.USE_TZ else "CURRENT_TIMESTAMP(6)"
        return self.as_sql(compiler, connection, template=name, **context)


def from_now(seconds: float = 0.0) -> Moment:
    """The moment so many seconds from now."""
    delta = dt.timedelta(seconds=seconds)
    if connection().vendor == "sqlite":
        return timezone.now() + delta
    now: Combinable = DatabaseNow()
    return now + delta if seconds else now


def moment() -> Value | DatabaseNow:
    """Now, as an expression: a column, or a part of another."""
    return Value(timezone.now()) if connection().vendor == "sqlite" else DatabaseNow()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The database's clock as a batch knows it: how far this process's own is behind it."""

    offset: dt.timedelta = dt.timedelta(0)

    def now(self) -> dt.datetime:
        """The database's time, without asking it."""
        return timezone.now() + self.offset

    def after(self, seconds: float) -> dt.datetime:
        """The database's time in so many seconds."""
        return self.now() + dt.timedelta(seconds=seconds)
