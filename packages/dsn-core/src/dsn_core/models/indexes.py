"""Indexes that hold only what is still looked for: the rest then costs no write, and no room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.backends.ddl_references import Statement
    from django.db.models import Model, Q


class IndexOfSome(models.Index):
    """On PostgreSQL an index of the rows that are ``among``; elsewhere one of all rows.

    MariaDB has no such index, and SQLite uses one only for a condition that names its very words.
    """

    def __init__(self, *, fields: Sequence[str], name: str, among: Q) -> None:
        super().__init__(fields=fields, name=name)
        self.among = among

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """How it stands in a migration."""
        path, expressions, options = super().deconstruct()
        return path, expressions, {**options, "among": self.among}

    def create_sql(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **more: Any,
    ) -> Statement:
        """The statement that makes it, on this database."""
        is_partial = schema_editor.connection.vendor == "postgresql"
        index = models.Index(
            fields=self.fields, name=self.name, condition=self.among if is_partial else None
        )
        return index.create_sql(model, schema_editor, using, **more)


class IndexApart(models.Index):
    """One that PostgreSQL can mistake for no other: there the ``disguised`` number stands ``+ 0``.

    Where several indexes fit, its planner chooses by statistics, which know nothing of rows that
    are just being written. A query that asks for the number ``+ 0`` leaves it no choice.
    """

    def __init__(self, *, fields: Sequence[str], name: str, disguised: str) -> None:
        super().__init__(fields=fields, name=name)
        self.disguised = disguised

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """How it stands in a migration."""
        path, expressions, options = super().deconstruct()
        return path, expressions, {**options, "disguised": self.disguised}

    def create_sql(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **more: Any,
    ) -> Statement:
        """The statement that makes it, on this database."""
        index = models.Index(fields=self.fields, name=self.name)
        if schema_editor.connection.vendor == "postgresql":
            terms = [F(name) + 0 if name == self.disguised else F(name) for name in self.fields]
            index = models.Index(*terms, name=self.name)
        return index.create_sql(model, schema_editor, using, **more)
