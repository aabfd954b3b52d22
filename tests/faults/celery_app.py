"""A host's Celery app: what ``celery -A tests.faults.celery_app`` runs."""

from __future__ import annotations

import os

from celery import Celery

from dsn_core.engines.schedule import beat_schedule

app = Celery("tests", broker=os.environ["CELERY_TEST_BROKER"])
app.conf.update(
    task_default_queue=os.environ["CELERY_TEST_QUEUE"],
    beat_schedule=beat_schedule(float(os.environ["CELERY_TEST_BEAT"])),
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)
