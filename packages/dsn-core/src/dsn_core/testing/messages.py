"""A message as an outbox holds it, and what a test may ask of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, cast

from django.contrib.auth import get_user_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Model

    from dsn_core.contract.message import Action, Message
    from dsn_core.models import Delivery

Addressee = object
"""A user; an address as a text; or None: everybody, as of a post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """One message that would have been sent.

    ``user`` is None for a bare address, and for a post, whose ``address`` is empty too.
    ``messenger`` is a key, ``backend`` and ``account`` are names. ``message`` holds the words just
    as the messenger was given them: cut, and without what it cannot carry. ``delivery`` is the row
    as it was then; of what somebody sent by hand there is none, and it is not saved.

    Example: ``[mail] = dsn_outbox.of(messenger="email"); mail.subject``
    """

    user: Model | None
    address: str
    messenger: str
    backend: str
    account: str
    language: str
    verb: str
    message: Message
    delivery: Delivery

    @property
    def subject(self) -> str:
        """One line; empty where the messenger has no place for it."""
        return self.message.subject

    @property
    def text(self) -> str:
        """The plain text."""
        return self.message.text

    @property
    def html(self) -> str:
        """The HTML; empty where the messenger takes none."""
        return self.message.html

    @property
    def actions(self) -> tuple[Action, ...]:
        """The buttons; empty where the messenger has none: then they stand in the text."""
        return self.message.actions


class Wanted(TypedDict, total=False):
    """What a message is to be like; what is not given may be anything.

    * ``to``: a user, an address as the messenger writes it, or None for a post, which is for
      everybody. A text is an address, never a user's name.
    * ``messenger``: its key. ``backend``: its name.
    * ``verb``: what happened (``"post_save"``).
    * ``language``, ``subject``: exactly so.
    * ``contains``: stands in the text, in the HTML, or on a button.
    """

    to: Addressee
    messenger: str
    backend: str
    verb: str
    language: str
    subject: str
    contains: str


def asked(to: Addressee, wanted: Wanted) -> Wanted:
    """``wanted``, with ``to`` where one is given by its place. Raises ``TypeError`` for two."""
    if to is ...:
        return wanted
    if "to" in wanted:
        raise TypeError("to is given twice: by its place, and by its name.")
    return {"to": to, **wanted}


def is_for(to: Addressee, *, user_pk: str, address: str) -> bool:
    """Is something with this user's key and this address for ``to``? Raises ``TypeError``."""
    if to is None:
        return not user_pk and not address
    if isinstance(to, str):
        return bool(to) and address == to
    if not isinstance(to, get_user_model()):
        raise TypeError(f"to is a {type(to).__name__}; give a user, an address, or None.")
    return user_pk == str(to.pk)


def _is_to(message: SentMessage, to: object) -> bool:
    return is_for(to, user_pk=message.delivery.user_pk, address=message.address)


def _contains(message: SentMessage, words: object) -> bool:
    buttons = (text for action in message.actions for text in (action.label, action.url))
    return any(str(words) in text for text in (message.text, message.html, *buttons))


def _has(name: str) -> Callable[[SentMessage, object], bool]:
    def has(message: SentMessage, value: object) -> bool:
        return bool(getattr(message, name) == value)

    return has


CHECKS: Mapping[str, Callable[[SentMessage, object], bool]] = {
    "to": _is_to,
    **{name: _has(name) for name in ("messenger", "backend", "verb", "language", "subject")},
    "contains": _contains,
}


def differences(message: SentMessage, wanted: Wanted) -> list[str]:
    """By name, in what ``message`` is not as ``wanted``. Raises ``TypeError`` for other names."""
    values = cast("Mapping[str, object]", wanted)
    unknown = sorted(values.keys() - CHECKS.keys())
    if unknown:
        raise TypeError(f"{', '.join(unknown)} cannot be asked for; known are {', '.join(CHECKS)}.")
    return [name for name, value in values.items() if not CHECKS[name](message, value)]
