"""The suite's project with a short lease, so that a test need not wait for a minute."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

LEASE_SECONDS = 1.5
DSN = {"LEASE_SECONDS": LEASE_SECONDS, "ENGINE": "dsn_core.engines.worker.WorkerEngine"}
