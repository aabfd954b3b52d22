"""The chooser: what is installed as cards, and what is broken below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from dsn_core.admin.standing import Standing, standings
from dsn_core.admin.words import CHANNELS
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.labels import words
from dsn_core.records.holding import held_accounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from dsn_core.admin.typed import ModelAdmin
    from dsn_core.contract.messenger import Messenger
    from dsn_core.models import AccountState, Backend
    from dsn_core.plugins.offers import Offer

PARAMETER = "messenger"
"""What the address of the add page carries once a messenger is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One messenger, as a person chooses it."""

    key: str
    label: str
    description: str
    channel: str
    distribution: str
    version: str
    accounts: tuple[Standing, ...]
    href: str = ""


def card_of(offer: Offer, held: Mapping[tuple[str, str], AccountState], href: str = "") -> Card:
    """The card of one messenger."""
    messenger = cast("type[Messenger]", offer.item)
    return Card(
        key=offer.key,
        label=words(offer.label),
        description=words(messenger.description),
        channel=str(CHANNELS.get(messenger.channel, messenger.channel)),
        distribution=offer.distribution,
        version=offer.version,
        accounts=tuple(standings(messenger, held)),
        href=href,
    )


def chosen(request: HttpRequest) -> str | None:
    """The key in the address, if a messenger of this key is installed."""
    key = request.GET.get(PARAMETER, "")
    return key if key in catalog().offers["messenger"] else None


def cards(request: HttpRequest) -> list[Card]:
    """One card for each messenger, by label; each leads to the form of a new backend."""
    held = held_accounts()
    found = [
        card_of(offer, held, _href(request, key))
        for key, offer in catalog().offers["messenger"].items()
    ]
    return sorted(found, key=lambda card: card.label.casefold())


def _href(request: HttpRequest, key: str) -> str:
    # What else is in the address stays: it says that the page is a pop-up.
    query = request.GET.copy()
    query[PARAMETER] = key
    return f"?{query.urlencode()}"


def choose(page: ModelAdmin[Backend], request: HttpRequest) -> HttpResponse:
    """The page with the cards."""
    if not page.has_add_permission(request):
        raise PermissionDenied
    found = catalog()
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": _("Choose a messenger"),
        "media": page.media,
        "is_popup": "_popup" in request.GET,
        "cards": cards(request),
        "unknown": request.GET.get(PARAMETER, ""),
        "broken": [plugin for plugin in (*found.plugins, *found.apps) if plugin.faults],
        "disabled": [plugin for plugin in found.plugins if plugin.disabled],
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/dsn/backend/chooser.html", context)
