"""What core itself provides, through the same hooks as everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.builtin.gates import ActiveUsers
from dsn_core.builtin.messengers import Console, Log
from dsn_core.builtin.sources import Actor, Staff, Superusers
from dsn_core.builtin.templates import Plain
from dsn_core.builtin.verbs import core_verbs
from dsn_core.contract.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core.contract.gate import Gate
    from dsn_core.contract.messenger import Messenger
    from dsn_core.contract.occurrence import RecipientSource
    from dsn_core.contract.template import MessageTemplate
    from dsn_core.contract.verb import Verb


@hookimpl
def dsn_messengers() -> Iterable[type[Messenger]]:
    return [Console, Log]


@hookimpl
def dsn_message_templates() -> Iterable[type[MessageTemplate]]:
    return [Plain]


@hookimpl
def dsn_verbs() -> Iterable[Verb]:
    return core_verbs()


@hookimpl
def dsn_recipient_sources() -> Iterable[type[RecipientSource]]:
    return [Actor, Staff, Superusers]


@hookimpl
def dsn_gates() -> Iterable[type[Gate]]:
    return [ActiveUsers]
