"""The hooks: what a plugin may provide.

A plugin is a distribution with one entry point in the group ``dsn``, which names a module of
functions marked ``@hookimpl``. Each hook is called once, when the catalog of what is installed is
made, and gives at most 1,000 things. A hook that raises or gives something else is reported by
``manage.py check`` and ``manage.py dsn_plugins``; it stops neither the site nor another plugin.

Example, a whole ``plugin.py``::

    from dsn_core import hookimpl
    from dsn_pager.messenger import Pager

    @hookimpl
    def dsn_messengers():
        return [Pager]
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from dsn_core.contract.gate import Gate
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.occurrence import RecipientSource
from dsn_core.contract.template import MessageTemplate
from dsn_core.contract.verb import Verb

PROJECT = "dsn"
"""The name of the entry-point group, and of the pluggy project."""

hookspec = pluggy.HookspecMarker(PROJECT)
"""Marks the functions below as hooks; a plugin does not need it."""

hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as its answer to the hook of that name. Takes and needs no options.

A function without it, one whose name is no hook, and one with arguments that the hook does not
have are reported and not called.

Example::

    @hookimpl
    def dsn_messengers() -> Iterable[type[Messenger]]:
        return [Pager]
"""


@hookspec
def dsn_messengers() -> Iterable[type[Messenger]]:  # type: ignore[empty-body]
    """Messenger classes, each a card in the admin's chooser. Keys: ``[a-z][a-z0-9_]*``."""


@hookspec
def dsn_message_templates() -> Iterable[type[MessageTemplate]]:  # type: ignore[empty-body]
    """Message template classes, offered where a Backend is set up. Keys are dotted."""


@hookspec
def dsn_verbs() -> Iterable[Verb]:  # type: ignore[empty-body]
    """Verbs that a Trigger may wait for, besides the signals of each app's ``signals.py``."""


@hookspec
def dsn_recipient_sources() -> Iterable[type[RecipientSource]]:  # type: ignore[empty-body]
    """Recipient source classes, offered where a Subscription is set up. Keys are dotted."""


@hookspec
def dsn_gates() -> Iterable[type[Gate]]:  # type: ignore[empty-body]
    """Gate classes. All that are installed are asked about every message. Keys are dotted."""
