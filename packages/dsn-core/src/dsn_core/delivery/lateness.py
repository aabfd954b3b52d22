"""Slots that were not used in time: what is sent late counts from when it is sent.

A worker that was held up, by a busy machine or a locked database, would else send what it has
claimed while the next slots are used already, and faster than the service allows.
"""

from __future__ import annotations

import time
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from dsn_core.delivery.slots import reserve_anew
from dsn_core.plugins.rates import limits
from dsn_core.records.contending import contend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_core.delivery.routes import Parcel
    from dsn_core.delivery.slots import Account

LATE = 0.1
"""Seconds after the claim. What is less is within the slack of a pace."""


def count_from_now(parcels: Sequence[Parcel], *, since: float) -> None:
    """Reserve the slots of paced ``parcels`` anew, if they were claimed ``LATE`` seconds ago.

    ``since`` is on ``time.monotonic()``. No query where they are in time, or none is paced.
    """
    if time.monotonic() - since < LATE:
        return
    known = limits()
    used: defaultdict[Account, list[str]] = defaultdict(list)
    for parcel in parcels:
        if parcel.route.account_key in known:
            used[parcel.route.account_key].append(parcel.envelope.address)
    if used:
        contend(partial(reserve_anew, used, known))
