"""An envelope as the row that it becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext

from dsn_inbox.grouping import group_key
from dsn_inbox.models import LONGEST_SUBJECT, LONGEST_THREAD, LONGEST_VERB, InboxMessage
from dsn_inbox.paths import here
from dsn_inbox.sanitising import clean_actions, storable

if TYPE_CHECKING:
    from datetime import datetime

    from dsn_core import Envelope
    from dsn_inbox.options import Options

MOST_DAYS = 36_500
"""A hundred years: what is to be kept for longer has an end that no database can write."""


def row_of(envelope: Envelope, options: Options, user: object) -> InboxMessage:
    """The row that the envelope becomes. Raises ``ValueError`` where its key is no UUID."""
    message, verb = envelope.message, envelope.metadata.get("verb", "")
    now = timezone.now()
    return InboxMessage(
        user_id=cast("str", user),
        key=UUID(envelope.key),
        subject=_cut(message.subject, LONGEST_SUBJECT),
        text=storable(message.text),
        html=message.html,
        actions=_actions(envelope, options),
        level=options.level,
        verb=_cut(verb, LONGEST_VERB),
        thread=_cut(envelope.thread, LONGEST_THREAD),
        group_key=storable(group_key(envelope, options.group)),
        created_at=now,
        expires_at=_end(envelope, options, now),
    )


def _actions(envelope: Envelope, options: Options) -> list[dict[str, str]]:
    """What the message names, or else the Backend's own link."""
    named = [{"label": one.label, "url": here(one.url)} for one in envelope.message.actions]
    url = "" if named else _link(envelope, options.link)
    if not url:
        return clean_actions(named)
    with translation.override(envelope.language or translation.get_language()):
        label = options.link_label or gettext("Open")
    return clean_actions([{"label": label, "url": here(url)}])


def _link(envelope: Envelope, pattern: str) -> str:
    """The Backend's link for this message; empty where it needs an object and there is none."""
    key = quote(storable(envelope.thread.partition(":")[2]), safe="")
    return pattern.replace("{pk}", key) if key or "{pk}" not in pattern else ""


def _end(envelope: Envelope, options: Options, now: datetime) -> datetime | None:
    ends = []
    if options.keep_days > 0:
        ends.append(now + timedelta(days=min(options.keep_days, MOST_DAYS)))
    if options.hide_expired and envelope.expires_at is not None:
        ends.append(_as_here(envelope.expires_at))
    return min(ends, default=None)


def _as_here(at: datetime) -> datetime:
    """``at`` as this site writes times: aware, or naive with ``USE_TZ = False``."""
    if timezone.is_aware(at) == settings.USE_TZ:
        return at
    return timezone.make_aware(at) if settings.USE_TZ else timezone.make_naive(at)


def _cut(text: str, longest: int) -> str:
    text = storable(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
