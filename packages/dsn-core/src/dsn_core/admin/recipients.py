"""How users are chosen: by search where their admin has one, else by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest


def searchable_users(site: AdminSite, request: HttpRequest, field: str) -> tuple[str, ...]:
    """``(field,)`` where this person may search users; a swapped user model need not allow it."""
    model = get_user_model()
    page = site.get_model_admin(model) if site.is_registered(model) else None
    if page is None or not page.get_search_fields(request):
        return ()
    return (field,) if page.has_view_permission(request) else ()
