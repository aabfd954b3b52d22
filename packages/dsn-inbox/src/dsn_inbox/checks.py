"""Django system checks: what ``manage.py check`` says about the inbox. The ids are stable:

============== ==========================================================================
dsn_inbox.W001 its URLs are in no URLconf: there is no page and no API
dsn_inbox.W002 ``dsn_core`` is not in INSTALLED_APPS: nothing is ever put into it
dsn_inbox.W003 no template engine knows the request: the tags show nothing
============== ==========================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.core.checks import Warning as CheckWarning
from django.core.checks import register
from django.template import engines as django_engines
from django.template.backends.django import DjangoTemplates
from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.checks import CheckMessage

REQUEST_PROCESSOR = "django.template.context_processors.request"


def register_checks() -> None:
    """Make ``manage.py check`` run the one below."""
    register(check_inbox)


def check_inbox(*, app_configs: object = None, **_: object) -> list[CheckMessage]:
    """All that can be told without the database."""
    return [*_look_at_urls(), *_look_at_core(), *_look_at_templates()]


def _look_at_urls() -> Iterator[CheckMessage]:
    if not getattr(settings, "ROOT_URLCONF", ""):
        return
    try:
        reverse("dsn_inbox:list")
    except NoReverseMatch:
        yield CheckWarning(
            "The inbox has no address on this site.",
            hint='Add path("inbox/", include("dsn_inbox.urls")) to the urlpatterns.',
            id="dsn_inbox.W001",
        )


def _look_at_core() -> Iterator[CheckMessage]:
    if not apps.is_installed("dsn_core"):
        yield CheckWarning(
            "The inbox stays empty without DSN itself.",
            hint='INSTALLED_APPS += ["dsn_core"]',
            id="dsn_inbox.W002",
        )


def _look_at_templates() -> Iterator[CheckMessage]:
    engines = [one for one in django_engines.all() if isinstance(one, DjangoTemplates)]
    processors = [name for one in engines for name in one.engine.context_processors]
    if engines and REQUEST_PROCESSOR not in processors:
        yield CheckWarning(
            "The inbox's template tags do not know whose request it is, and show nothing.",
            hint=f"Add {REQUEST_PROCESSOR!r} to the context processors of TEMPLATES.",
            id="dsn_inbox.W003",
        )
