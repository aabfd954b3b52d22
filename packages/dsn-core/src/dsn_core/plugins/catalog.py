"""The catalog: everything that is installed, by key, and who brought it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

from django.core.signals import setting_changed

from dsn_core.conf import config
from dsn_core.exceptions import NotInstalled, UnknownVerb
from dsn_core.plugins.discovery import CORE, Found, discover
from dsn_core.plugins.offers import Fault, Kind, Offer
from dsn_core.plugins.signals import app_verbs

if TYPE_CHECKING:
    from dsn_core.contract.gate import Gate
    from dsn_core.contract.messenger import Messenger
    from dsn_core.contract.occurrence import RecipientSource
    from dsn_core.contract.template import MessageTemplate
    from dsn_core.contract.verb import Verb

Offers = Mapping[str, Offer]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What is installed. Immutable; a test may build its own."""

    plugins: tuple[Found, ...]
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
        """All that is wrong, plugin by plugin."""
        return tuple(fault for plugin in self.plugins for fault in plugin.faults)

    def _item(self, kind: Kind, key: str) -> object:
        try:
            return self.offers[kind][key].item
        except KeyError:
            word = kind.replace("_", " ")
            raise NotInstalled(f"No installed plugin brings the {word} {key!r}.") from None


def make_catalog(plugins: Iterable[Found], verbs: Iterable[Verb] = ()) -> Catalog:
    """Sort what the plugins offer by key.

    Of two offers with one key core's stays; two strangers are both refused, and both named.
    """
    found = tuple(plugins)
    offers: dict[Kind, dict[str, Offer]] = {
        "messenger": {},
        "message_template": {},
        "verb": {verb.key: _app_offer(verb) for verb in verbs},
        "recipient_source": {},
        "gate": {},
    }
    for (kind, key), rivals in _by_key(found).items():
        winner = _settle(found, rivals)
        if winner is not None:
            offers[kind][key] = winner
    return Catalog(plugins=found, offers=offers)


def _app_offer(verb: Verb) -> Offer:
    app = verb.key.partition(".")[0]
    return Offer(
        kind="verb", key=verb.key, label=verb.label, item=verb, distribution=app, version=""
    )


def _by_key(plugins: Iterable[Found]) -> Mapping[tuple[Kind, str], list[Offer]]:
    rivals: dict[tuple[Kind, str], list[Offer]] = {}
    for plugin in plugins:
        for offer in plugin.offers:
            rivals.setdefault((offer.kind, offer.key), []).append(offer)
    return rivals


def _settle(plugins: tuple[Found, ...], rivals: list[Offer]) -> Offer | None:
    if len(rivals) == 1:
        return rivals[0]
    winner = next((offer for offer in rivals if offer.distribution == CORE), None)
    names = " and ".join(sorted(offer.distribution for offer in rivals))
    kept = "dsn-core's stays" if winner else "none of them is used"
    for offer in rivals:
        if offer is not winner:
            _blame(plugins, offer, f"The {offer.kind} {offer.key!r} is brought by {names}: {kept}.")
    return winner


def _blame(plugins: tuple[Found, ...], offer: Offer, message: str) -> None:
    for plugin in plugins:
        if plugin.distribution == offer.distribution:
            plugin.blame(message, "Uninstall one, or name it in DSN['DISABLED_PLUGINS'].")
            return


@cache
def catalog() -> Catalog:
    """What is installed, found at the first call. Needs the app registry to be ready."""
    return make_catalog(discover(disabled=config().disabled_plugins), app_verbs())


def _forget(**_: object) -> None:
    catalog.cache_clear()


setting_changed.connect(_forget, dispatch_uid="dsn.catalog")
