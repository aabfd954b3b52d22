"""How one object is chosen: by search where its admin has one, else by its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AdminTextInputWidget, AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404

from dsn_core.models import Subscription

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.admin import AdminSite
    from django.db.models import Model
    from django.http import HttpRequest

    from dsn_core.admin.typed import ModelAdmin
    from dsn_core.models import Trigger
    from dsn_core.models.parts import Part

ANY_RELATION = Subscription._meta.get_field("trigger")
"""Django's search draws itself for a relation; for its scripts any will do."""


def search_of(model: type[Model], site: AdminSite, request: HttpRequest) -> ModelAdmin[Any] | None:
    """The admin by which this person may search objects of ``model``; None where she may not."""
    page = site.get_model_admin(model) if site.is_registered(model) else None
    if page is None or not page.get_search_fields(request):
        return None
    return page if page.has_view_permission(request) else None


def searchable_models(site: AdminSite, request: HttpRequest) -> list[str]:
    """The labels of all models that this person may search."""
    labels = [
        model._meta.label_lower for model in site._registry if search_of(model, site, request)
    ]
    return sorted(label for label in labels if not label.startswith("dsn."))


def seen_object(part: Part, site: AdminSite, request: HttpRequest) -> Model | None:
    """The object of a trigger's part, where there is one and this person may search for it."""
    model = part.model_class if part.pk else None
    page = search_of(model, site, request) if model else None
    return page.get_object(request, part.pk) if page else None


class ObjectInput(AdminTextInputWidget):
    """A key to type, which a script turns into a search where the chosen model has one."""

    def __init__(self, part: str, url: str, site: AdminSite, request: HttpRequest) -> None:
        self.site = site
        super().__init__(
            attrs={
                "class": "vTextField dsn-object",
                "data-url": url,
                "data-model": f"id_{part}_model",
                "data-searchable": " ".join(searchable_models(site, request)),
            }
        )

    @property
    def media(self) -> Media:
        """Django's own search, and the script."""
        search = AutocompleteSelect(ANY_RELATION, self.site)
        return search.media + Media(js=["admin/js/autocomplete.js", "dsn/trigger.js"])


class Anything:
    """What stands for a relation in Django's search: any object may be chosen."""

    @staticmethod
    def get_limit_choices_to() -> Mapping[str, object]:
        """No limit."""
        return {}


class ObjectsView(AutocompleteJsonView):
    """Django's search for a relation, for a model that the address names."""

    page: ModelAdmin[Trigger] | None = None
    """Given by ``as_view``: whoever may use it may search."""

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Any, str]:
        """What to search, as Django's."""
        page = self.page
        if page is None or not (
            page.has_change_permission(request) or page.has_add_permission(request)
        ):
            raise PermissionDenied
        try:
            model = apps.get_model(request.GET.get("model", ""))
        except (LookupError, ValueError):
            raise PermissionDenied from None
        found = search_of(model, page.admin_site, request)
        if found is None:
            raise Http404
        return request.GET.get("term", ""), found, Anything(), "pk"
