"""What dsn-beacon brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core import Gate, MessageTemplate, Messenger, RecipientSource, Verb


@hookimpl
def dsn_messengers() -> Iterable[type[Messenger]]:
    from dsn_beacon.messenger import Beacon

    return [Beacon]


@hookimpl
def dsn_message_templates() -> Iterable[type[MessageTemplate]]:
    from dsn_beacon.templates import Alarm

    return [Alarm]


@hookimpl
def dsn_verbs() -> Iterable[Verb]:
    from dsn_beacon.alarms import ALARM

    yield ALARM


@hookimpl
def dsn_recipient_sources() -> Iterable[type[RecipientSource]]:
    from dsn_beacon.alarms import Watchkeepers

    return (Watchkeepers,)


@hookimpl
def dsn_gates() -> Iterable[type[Gate]]:
    from dsn_beacon.alarms import OnlyAlarms

    return [OnlyAlarms]
