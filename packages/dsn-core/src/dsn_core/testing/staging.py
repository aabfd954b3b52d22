"""The stage: while an outbox is open, all that DSN would send is sent to it instead."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, cast
from unittest.mock import patch
from uuid import UUID

from django.db.models.signals import post_save

from dsn_core import conf
from dsn_core.capture.refreshing import refresh
from dsn_core.conf import WORKER, Config, config, read_config
from dsn_core.engines.draining import drain, tidy
from dsn_core.models import Backend, Delivery
from dsn_core.models.alias import alias, connection
from dsn_core.plugins import catalog as catalogs
from dsn_core.plugins.catalog import catalog
from dsn_core.quiet import quiet
from dsn_core.records.transitions import deliveries
from dsn_core.rendering.readers import readers
from dsn_core.testing.accounts import UsableAccounts
from dsn_core.testing.committing import commits_of_our_own
from dsn_core.testing.messages import SentMessage
from dsn_core.testing.recording import Tape, recorder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dsn_core.contract.messenger import Messenger
    from dsn_core.plugins.found import Found
    from dsn_core.plugins.offers import Offer
    from dsn_core.testing.recording import Taken


class Stage:
    """Every messenger is a recorder, every account can be used, and no engine moves by itself.

    Whoever opens it first puts that in place, whatever settings say meanwhile; whoever leaves it
    last takes it away. ``messages`` is all that was sent in between.
    """

    def __init__(self) -> None:
        self.tape = Tape()
        self.messages: list[SentMessage] = []
        self._open = self._strict = 0
        self._accounts: set[tuple[str, str]] = set()
        self._performing = False
        self._places = ExitStack()

    @contextmanager
    def opened(self, *, strict: bool = False) -> Iterator[None]:
        """On stage within it. ``strict``: what goes wrong in a trigger is raised."""
        self._enter(strict=strict)
        try:
            yield
        finally:
            self._leave(strict=strict)

    def _enter(self, *, strict: bool) -> None:
        if not self._open:
            now = catalogs.discover  # type: ignore[attr-defined]  # whatever stands there
            recording = self._recording(now)
            self._places.enter_context(patch.object(catalogs, "discover", recording))
            self._places.enter_context(patch.object(conf, "read_config", self._read))
            post_save.connect(self._learn_of, sender=Backend)
            self._places.callback(post_save.disconnect, self._learn_of, sender=Backend)
            catalog.cache_clear()
        self._open += 1
        self._strict += strict
        config.cache_clear()

    def _leave(self, *, strict: bool) -> None:
        self._open -= 1
        self._strict -= strict
        if not self._open:
            self._places.close()
            self.tape = Tape()
            self.messages, self._accounts = [], set()
            catalog.cache_clear()
        config.cache_clear()

    def _recording(self, discover: Callable[..., Iterable[Found]]) -> object:
        def discover_recorders(*, disabled: frozenset[str]) -> list[Found]:
            return [self._with_recorders(found) for found in discover(disabled=disabled)]

        return discover_recorders

    def _with_recorders(self, found: Found) -> Found:
        return replace(found, offers=[self._recorded(offer) for offer in found.offers])

    def _recorded(self, offer: Offer) -> Offer:
        if offer.kind != "messenger":
            return offer
        return replace(offer, item=recorder_of(cast("type[Messenger]", offer.item), self.tape))

    def _read(self, raw: object) -> Config:
        said = read_config(raw)
        return replace(
            said,
            engine=WORKER,
            messengers=UsableAccounts(said.messengers, self._accounts),
            capture_errors="raise" if self._strict else said.capture_errors,
        )

    def _learn_of(self, instance: Backend, **_: object) -> None:
        self._accounts.add((instance.messenger, instance.account))

    def look_around(self) -> None:
        """Know what other processes, or the end of a test, have changed meanwhile."""
        refresh()
        rows = Backend.objects.using(alias()).order_by()
        self._accounts.clear()
        self._accounts.update(rows.values_list("messenger", "account").distinct())

    def perform(self) -> None:
        """Do all that is due, and what comes of it, in this thread's own transaction.

        Does nothing within itself. Raises what the database raises.
        """
        if self._performing:
            return
        self._performing = True
        try:
            with quiet(connection()):
                self.look_around()
                while _play():
                    pass
                self.messages += _messages_of(self.tape.take())
        finally:
            self._performing = False


def _play() -> bool:
    """One round; False where nothing was to be done."""
    with commits_of_our_own():
        tidy()
        drained = drain()
    return bool(drained.planned or drained.delivered)


def _messages_of(taken: Iterable[Taken]) -> list[SentMessage]:
    """In the order in which the deliveries were made."""
    found = list(taken)
    keys = [UUID(one.envelope.key) for one in found]
    rows = deliveries().select_related("event", "backend").in_bulk(keys, field_name="key")
    users = readers(one.envelope.recipient for one in found)
    messages = [
        SentMessage(
            user=users.get(one.envelope.recipient),
            address=one.envelope.address,
            messenger=one.messenger,
            backend=one.envelope.metadata.get("backend", ""),
            account=one.account,
            language=one.envelope.language,
            verb=one.envelope.metadata.get("verb", ""),
            message=one.envelope.message,
            delivery=rows.get(UUID(one.envelope.key)) or _without_row(one),
        )
        for one in found
    ]
    return sorted(messages, key=lambda message: message.delivery.pk or 0)


def _without_row(taken: Taken) -> Delivery:
    """What is known of one that somebody has deleted since, or that was sent by hand."""
    envelope = taken.envelope
    return Delivery(
        key=UUID(envelope.key),
        messenger=taken.messenger,
        account=taken.account,
        user_pk=envelope.recipient,
        address=envelope.address,
    )


@cache
def stage() -> Stage:
    """The one of this process."""
    return Stage()
