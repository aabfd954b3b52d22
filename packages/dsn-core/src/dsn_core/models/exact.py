"""Text that is compared exactly on every database.

MySQL and MariaDB take "A" for "a", "é" for "e" and, by their oldest collation, one emoji for
another, where a project has not said otherwise. Two such addresses would be one, and one of the two
people would silently not be told. So DSN's own columns say it: two texts are one only if each
character is. Looking for a word in the admin still finds it in capitals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.models.lookups import (
    BuiltinLookup,
    IContains,
    IEndsWith,
    IExact,
    IRegex,
    IStartsWith,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState
    from django.db.models.sql.compiler import SQLCompiler

LIKE_A_READER = "utf8mb4_unicode_520_ci"
"""How people look for a word; both MySQL and MariaDB have it."""


class CompareExactly(Operation):
    """The text columns of these models, or of all that the app has at this point of its history.

    A key that refers to a host's table keeps the collation of what it refers to.
    """

    reduces_to_sql = False
    reversible = True

    def __init__(self, *names: str) -> None:
        self.names = names

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models know nothing of it."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """One statement for each table."""
        database = schema_editor.connection
        if database.vendor != "mysql":
            return
        for model in to_state.apps.get_app_config(app_label).get_models():
            wanted = not self.names or model._meta.object_name in self.names
            if wanted and self.allow_migrate_model(database.alias, model):
                _alter(schema_editor, model)

    def database_backwards(self, *_: object) -> None:
        """What is compared exactly stays so."""

    def describe(self) -> str:
        """One line for ``migrate``."""
        return "Compare text exactly"


def _alter(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]) -> None:
    database = schema_editor.connection
    how = f"CHARACTER SET utf8mb4 COLLATE {exact_collation(database)}"
    columns = [
        f"MODIFY {schema_editor.quote_name(str(field.column))} {field.db_type(database)} {how}"
        f" {'NULL' if field.null else 'NOT NULL'}"
        for field in texts_of(model)
    ]
    if columns:
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.execute(f"ALTER TABLE {table} {', '.join(columns)}")


def exact_collation(database: BaseDatabaseWrapper) -> str:
    """By each character, trailing spaces too."""
    is_mariadb = getattr(database, "mysql_is_mariadb", False)
    return "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"


def texts_of(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    """The model's own columns of text."""
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.CharField | models.TextField):
            yield field


class ForReaders(BuiltinLookup):
    """A lookup that minds no capitals, of a column that is compared exactly."""

    def process_lhs(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        lhs: Any = None,  # noqa: ANN401  # as Django's own
    ) -> tuple[str, Any]:
        """The column, compared as people do."""
        sql, params = super().process_lhs(compiler, connection, lhs)
        mysql = connection.vendor == "mysql"
        return (f"{sql} COLLATE {LIKE_A_READER}" if mysql else sql), params


class IsForReaders(ForReaders, IExact):
    """``iexact``."""


class ContainsForReaders(ForReaders, IContains):
    """``icontains``, by which the admin searches."""


class StartsForReaders(ForReaders, IStartsWith):
    """``istartswith``."""


class EndsForReaders(ForReaders, IEndsWith):
    """``iendswith``."""


class MatchesForReaders(ForReaders, IRegex):
    """``iregex``."""


LOOKUPS = (IsForReaders, ContainsForReaders, StartsForReaders, EndsForReaders, MatchesForReaders)


def let_readers_search(app_label: str) -> None:
    """Give the app's columns of text, and no others, lookups that mind no capitals."""
    for model in apps.get_app_config(app_label).get_models():
        for field in texts_of(model):
            for lookup in LOOKUPS:
                field.register_lookup(lookup)
