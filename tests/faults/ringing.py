"""Rings so many times, each after a commit: a program, and a host's web process in small."""

from __future__ import annotations

import sys

import django
from django.db import transaction


def ring(count: int) -> None:
    """So many times."""
    from dsn_core import doorbell
    from tests.faults.celery_app import app

    app.set_default()
    for _ in range(count):
        with transaction.atomic():
            doorbell.ring("default")


if __name__ == "__main__":
    django.setup()
    ring(int(sys.argv[1]))
