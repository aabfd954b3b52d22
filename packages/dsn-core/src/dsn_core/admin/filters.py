"""Filters beside the lists that speak in words, where the columns hold keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.words import name_of
from dsn_core.models import Address, Backend
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


class MessengerFilter(admin.SimpleListFilter):
    """Offers what is installed or set up; never asks the deliveries, of which there are many."""

    title = _("messenger")
    parameter_name = "messenger"
    used_by: ClassVar[type[Model]] = Backend

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        """Every messenger, also one that is gone but still used."""
        offers = catalog().offers["messenger"]
        rows = self.used_by._default_manager.order_by()
        used = rows.values_list("messenger", flat=True).distinct()
        return [(key, name_of(key, offers)) for key in sorted({*offers, *used})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the chosen one."""
        return queryset.filter(messenger=self.value()) if self.value() else queryset


class MessengerOfAddressFilter(MessengerFilter):
    """Also those that have addresses and no Backend."""

    used_by = Address
