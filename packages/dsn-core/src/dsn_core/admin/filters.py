"""Filters beside the lists that speak in words, where the columns hold keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.words import name_of
from dsn_core.models import Address, Backend
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.scrubbing import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise


class WordsFilter(admin.SimpleListFilter):
    """Offers the same values always; never asks the rows, of which there are many."""

    words: ClassVar[Mapping[str, _StrPromise]] = {}

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, _StrPromise | str]]:
        """All that there are."""
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the chosen one, also of one that is not offered any more."""
        chosen = storable(self.value() or "")
        return queryset.filter(**{str(self.parameter_name): chosen}) if chosen else queryset


class MessengerFilter(WordsFilter):
    """Offers what is installed or set up."""

    title = _("messenger")
    parameter_name = "messenger"
    used_by: ClassVar[type[Model]] = Backend

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, _StrPromise | str]]:
        """Every messenger, also one that is gone but still used."""
        offers = catalog().offers["messenger"]
        rows = self.used_by._default_manager.order_by()
        used = rows.values_list("messenger", flat=True).distinct()
        return [(key, name_of(key, offers)) for key in sorted({*offers, *used})]


class MessengerOfAddressFilter(MessengerFilter):
    """Also those that have addresses and no Backend."""

    used_by = Address
