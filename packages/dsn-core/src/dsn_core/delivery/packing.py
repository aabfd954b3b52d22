"""Claimed rows become parcels, or changes where they cannot be sent."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, get_script_prefix, reverse

from dsn_core.conf import config, public_url
from dsn_core.contract.message import Envelope
from dsn_core.delivery.judging import Circumstances, cancelled, failed, held
from dsn_core.delivery.routes import Parcel, Route
from dsn_core.delivery.settling import later
from dsn_core.exceptions import InvalidSetting, InvalidValues, NotInstalled, TemplateRefused
from dsn_core.models import Backend
from dsn_core.models.alias import alias
from dsn_core.models.payload import occurrence_of
from dsn_core.plugins.accounts import account
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import error_words
from dsn_core.plugins.scrubbing import Scrubber, storable
from dsn_core.records.holding import hold_account
from dsn_core.records.retrying import delay
from dsn_core.rendering.composing import Scene, guarded, render
from dsn_core.rendering.fitting import TooLong, fit
from dsn_core.rendering.readers import language_of, readers
from dsn_core.rendering.words import Phrasebook
from dsn_core.states import HeldBy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model

    from dsn_core.contract.messenger import Messenger
    from dsn_core.delivery.claiming import Claim
    from dsn_core.models import Delivery, Event
    from dsn_core.records.transitions import Change

logger = logging.getLogger("dsn_core.delivery")

WEBHOOK = "dsn:webhook"
"""The name of the route by which a service reports, where the project's URLs have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A way that can be gone; ``sample`` is this thread's own instance, to measure with."""

    route: Route
    sample: Messenger


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A way that cannot be gone now."""

    cause: HeldBy
    reason: str


def pack(claim: Claim) -> tuple[list[Parcel], list[Change]]:
    """What of ``claim`` can be sent, and what becomes of the rest."""
    packer = Packer(claim)
    parcels: list[Parcel] = []
    changes: list[Change] = []
    for row in claim.deliveries:
        packed = packer.pack(row)
        if isinstance(packed, Parcel):
            parcels.append(packed)
        else:
            changes.append(packed)
    return parcels, changes


class Packer:
    """One batch: what its rows share is read, and made, once."""

    def __init__(self, claim: Claim) -> None:
        rows = claim.deliveries
        self._clock = claim.clock
        self._circumstances = Circumstances(rows, claim.clock.now())
        self._backends: Mapping[int, Backend] = Backend.objects.using(alias()).in_bulk(
            {row.backend_id for row in rows if row.backend_id is not None}
        )
        keys = {backend.message_template for backend in self._backends.values()}
        self._book = Phrasebook(keys)
        self._readers: Mapping[str, Model] = readers(row.user_pk for row in rows)
        self._scenes: dict[int, Scene] = {}
        self._ways: dict[int, Open | Blocked] = {}

    def pack(self, row: Delivery) -> Parcel | Change:
        """One row, ready to be sent; or what becomes of it.

        Whatever goes wrong with it is its own affair: it is tried again later, the others go out.
        """
        try:
            return self._packed(row)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a host's or plugin's code
            code = type(error).__name__
            logger.warning("Delivery %s could not be made ready: %s", row.key, code)
            words = code, storable(error_words(error))
            return later(row, words, self._clock.after(delay(row.attempts)))

    def _packed(self, row: Delivery) -> Parcel | Change:
        backend = None if row.backend_id is None else self._backends.get(row.backend_id)
        if backend is None:
            return cancelled(row, "backend_gone", "Its backend has been deleted.")
        verdict = self._circumstances.verdict(row, backend)
        if verdict is not None:
            return verdict
        way = self._way(backend)
        if isinstance(way, Blocked):
            return held(row, way.cause, way.reason)
        if not self._book.has(backend.message_template):
            words = f"There is no message template {backend.message_template!r}."
            return held(row, HeldBy.TEMPLATE, words)
        return self._filled(row, backend, way)

    def _filled(self, row: Delivery, backend: Backend, way: Open) -> Parcel | Change:
        try:
            envelope = self._envelope(row, backend, way.sample)
        except NotInstalled as error:
            return held(row, HeldBy.TEMPLATE, str(error))
        except TooLong as error:
            return failed(row, "too_long", str(error))
        except TemplateRefused as error:
            return failed(row, "template", way.route.scrubber.text(error))
        return Parcel(delivery=row, backend=backend, envelope=envelope, route=way.route)

    def _way(self, backend: Backend) -> Open | Blocked:
        if backend.pk not in self._ways:
            self._ways[backend.pk] = self._find_way(backend)
        return self._ways[backend.pk]

    def _find_way(self, backend: Backend) -> Open | Blocked:
        messenger = catalog().messenger(backend.messenger)
        try:
            values = account(messenger, backend.account)
        except (InvalidValues, InvalidSetting) as error:
            hold_account(backend.messenger, backend.account, str(error))
            return Blocked(cause=HeldBy.ACCOUNT, reason=str(error))
        try:
            route = Route(
                messenger=messenger,
                account_name=backend.account,
                account=values,
                options=backend.build_options(),
                scrubber=Scrubber(values),
            )
            return self._like(route) or Open(route=route, sample=route.make())
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
            words = Scrubber(values).text(f"{type(error).__name__}: {error}")
            return Blocked(cause=HeldBy.OPTIONS, reason=words)

    def _like(self, route: Route) -> Open | None:
        """The same way, where another backend goes it already: they share a connection."""
        ways = (way for way in self._ways.values() if isinstance(way, Open))
        return next((way for way in ways if way.route.leads_like(route)), None)

    def _envelope(self, row: Delivery, backend: Backend, messenger: Messenger) -> Envelope:
        event = self._circumstances.events[row.event_id]
        user = self._readers.get(row.user_pk)
        language = language_of(user)
        scene = self._scene(event)
        whole = render(self._book, backend.message_template, scene, user=user, language=language)
        message = guarded("Its length", lambda: fit(whole, messenger))
        return Envelope(
            key=str(row.key),
            address=row.address,
            message=message,
            recipient=row.user_pk,
            language=language,
            attempt=row.attempts,
            doubted=row.doubted,
            expires_at=row.expires_at,
            thread=scene.thread,
            callback_url=callback_url(backend),
            metadata={"verb": event.verb, "backend": backend.name},
        )

    def _scene(self, event: Event) -> Scene:
        if event.pk not in self._scenes:
            self._scenes[event.pk] = guarded("The event", lambda: Scene(occurrence_of(event)))
        return self._scenes[event.pk]


def callback_url(backend: Backend) -> str:
    """Where the service may report to; empty where nothing of ours listens."""
    if not config().base_url:
        return ""
    try:
        path = reverse(WEBHOOK, kwargs={"messenger": backend.messenger, "account": backend.account})
    except NoReverseMatch:
        return ""
    return public_url(path, get_script_prefix())
