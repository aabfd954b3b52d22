"""Django, set up barely where the tests have no project of their own."""

from __future__ import annotations

import django
from django.apps import apps
from django.conf import settings


def need_django() -> None:
    """Have Django ready to render and to speak of models."""
    if not settings.configured:
        apps_of_django = [f"django.contrib.{name}" for name in ("auth", "contenttypes")]
        settings.configure(INSTALLED_APPS=[*apps_of_django, "dsn_core"], USE_TZ=True)
    if not apps.ready:
        django.setup()
