"""Pages that only show: what DSN itself writes is changed by no form."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.contrib.admin import ShowFacets
from django.db.models import Model

from dsn_core.admin.typed import ModelAdmin, TabularInline

if TYPE_CHECKING:
    from django.http import HttpRequest

M = TypeVar("M", bound=Model)
P = TypeVar("P", bound=Model)


class ReadingAdmin(ModelAdmin[M]):
    """Nothing is added, changed or deleted here; lists count no rows that they do not show."""

    actions = None
    show_full_result_count = False
    show_facets = ShowFacets.NEVER

    class Media:
        css = {"all": ("dsn/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Never."""
        return False


class ReadingInline(TabularInline[M, P]):
    """Rows that are only shown."""

    extra = 0
    can_delete = False

    def has_add_permission(  # type: ignore[override]  # Django's own differ
        self, request: HttpRequest, obj: P | None
    ) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: P | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: P | None = None) -> bool:
        """Never."""
        return False
