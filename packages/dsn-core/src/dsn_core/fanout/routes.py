"""What is planned for one event: its subscriptions as they are now, and where each leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_core.conf import config
from dsn_core.contract.messenger import Audience
from dsn_core.exceptions import DSNError
from dsn_core.fanout.causes import missing
from dsn_core.models.alias import alias
from dsn_core.models.subscription import Subscription
from dsn_core.models.trigger import Trigger
from dsn_core.plugins.accounts import account
from dsn_core.plugins.values import build

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dsn_core.contract.fields import Fields
    from dsn_core.contract.messenger import Messenger
    from dsn_core.fanout.causes import Causes
    from dsn_core.models.backend import Backend
    from dsn_core.models.event import Event
    from dsn_core.plugins.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One backend, and the places of the subscriptions that lead to it, in order.

    ``messenger`` is None where its account cannot be used: then addresses stay as they are
    written. ``field`` is the attribute path on a user that holds her address.
    """

    backend: Backend
    subscriptions: tuple[int, ...]
    public: bool
    messenger: Messenger | None
    field: str

    def normalize(self, raw: str) -> str:
        """The address as its messenger writes it. Raises ``InvalidAddress``, or anything."""
        return raw.strip() if self.messenger is None else self.messenger.normalize_address(raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The enabled subscriptions of an event, in order, and the routes they lead to.

    ``messengers`` are the keys of all their backends, also of those that cannot be planned for;
    ``notes`` says what was left out on purpose.
    """

    subscriptions: tuple[Subscription, ...]
    routes: tuple[Route, ...]
    messengers: frozenset[str]
    notes: tuple[str, ...]

    def for_recipients(self) -> frozenset[int]:
        """The places of the subscriptions whose recipients have to be read."""
        return frozenset(
            n for route in self.routes if not route.public for n in route.subscriptions
        )


def routing_of(
    event: Event, catalog: Catalog, causes: Causes, *, even_if_off: bool = False
) -> Routing:
    """Read them. A messenger that is not installed is a cause; what is switched off, a note.

    ``even_if_off``: a trigger that is switched off counts all the same.
    """
    using = alias()
    rows = Subscription.objects.using(using).filter(trigger__in=event.trigger_ids, enabled=True)
    counted = rows if even_if_off else rows.filter(trigger__enabled=True)
    subscriptions = tuple(counted.select_related("trigger").order_by("trigger_id", "pk"))
    notes = [] if subscriptions else [_why_nobody(event, using)]
    routes: list[Route] = []
    leading = _leading(subscriptions, using)
    for backend, places in leading:
        if not backend.enabled:
            notes.append(f"backend {backend.name!r} is switched off")
        elif backend.messenger not in catalog.offers["messenger"]:
            causes.note(missing("messenger", backend.messenger))
        else:
            routes.append(_route(backend, tuple(places), catalog))
    return Routing(
        subscriptions=subscriptions,
        routes=tuple(routes),
        messengers=frozenset(backend.messenger for backend, _places in leading),
        notes=tuple(notes),
    )


def _why_nobody(event: Event, using: str) -> str:
    triggers = Trigger.objects.using(using).filter(pk__in=event.trigger_ids, enabled=True)
    return "no subscription is switched on" if triggers.exists() else "its triggers are off or gone"


def _leading(
    subscriptions: tuple[Subscription, ...], using: str
) -> Iterable[tuple[Backend, list[int]]]:
    """Each backend with the places of the subscriptions that lead to it."""
    places = {subscription.pk: place for place, subscription in enumerate(subscriptions)}
    through = Subscription.backends.through._base_manager.using(using)
    rows = through.filter(subscription__in=places).select_related("backend").order_by("backend_id")
    found: dict[int, tuple[Backend, list[int]]] = {}
    for row in rows:
        backend = row.backend
        found.setdefault(backend.pk, (backend, []))[1].append(places[row.subscription_id])
    for _backend, numbers in found.values():
        numbers.sort()
    return found.values()


def _route(backend: Backend, places: tuple[int, ...], catalog: Catalog) -> Route:
    cls = catalog.messenger(backend.messenger)
    return Route(
        backend=backend,
        subscriptions=places,
        public=cls.audience is Audience.PUBLIC,
        messenger=_messenger(cls, backend),
        field=address_path(cls),
    )


def address_path(messenger: type[Messenger]) -> str:
    """The attribute path on a user that holds her address; empty where there is none."""
    return config().addresses.get(messenger.key) or messenger.user_field or ""


def _messenger(cls: type[Messenger], backend: Backend) -> Messenger | None:
    """An instance that can normalise addresses, or None where its account cannot be used."""
    try:
        values = account(cls, backend.account)
    except DSNError:
        return None
    return cls(account=values, options=_options(cls, backend.options), account_name=backend.account)


def _options(cls: type[Messenger], stored: Mapping[str, object]) -> Fields:
    try:
        return build(cls.options_type, cls.upgrade_options(stored), path="", ignore=True)
    except (Exception, SystemExit):  # noqa: BLE001  # a plugin's code
        # Delivery says what is wrong with them; addresses do not wait for that.
        return cls.options_type()
