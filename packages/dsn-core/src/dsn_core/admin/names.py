"""The names that a condition may use: what its verb provides, and its model's own fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.utils.translation import gettext as _

from dsn_core.models.payload import is_kept
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model
    from django.http import HttpRequest

    from dsn_core.admin.typed import ModelAdmin
    from dsn_core.contract.verb import Verb
    from dsn_core.models import Trigger

Named = tuple[str, str]
"""A name, and what it is in words."""


def names_for(verb: str, model: str) -> list[Named]:
    """Of a verb's key and a model's label; those that a value of the verb hides are left out."""
    known = catalog().verb(verb) if verb in catalog().offers["verb"] else None
    provided = dict(_provided(known)) if known else {}
    fields = {name: words for name, words in _fields(_model(model)) if name not in provided}
    return [*fields.items(), *provided.items()]


def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _fields(model: type[Model] | None, prefix: str = "") -> Iterator[Named]:
    if model is None:
        return
    words = _("%(field)s of the %(model)s")
    for field in model._meta.concrete_fields:
        if is_kept(field):
            said = {"field": field.verbose_name, "model": model._meta.verbose_name}
            yield f"{prefix}{field.name}", words % said


def _provided(verb: Verb) -> Iterator[Named]:
    for name, kind in verb.provides.items():
        if isinstance(kind, str):
            yield from _fields(_model(kind), prefix=f"{name}.")
        else:
            yield name, _("what the signal says (%(type)s)") % {"type": kind.__name__}


def names_page(request: HttpRequest, page: ModelAdmin[Trigger]) -> JsonResponse:
    """The names as JSON, for the page's suggestions."""
    if not page.has_view_or_change_permission(request) and not page.has_add_permission(request):
        raise PermissionDenied
    named = names_for(request.GET.get("verb", ""), request.GET.get("model", ""))
    return JsonResponse({"names": named})
