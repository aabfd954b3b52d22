"""The page by which a user connects her account with a messenger. Only a POST makes a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dsn_core.inbound.linking import door_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
    from django.http import HttpRequest


@never_cache
@require_POST
def link(request: HttpRequest, messenger: str, account: str) -> HttpResponse:
    """Make a link for whoever is logged in, and show it: it works once, and not for long."""
    user = reader_of(request)
    if user is None:
        # Not back to here after the login: that would be a GET, which makes no link.
        return redirect(settings.LOGIN_URL)
    door = door_of(messenger, account)
    if door is None:
        raise Http404
    shown = {"url": door.open_for(user), "messenger": door.label}
    answer = TemplateResponse(request, "dsn/link.html", shown)
    # The link is a secret for half an hour: no other site learns of the page that holds it.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def reader_of(request: HttpRequest) -> AbstractBaseUser | None:
    """Who is logged in, where anybody is."""
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None
