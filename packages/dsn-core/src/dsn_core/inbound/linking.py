"""Links: whoever brings back the token is the user whom it was made for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_core.inbound.accounts import UNUSABLE, source_of
from dsn_core.inbound.reading import text
from dsn_core.models import Link
from dsn_core.models.alias import alias
from dsn_core.models.link import TOKEN_BYTES
from dsn_core.plugins.labels import words
from dsn_core.records.addresses import link
from dsn_core.records.clock import from_now

if TYPE_CHECKING:
    from django.db.models import Model

    from dsn_core.inbound.accounts import Source
    from dsn_core.models import InboundReport

logger = logging.getLogger("dsn_core.inbound")

A_TOKEN = "x" * (TOKEN_BYTES * 4 // 3)
"""As long as a real one, to ask whether there are links at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A messenger's account with which people can link themselves."""

    source: Source

    @property
    def label(self) -> str:
        """What the messenger is called, in the reader's language."""
        return words(self.source.messenger.label, self.source.key)

    def open_for(self, user: Model) -> str:
        """A new URL for this user; it works once, and not for long."""
        links = Link.objects.db_manager(alias())
        token = links.issue(user, self.source.key, self.source.account)
        return self.source.messenger.link_url(token)


def door_of(key: str, account: str) -> Door | None:
    """The door of this account; None where it is not installed, not usable or has none."""
    try:
        source = source_of(key, account)
        is_open = source is not None and bool(source.messenger.link_url(A_TOKEN))
    except UNUSABLE:
        return None
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
        logger.warning("Asking %s:%s for a link raised %s", key, account, type(error).__name__)
        return None
    return Door(source=source) if source is not None and is_open else None


def apply_linked(report: InboundReport) -> str:
    """Connect the address with the user, once, and in time; returns what was done."""
    links = Link.objects.using(alias()).filter(
        token_hash=text(report, "token"), messenger=report.messenger, account=report.account
    )
    if not links.filter(used_at=None, expires_at__gt=from_now()).update(used_at=from_now()):
        return "changed nothing: " + ("the link was used or has expired" if links else "no link")
    found = links.select_related("user").get()
    link(found.user, report.messenger, report.account, report.subject)
    return "linked"
