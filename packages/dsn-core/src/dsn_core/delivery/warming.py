"""Opens what paced accounts send with before their slots are taken, so that these are used in time.

A service's SDK may take a second to load. What was claimed before would be sent after it all at
once, and faster than the service allows.
"""

from __future__ import annotations

import logging
import threading
import time

from django.db import connections

from dsn_core.models import Backend
from dsn_core.models.alias import alias
from dsn_core.pausing import capture_paused
from dsn_core.plugins.accounts import account
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.rates import limits

logger = logging.getLogger("dsn_core.delivery")

PATIENCE = 5.0
"""Seconds that all of them may take together."""


def warm_up() -> None:
    """Enter and leave the messenger of each enabled backend whose account is paced.

    One query where an account is paced. A messenger that takes longer than ``PATIENCE`` seconds
    goes on by itself; what it raises is said where a message is sent through it.
    """
    known = limits()
    if not known:
        return
    enabled = Backend.objects.using(alias()).filter(enabled=True)
    backends = {(one.messenger, one.account): one for one in enabled}
    threads = [
        threading.Thread(target=_enter, args=(backends[key],), name="dsn-warming", daemon=True)
        for key in backends.keys() & known.keys()
    ]
    for thread in threads:
        thread.start()
    over = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, over - time.monotonic()))


def _enter(backend: Backend) -> None:
    try:
        messenger = catalog().messenger(backend.messenger)
        values = account(messenger, backend.account)
        options = backend.build_options()
        with (
            capture_paused(),
            messenger(account=values, options=options, account_name=backend.account),
        ):
            pass
    except BaseException as error:  # noqa: BLE001  # a plugin's code
        # Its class only: what it says may hold a secret.
        logger.info("%s cannot be opened yet: %s.", backend.messenger, type(error).__name__)
    finally:
        connections.close_all()
