"""How users and other rows are chosen: by search where there is one, and by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
)
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from dsn_core.admin.objects import search_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms
    from django.contrib.admin import AdminSite
    from django.db.models import ForeignKey, ManyToManyField
    from django.http import HttpRequest


MANY = 25
"""More rows than that are searched for; as many are ticked."""


def searchable_users(site: AdminSite, request: HttpRequest, field: str) -> tuple[str, ...]:
    """``(field,)`` where this person may search users; a swapped user model need not allow it."""
    return (field,) if search_of(get_user_model(), site, request) else ()


def search_if_many(
    field: forms.ModelChoiceField[Any],
    db_field: ForeignKey[Any, Any] | ManyToManyField[Any, Any],
    site: AdminSite,
    request: HttpRequest,
) -> bool:
    """Let ``field`` be a search where there are many rows, which this person may search."""
    rows = field.queryset
    if rows is None or search_of(rows.model, site, request) is None:
        return False
    if not rows.order_by()[MANY : MANY + 1].exists():
        return False
    field.widget = _search(db_field, site)
    field.widget.choices = field.choices
    field.widget.is_required = field.required
    return True


class WithKeys(AutocompleteSelect):
    """A search that needs JavaScript, and a text for the keys where there is none."""

    template_name = "dsn/widgets/search.html"

    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With what the text needs."""
        context = super().get_context(name, value, attrs)
        context["widget"]["keys_name"] = f"{name}_keys"
        context["widget"]["keys_label"] = (
            _("Without JavaScript, add more by their keys, with commas between:")
            if self.allow_multiple_selected
            else _("Without JavaScript, name it by its key:")
        )
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:  # noqa: ANN401 - as Django's
        """What was chosen, and what was typed instead."""
        chosen = super().value_from_datadict(data, files, name)
        typed = [key.strip() for key in data.get(f"{name}_keys", "").split(",") if key.strip()]
        if self.allow_multiple_selected:
            return [*(chosen or ()), *typed]
        return typed[0] if typed else chosen

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:  # noqa: ANN401 - as Django's
        """Is neither there?"""
        return f"{name}_keys" not in data and super().value_omitted_from_data(data, files, name)


class RowsSearch(WithKeys, AutocompleteSelectMultiple):
    """Several rows."""


def with_keys(
    field: forms.Field | None,
    db_field: ForeignKey[Any, Any] | ManyToManyField[Any, Any],
    site: AdminSite,
) -> None:
    """Let ``field`` work without JavaScript too, where it is a search."""
    if field is None or not isinstance(field.widget, AutocompleteMixin):
        return
    made = _search(db_field, site)
    made.choices = field.widget.choices
    made.is_required = field.required
    field.widget = made


def _search(
    db_field: ForeignKey[Any, Any] | ManyToManyField[Any, Any], site: AdminSite
) -> WithKeys:
    return (RowsSearch if db_field.many_to_many else WithKeys)(db_field, site)
