"""What Celery's beat is to be told. Needs neither Celery nor a Django that is set up."""

from __future__ import annotations

TASK = "dsn_core.work"
SECONDS = 10.0


def beat_schedule(seconds: float = SECONDS) -> dict[str, dict[str, object]]:
    """The entry by which what no ring was heard for is found, every so many ``seconds``.

    ``app.conf.beat_schedule |= beat_schedule()``, or in settings
    ``CELERY_BEAT_SCHEDULE = {**beat_schedule(), …}``. Retries wait for it, and so does what was
    lost or held: it is needed, not only for lost rings.
    """
    return {TASK: {"task": TASK, "schedule": seconds, "options": {"expires": seconds}}}
