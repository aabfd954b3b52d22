"""The page of what is installed, in the admin: for those who may see backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dsn_core.admin.anchors import Anchors
from dsn_core.admin.installed import all_backends, installed
from dsn_core.admin.missing import missing

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from dsn_core.admin.typed import ModelAdmin
    from dsn_core.models import Backend


@require_safe
def plugins_page(request: HttpRequest, page: ModelAdmin[Backend]) -> HttpResponse:
    """The page."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    backends = all_backends()
    found = installed(backends)
    anchors = Anchors(request=request, site=page.admin_site)
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": _("Plugins"),
        "media": page.media,
        "installed": found,
        "missing": missing(backends, anchors) if found.knows_settings else (),
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/dsn/plugins.html", context)
