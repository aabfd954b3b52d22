"""The catalog: everything that is installed, by key, and who brought it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from django.core.signals import setting_changed

from dsn_core.conf import config
from dsn_core.contract.verb import Verb
from dsn_core.exceptions import InvalidSetting, NotInstalled, UnknownVerb
from dsn_core.plugins.discovery import discover
from dsn_core.plugins.found import CORE, Found
from dsn_core.plugins.offers import HOOK_KINDS, Fault, Kind, Offer
from dsn_core.plugins.signals import discover_apps

if TYPE_CHECKING:
    from dsn_core.contract.gate import Gate
    from dsn_core.contract.messenger import Messenger
    from dsn_core.contract.occurrence import RecipientSource
    from dsn_core.contract.template import MessageTemplate

Offers = Mapping[str, Offer]
Rival = tuple[Found, Offer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What is installed; a test may build its own.

    ``plugins`` and ``apps`` are all that were asked, with what is wrong with each; ``offers`` is
    what came of it, by kind and key.
    """

    plugins: tuple[Found, ...]
    apps: tuple[Found, ...] = ()
    offers: Mapping[Kind, Offers]

    def messenger(self, key: str) -> type[Messenger]:
        """Raises ``NotInstalled`` where no plugin brings it."""
        return cast("type[Messenger]", self._item("messenger", key))

    def message_template(self, key: str) -> type[MessageTemplate]:
        """Raises ``NotInstalled`` where no plugin brings it."""
        return cast("type[MessageTemplate]", self._item("message_template", key))

    def recipient_source(self, key: str) -> type[RecipientSource]:
        """Raises ``NotInstalled`` where no plugin brings it."""
        return cast("type[RecipientSource]", self._item("recipient_source", key))

    def verb(self, key: str) -> Verb:
        """Raises ``UnknownVerb`` where no app or plugin provides it."""
        if key not in self.offers["verb"]:
            raise UnknownVerb(
                f"There is no verb {key!r}. A custom signal is a verb when it stands in an "
                f"installed app's signals.py; known are {', '.join(sorted(self.offers['verb']))}."
            )
        return cast("Verb", self._item("verb", key))

    def verbs(self) -> Iterable[Verb]:
        """Every verb."""
        return tuple(cast("Verb", offer.item) for offer in self.offers["verb"].values())

    def gates(self) -> Iterable[type[Gate]]:
        """Every gate, core's first."""
        return tuple(cast("type[Gate]", offer.item) for offer in self.offers["gate"].values())

    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong, plugin by plugin, then app by app."""
        return tuple(fault for found in (*self.plugins, *self.apps) for fault in found.faults)

    def _item(self, kind: Kind, key: str) -> object:
        try:
            return self.offers[kind][key].item
        except KeyError:
            word = kind.replace("_", " ")
            raise NotInstalled(f"No installed plugin brings the {word} {key!r}.") from None


def make_catalog(plugins: Iterable[Found], apps: Iterable[Found] = ()) -> Catalog:
    """Sort what the plugins, and the apps' ``signals``, offer by key.

    Of two offers with one key core's stays; two strangers are both refused, and both named.
    """
    plugins, apps = tuple(plugins), tuple(apps)
    offers: dict[Kind, dict[str, Offer]] = {kind: {} for kind in HOOK_KINDS.values()}
    for (kind, key), rivals in _by_key(plugins, apps).items():
        winner = _settle(rivals)
        if winner is not None:
            offers[kind][key] = winner
    return Catalog(plugins=plugins, apps=apps, offers=offers)


def _by_key(
    plugins: tuple[Found, ...], apps: tuple[Found, ...]
) -> Mapping[tuple[Kind, str], list[Rival]]:
    rivals: dict[tuple[Kind, str], list[Rival]] = {}
    for finder in plugins:
        for offer in finder.offers:
            rivals.setdefault((offer.kind, offer.key), []).append((finder, offer))
    for finder in apps:
        for offer in finder.offers:
            declared = rivals.setdefault((offer.kind, offer.key), [])
            # A plugin that declares an app's own signal says more of it: no rival.
            if not any(_signal(other) is _signal(offer) for _finder, other in declared):
                declared.append((finder, offer))
    return rivals


def _signal(offer: Offer) -> object:
    return offer.item.signal if isinstance(offer.item, Verb) else None


def _settle(rivals: list[Rival]) -> Offer | None:
    offers = [offer for _finder, offer in rivals]
    if all(offer.item is offers[0].item for offer in offers):
        return offers[0]
    winner = next((offer for offer in offers if offer.distribution == CORE), None)
    names = " and ".join(sorted(offer.distribution for offer in offers))
    kept = f"{CORE}'s stays" if winner else "none of them is used"
    word = offers[0].kind.replace("_", " ")
    for finder, offer in rivals:
        if offer is not winner:
            finder.blame(
                f"The {word} {offer.key!r} is brought by {names}: {kept}.",
                "Uninstall one, or name it in DSN['DISABLED_PLUGINS'].",
            )
    return winner


@cache
def catalog() -> Catalog:
    """What is installed, found at the first call. Needs the app registry to be ready."""
    return make_catalog(discover(disabled=config().disabled_plugins), discover_apps())


def choices_of(kind: Kind) -> list[tuple[str, str]]:
    """What of this kind a form offers, by key; nothing where ``settings.DSN`` cannot be used.

    Django's check of a field's choices asks before DSN's own, which says what is wrong: dsn.E001.
    """
    try:
        offers = catalog().offers[kind]
    except InvalidSetting:
        return []
    return [(key, offers[key].title) for key in sorted(offers)]


def _forget(**_: object) -> None:
    catalog.cache_clear()


setting_changed.connect(_forget, dispatch_uid="dsn.catalog")
