"""Renders the words of a message for who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from django.db import InterfaceError, OperationalError
from django.db.models import Model
from django.utils import timezone, translation

from dsn_core.contract.message import Message
from dsn_core.delivery.fitting import TooLong
from dsn_core.delivery.readers import timezone_of
from dsn_core.delivery.sealed import seal
from dsn_core.delivery.words import PARTS
from dsn_core.exceptions import TemplateRefused
from dsn_core.models.audience import OWN_NAMES
from dsn_core.pausing import capture_paused
from dsn_core.plugins.found import error_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core.contract.occurrence import Occurrence
    from dsn_core.delivery.words import Phrasebook, Words

T = TypeVar("T")

LONGEST = 500


class Scene:
    """One event as templates see it: live for ``get_context``, sealed for the words."""

    def __init__(self, occurrence: Occurrence) -> None:
        names = {name: getattr(occurrence, name) for name in OWN_NAMES if name != "user"}
        self._live: Mapping[str, object] = {**occurrence.values, **names}
        self._sealed = {name: seal(value) for name, value in self._live.items()}
        self.thread = _thread(occurrence.action_object)
        """The same for all messages about one object."""

    def live(self, user: object) -> dict[str, object]:
        """What ``get_context`` is given."""
        return {**self._live, "user": user}

    def sealed(self, user: object) -> dict[str, object]:
        """What the words are given, whatever ``get_context`` does."""
        return {**self._sealed, "user": seal(user)}


def _thread(action_object: object) -> str:
    if not isinstance(action_object, Model):
        return ""
    return f"{action_object._meta.label_lower}:{action_object.pk}"


def render(book: Phrasebook, key: str, scene: Scene, *, user: object, language: str) -> Message:
    """The message of template ``key`` about ``scene``, for ``user``, in ``language``.

    Raises ``NotInstalled``, or ``TemplateRefused`` whatever went wrong in it.
    """
    with capture_paused(), _as_read_by(user, language):
        words = book.words(key, language)
        context = _context(book, key, scene, user, locked=words.locked)
        parts = {part: _rendered(words, key, part, context) for part in PARTS}
    return Message(
        subject=" ".join(parts["subject"].split()),
        text=parts["text"].strip(),
        html=parts["html"].strip(),
    )


@contextmanager
def _as_read_by(user: object, language: str) -> Iterator[None]:
    with translation.override(language), timezone.override(timezone_of(user)):
        yield


def _context(
    book: Phrasebook, key: str, scene: Scene, user: object, *, locked: bool
) -> dict[str, object]:
    """What ``get_context`` adds, below what DSN says: DSN's names win, and are sealed."""
    given = scene.live(user)
    template, sealed = book.template(key), scene.sealed(user)
    if template is None:
        return sealed
    made = guarded(f"get_context of {key!r}", lambda: template().get_context(dict(given)))
    if not isinstance(made, Mapping):
        raise TemplateRefused(f"get_context of {key!r} gave a {type(made).__name__}, not a dict.")
    added = {name: value for name, value in made.items() if _is_added(name, value, given)}
    if locked:
        added = {str(name): seal(value) for name, value in added.items()}
    return {**sealed, **added}


def _is_added(name: object, value: object, given: Mapping[str, object]) -> bool:
    return name not in OWN_NAMES and not (name in given and given[str(name)] is value)


def _rendered(words: Words, key: str, part: str, context: Mapping[str, object]) -> str:
    return guarded(f"The {part} of {key!r}", lambda: words.render(part, context))


def guarded(what: str, do: Callable[[], T]) -> T:
    """The result of a plugin's or template's code. Raises ``TemplateRefused`` for its mistakes.

    A database that is not there is none: it passes.
    """
    try:
        return do()
    except (OperationalError, InterfaceError, TooLong):
        raise
    except TemplateRefused as error:
        raise TemplateRefused(f"{what} cannot be had: {error}") from error
    except (Exception, SystemExit) as error:
        raise TemplateRefused(f"{what} cannot be had: {error_words(error)}"[:LONGEST]) from error
