"""Is the Django app installed, and its table made? Everything else works without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router

from dsn_core import Problem, Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = "dsn_inbox"
NOT_INSTALLED = Problem(
    message="The inbox needs its Django app, which is not in INSTALLED_APPS",
    hint='INSTALLED_APPS += ["dsn_inbox"]; then run "manage.py migrate dsn_inbox" and add '
    'path("inbox/", include("dsn_inbox.urls")) to the urlpatterns.',
)
NOT_MIGRATED = Problem(
    message="The inbox has no table yet", hint='Run "manage.py migrate dsn_inbox".'
)


def check() -> Iterator[Problem]:
    """What the settings alone tell."""
    if not apps.is_installed(APP):
        yield NOT_INSTALLED


def ensure_installed() -> None:
    """Raise ``ImproperlyConfigured``, in the words of the check, where the app is not installed."""
    if not apps.is_installed(APP):
        raise ImproperlyConfigured(f"{NOT_INSTALLED.message}. {NOT_INSTALLED.hint}")


def probe() -> Iterator[Problem]:
    """The same, and what the database says."""
    yield from check()
    if apps.is_installed(APP) and not has_table():
        yield NOT_MIGRATED


def refusal() -> Refused | None:
    """Why nothing can be stored in this process; None where it can."""
    return None if apps.is_installed(APP) else held(NOT_INSTALLED, "app_not_installed")


def held(problem: Problem, code: str) -> Refused:
    """The answer that holds the account until somebody has done what ``problem`` says."""
    return Refused(refusal=Refusal.ACCOUNT, code=code, reason=f"{problem.message}. {problem.hint}")


def has_table() -> bool:
    """Has ``migrate`` been run for the app? Asks the database."""
    model = apps.get_model(APP, "InboxMessage")
    connection = connections[router.db_for_write(model)]
    return model._meta.db_table in connection.introspection.table_names()
