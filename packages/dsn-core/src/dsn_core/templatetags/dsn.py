"""Template tags: ``{% load dsn %}``."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from django import template
from django.db.models import Exists, OuterRef
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from dsn_core.inbound.linking import door_of
from dsn_core.inbound.pages import reader_of
from dsn_core.models import Address
from dsn_core.models.alias import alias

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest
    from django.template import Context
    from django.utils.safestring import SafeString

register = template.Library()
logger = logging.getLogger("dsn_core.inbound")


@register.simple_tag(takes_context=True)
def dsn_link(context: Context, messenger: str, account: str = "default") -> SafeString | str:
    """A button by which whoever is logged in connects her account: ``{% dsn_link "telegram" %}``.

    Nothing for the anonymous, nor where the messenger is not installed or cannot link: a page must
    not break for want of a plugin. Nor where ``dsn_core.urls`` is not included, which is logged.
    The template is ``dsn/link_button.html``. Needs ``request`` in the context.
    """
    request: HttpRequest | None = context.get("request")
    user = None if request is None else reader_of(request)
    if request is None or user is None:
        return ""
    door = door_of(messenger, account)
    action = None if door is None else _action(messenger, account)
    if door is None or action is None:
        return ""
    shown = {
        "action": action,
        "csrf_token": get_token(request),
        "messenger": door.label,
        "addresses": _addresses(user, messenger, account),
    }
    return render_to_string("dsn/link_button.html", shown)


def _action(messenger: str, account: str) -> str | None:
    try:
        return reverse("dsn:link", kwargs={"messenger": messenger, "account": account})
    except NoReverseMatch:
        _warn_of_missing_urls()
        return None


@cache
def _warn_of_missing_urls() -> None:
    """Once a process: a URLconf that lacks them lacks them for every page."""
    logger.warning(
        "{% dsn_link %} draws nothing: dsn_core.urls is not included in the project's URLs. Add "
        'path("dsn/", include("dsn_core.urls")) to the urlpatterns.'
    )


def _addresses(user: Model, messenger: str, account: str) -> list[Address]:
    """Where she is reached by this account: not where she wants no more of it."""
    rows = Address.objects.using(alias()).filter(messenger=messenger, account__in=("", account))
    off = rows.filter(active=False, value=OuterRef("value"))
    return list(rows.filter(~Exists(off), user=user.pk))
