"""What a person may choose from, as it is installed now."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.apps import apps
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from dsn_core.admin.words import name_of
from dsn_core.conditions import OPERATORS as KNOWN_OPERATORS
from dsn_core.models import StoredTemplate
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import CORE
from dsn_core.plugins.labels import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django import forms
    from django.apps import AppConfig
    from django.utils.functional import _StrPromise

    from dsn_core.plugins.offers import Kind, Offer

Choice = tuple[str, str]
Grouped = list[tuple[str, "str | list[Choice]"]]

NOTHING: Choice = ("", "---------")
NOT_INSTALLED = gettext_lazy("%(key)s (not installed)")
DOES_NOT_FIT = gettext_lazy("%(key)s (does not fit its triggers)")
NOT_IN_SETTINGS = gettext_lazy("%(key)s (not in settings)")


def keep_choice(
    field: forms.ChoiceField, values: Iterable[str], note: str | _StrPromise = NOT_INSTALLED
) -> None:
    """Let ``field`` also show and keep stored ``values`` that are no longer offered."""
    given = cast("Grouped", list(cast("Iterable[object]", field.choices)))
    offered = {value for value, _label in flat(given)}
    gone = [value for value in values if value and value not in offered]
    field.choices = [*given, *((value, str(note) % {"key": value}) for value in gone)]


def flat(choices: Grouped) -> Iterator[Choice]:
    """The choices without their groups."""
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield str(value), label


def only(choices: Grouped, is_offered: Callable[[str], bool]) -> Grouped:
    """Those that are offered, in their groups; a group of which none is left goes too."""
    kept: Grouped = []
    for name, found in choices:
        if isinstance(found, str):
            kept += [(name, found)] if is_offered(name) else []
        elif left := [choice for choice in found if is_offered(choice[0])]:
            kept.append((name, left))
    return kept


def verbs() -> Grouped:
    """Every verb, core's own first, then by the app or plugin that brings it."""
    groups: dict[str, list[Choice]] = {}
    for key, offer in sorted(catalog().offers["verb"].items()):
        groups.setdefault(offer.distribution, []).append((key, _with_key(offer)))
    order = sorted(groups, key=lambda name: (name != CORE, name))
    return [NOTHING, *((_home(name), groups[name]) for name in order)]


def _home(distribution: str) -> str:
    if distribution == CORE:
        return gettext("Django's own signals")
    if apps.is_installed(distribution) or distribution in apps.app_configs:
        return str(apps.get_app_config(distribution).verbose_name)
    return distribution


def _with_key(offer: Offer) -> str:
    label = words(offer.label)
    return f"{label} ({offer.key})" if label else offer.key


def models() -> Grouped:
    """Every model that may be watched, by app. DSN's own never are."""
    found = [
        (str(app.verbose_name), named)
        for app in apps.get_app_configs()
        if app.label != "dsn" and (named := _models_of(app))
    ]
    return [("", gettext("anything")), *sorted(found)]


def _models_of(app: AppConfig) -> list[Choice]:
    return sorted(
        (
            (model._meta.label_lower, f"{capfirst(model._meta.verbose_name)} ({model._meta.label})")
            for model in app.get_models()
        ),
        key=lambda choice: choice[1],
    )


def sources() -> list[Choice]:
    """Every recipient source."""
    return _offered("recipient_source")


def messengers() -> list[Choice]:
    """Every messenger."""
    return [NOTHING, *_offered("messenger")]


def _offered(kind: Kind) -> list[Choice]:
    offers = catalog().offers[kind]
    return [(key, name_of(key, offers)) for key in sorted(offers)]


def message_templates() -> Grouped:
    """Every message template, installed or stored."""
    offers = catalog().offers["message_template"]
    installed = [(key, _with_key(offers[key])) for key in sorted(offers)]
    keys = StoredTemplate.objects.order_by("key").values_list("key", flat=True).distinct()
    stored = [(key, key) for key in keys if key not in offers]
    groups = [(gettext("Installed"), installed), (gettext("Written here"), stored)]
    return [(name, found) for name, found in groups if found]


def languages() -> list[Choice]:
    """Every language of the site."""
    named = [(code, f"{gettext(name)} ({code})") for code, name in settings.LANGUAGES]
    return [("", gettext("all others")), *named]


OPERATORS: Mapping[str, _StrPromise] = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "lt": gettext_lazy("is less than"),
    "lte": gettext_lazy("is at most"),
    "gt": gettext_lazy("is more than"),
    "gte": gettext_lazy("is at least"),
    "contains": gettext_lazy("contains"),
    "in": gettext_lazy("is one of"),
    "is_empty": gettext_lazy("is empty"),
    "changed": gettext_lazy("changed"),
    "changed_to": gettext_lazy("changed to"),
    "changed_from": gettext_lazy("changed from"),
}


def operators() -> list[Choice]:
    """Every operator, in words."""
    return [NOTHING, *((name, str(OPERATORS.get(name, name))) for name in KNOWN_OPERATORS)]
