"""Queues deliveries for the messenger that dies: a program, for a database of another process."""

from __future__ import annotations

import sys

import django


def queue(count: int) -> None:
    """So many, of one event."""
    from dsn_core.models import Backend, Delivery, Event
    from dsn_core.states import EventState

    backend = Backend.objects.create(name="Dying", messenger="dying")
    event = Event.objects.create(verb="post_save", state=EventState.DONE)
    Delivery.objects.bulk_create(
        Delivery(
            event=event,
            backend=backend,
            messenger="dying",
            account="default",
            address=f"a{number}",
            recipient_key=f"bare:{number}",
        )
        for number in range(count)
    )


if __name__ == "__main__":
    django.setup()
    queue(int(sys.argv[1]))
