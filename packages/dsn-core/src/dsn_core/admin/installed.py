"""What is installed, what is wrong with it, who uses it, and what is missing. Tells no secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from dsn_core.admin.chooser import Card, card_of
from dsn_core.conf import config
from dsn_core.exceptions import InvalidSetting
from dsn_core.models import Backend
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import Catalog, catalog, make_catalog
from dsn_core.plugins.discovery import discover
from dsn_core.plugins.health import missing_messengers
from dsn_core.plugins.signals import discover_apps
from dsn_core.records.holding import held_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.utils.functional import _StrPromise

    from dsn_core.models import AccountState
    from dsn_core.plugins.found import Found
    from dsn_core.plugins.offers import Fault, Kind, Offer

MOST_BACKENDS = 20
KINDS: Mapping[Kind, _StrPromise] = {
    "message_template": _("Message templates"),
    "verb": _("Verbs"),
    "recipient_source": _("Recipient sources"),
    "gate": _("Gates"),
}
"""What a plugin may bring besides messengers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One messenger, and the first backends that use it, of how many."""

    card: Card
    backends: tuple[Backend, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One distribution, or one app with signals: what it brings, and what is wrong with it."""

    name: str
    version: str
    module: str
    disabled: bool
    messengers: tuple[Used, ...]
    others: tuple[tuple[_StrPromise, tuple[Offer, ...]], ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """All of it. ``wrong`` is what is wrong with the settings; whether they can be read at all,
    ``knows_settings``.
    """

    plugins: tuple[Plugin, ...]
    apps: tuple[Plugin, ...]
    wrong: tuple[str, ...]
    knows_settings: bool


def installed(backends: Sequence[Backend]) -> Installed:
    """All that is installed. Also where ``settings.DSN`` is no good: then without accounts."""
    try:
        config()
    except InvalidSetting as error:
        found = make_catalog(discover(), discover_apps())
        return _installed(found, (), wrong=(str(error),), with_accounts=False)
    return _installed(catalog(), backends, wrong=tuple(_without_plugin()), with_accounts=True)


def _without_plugin() -> Iterator[str]:
    for key in missing_messengers(catalog().offers["messenger"]):
        yield str(_('DSN["MESSENGERS"]["%(key)s"] is for a messenger that is not installed.')) % {
            "key": key
        }


def _installed(
    found: Catalog, backends: Sequence[Backend], *, wrong: tuple[str, ...], with_accounts: bool
) -> Installed:
    by_messenger: dict[str, list[Backend]] = {}
    for backend in backends:
        by_messenger.setdefault(backend.messenger, []).append(backend)
    held = held_accounts() if with_accounts else None
    return Installed(
        plugins=tuple(_plugin(found, one, by_messenger, held) for one in found.plugins),
        apps=tuple(_plugin(found, one, by_messenger, held) for one in found.apps if _matters(one)),
        wrong=wrong,
        knows_settings=with_accounts,
    )


def _matters(app: Found) -> bool:
    return bool(app.offers or app.faults)


def _plugin(
    found: Catalog,
    plugin: Found,
    backends: Mapping[str, list[Backend]],
    held: Mapping[tuple[str, str], AccountState] | None,
) -> Plugin:
    used = [offer for offer in plugin.offers if found.offers[offer.kind].get(offer.key) is offer]
    messengers = [offer for offer in used if offer.kind == "messenger"] if held is not None else []
    others = {title: tuple(o for o in used if o.kind == kind) for kind, title in KINDS.items()}
    return Plugin(
        name=plugin.distribution,
        version=plugin.version,
        module=plugin.module,
        disabled=plugin.disabled,
        messengers=tuple(_used(offer, backends, held or {}) for offer in messengers),
        others=tuple((title, offers) for title, offers in others.items() if offers),
        faults=tuple(plugin.faults),
    )


def _used(
    offer: Offer,
    backends: Mapping[str, list[Backend]],
    held: Mapping[tuple[str, str], AccountState],
) -> Used:
    mine = backends.get(offer.key, [])
    return Used(card=card_of(offer, held), backends=tuple(mine[:MOST_BACKENDS]), count=len(mine))


def all_backends() -> list[Backend]:
    """Every backend, in one query."""
    rows = Backend.objects.using(alias()).order_by("name")
    return list(rows.only("name", "messenger", "message_template", "enabled"))
