"""Links to other pages of the admin, for those who may see them; else only the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.utils import quote
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.admin import AdminSite
    from django.db.models import Model
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Links for whoever asks."""

    request: HttpRequest
    site: AdminSite

    def may_see(self, model: type[Model]) -> bool:
        """Has the model pages here, and may she see them?"""
        try:
            page = self.site.get_model_admin(model)
        except NotRegistered:
            return False
        return page.has_view_permission(self.request)

    def to(self, row: Model | None, words: object = "") -> SafeString:
        """To a row of ours; “-” where it is gone."""
        if row is None:
            return format_html("-")
        return self.to_key(type(row), row.pk, words or row)

    def to_key(self, model: type[Model], pk: object, words: object) -> SafeString:
        """To a row that may be gone by now."""
        shown = bdi(words)
        if not self.may_see(model):
            return shown
        return self._anchor(f"{_place(model)}_change", shown, args=(quote(str(pk)),))

    def to_label(self, label: str, pk: object, words: object) -> SafeString:
        """To a row of a host's model, which may be gone too."""
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            return bdi(words)
        return self.to_key(model, pk, words)

    def to_list(
        self, model: type[Model], words: object, query: Mapping[str, str | int]
    ) -> SafeString:
        """To some rows of a list."""
        shown = bdi(words)
        if not self.may_see(model):
            return shown
        return self._anchor(f"{_place(model)}_changelist", shown, query=query)

    def to_page(
        self, name: str, words: object, query: Mapping[str, str | int] | None = None
    ) -> SafeString:
        """To a page of DSN's own."""
        return self._anchor(name, bdi(words), query=query or {})

    def _anchor(
        self,
        name: str,
        shown: SafeString,
        *,
        args: tuple[object, ...] = (),
        query: Mapping[str, str | int] | None = None,
    ) -> SafeString:
        try:
            url = reverse(f"{self.site.name}:{name}", args=args)
        except NoReverseMatch:
            return shown
        return format_html(
            '<a href="{}{}">{}</a>', url, f"?{urlencode(query)}" if query else "", shown
        )


def _place(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def bdi(words: object) -> SafeString:
    """A name of whatever writing, which turns nothing else around."""
    return format_html("<bdi>{}</bdi>", words)
