"""The databases that a case is run on: which of them answer, and an empty one of its own."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHOICES = ("sqlite", "postgres", "mysql")
DEFAULTS = ("sqlite", "postgres")


def answers(database: str) -> bool:
    """Can a case be run on it?"""
    if database != "postgres":
        return True
    import psycopg

    from tests.settings import POSTGRES

    address = {name: str(POSTGRES[name.upper()]) for name in ("host", "port", "user", "password")}
    try:
        psycopg.connect(**address, dbname="postgres", connect_timeout=3).close()  # type: ignore[arg-type]  # texts
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def own_database(database: str) -> Iterator[str]:
    """Set Django up on an empty ``database``, dropped in the end; its name and version.

    Processes that a case starts inherit the environment, and so find the same one.
    """
    os.environ["DSN_TEST_DATABASE"] = database
    os.environ["DSN_TEST_RUN"] = f"bench_{os.getpid()}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        yield f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"
    finally:
        teardown_databases(old, verbosity=0)
