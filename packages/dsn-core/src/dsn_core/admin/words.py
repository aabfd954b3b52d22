"""Texts of plugins, and of what is stored, as the pages show them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.plugins.labels import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

    from dsn_core.plugins.offers import Offer

CHANNELS: Mapping[str, _StrPromise] = {
    "email": _("E-mail"),
    "sms": _("SMS"),
    "chat": _("Chat"),
    "push": _("Push"),
    "social": _("Social network"),
    "inbox": _("Inbox"),
    "console": _("Console or log"),
}


def name_of(key: str, offers: Mapping[str, Offer]) -> str:
    """What the plugin calls the thing of this key, or that nothing brings it."""
    if key in offers:
        return words(offers[key].label, key)
    return gettext("%(key)s (not installed)") % {"key": key}


def as_json(value: object) -> SafeString:
    """``value`` as JSON, to be read."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str)
    return format_html('<pre class="dsn-json" dir="ltr">{}</pre>', text)


def badge(text: object, kind: str) -> SafeString:
    """A short word whose colour the style sheet chooses by ``kind``."""
    return format_html('<span class="dsn-badge dsn-badge-{}">{}</span>', kind, text)


def moment(at: dt.datetime, form: str = "SHORT_DATETIME_FORMAT") -> str:
    """A moment to the minute, in the reader's words and time zone."""
    return date_format(localtime(at) if is_aware(at) else at, form)
