"""The suite's project with the Celery engine, and a short lease."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

DSN = {"LEASE_SECONDS": 1.5, "ENGINE": "dsn_core.engines.celery.CeleryEngine"}
