"""What capturing costs a save, beside bare Django with one empty receiver."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.signals import post_save

from bench.interleaving import Case, timed
from bench.promises import AtMostMore
from dsn_core.models import Trigger
from tests.host.models import Order, Unwatched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

COUNT = 50
ROUNDS = 200
FLOOR = "one empty receiver"
MICROSECOND = 1e-6


def empty(**_: object) -> None:
    """A receiver of a host's that does nothing."""


def save_all(objects: list[Model]) -> float:
    """Save each in one transaction, which then is rolled back; the seconds of the saves."""

    def save() -> None:
        for one in objects:
            one.save()

    with transaction.atomic():
        seconds = timed(save)
        transaction.set_rollback(True)
    return seconds


@contextmanager
def unwatched() -> Iterator[Case]:
    """A model that nothing watches, beside one with an empty receiver."""
    Trigger.objects.watch("post_save", Order)
    mine: list[Model] = [Unwatched.objects.create() for _ in range(COUNT)]

    def bare() -> float:
        post_save.connect(empty, sender=Unwatched)
        try:
            return save_all(mine)
        finally:
            post_save.disconnect(empty, sender=Unwatched)

    yield Case(
        floor_name=FLOOR,
        count=COUNT,
        rounds=ROUNDS,
        ours=partial(save_all, mine),
        floor=bare,
        promise=AtMostMore(MICROSECOND),
    )
