"""Fields that clean what is written, on every path: ``save``, ``bulk_create`` and ``update``.

This is the only place where a text is marked safe, and it is done for what comes from the column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.safestring import SafeString, mark_safe

from dsn_inbox.sanitising import clean_actions, clean_html

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    TextField = models.TextField[Any, Any]
    JSONField = models.JSONField[Any, Any]
else:
    TextField, JSONField = models.TextField, models.JSONField


class SafeHTMLField(TextField):
    """HTML: cleaned when it is written, marked safe when it is read back."""

    def get_db_prep_save(self, value: object, connection: BaseDatabaseWrapper) -> object:
        """The cleaned text. What SQL itself computes cannot be cleaned: do not write that here."""
        cleaned = clean_html(value) if isinstance(value, str) else value
        return super().get_db_prep_save(cleaned, connection)

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> SafeString | None:
        """A text that templates do not escape."""
        return None if value is None else mark_safe(value)


class ActionsField(JSONField):
    """A list of ``{"label": …, "url": …}``; what leads nowhere safely is not written."""

    def get_db_prep_save(self, value: object, connection: BaseDatabaseWrapper) -> object:
        """The cleaned list as JSON."""
        cleaned = clean_actions(value) if isinstance(value, (list, tuple)) else value
        return super().get_db_prep_save(cleaned, connection)
