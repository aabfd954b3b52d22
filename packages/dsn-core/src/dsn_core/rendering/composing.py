"""Renders the words of a message for who reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from django.db import InterfaceError, OperationalError
from django.db.models import Model
from django.utils import timezone, translation

from dsn_core.contract.message import Action, Message
from dsn_core.exceptions import TemplateRefused
from dsn_core.models.audience import OWN_NAMES
from dsn_core.pausing import capture_paused
from dsn_core.plugins.found import error_words
from dsn_core.rendering.destinations import absolute, destination
from dsn_core.rendering.fitting import Unfit
from dsn_core.rendering.notes import Note, Rule, unheard
from dsn_core.rendering.readers import timezone_of
from dsn_core.rendering.sealed import seal
from dsn_core.rendering.words import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core.contract.occurrence import Occurrence
    from dsn_core.rendering.notes import Listener
    from dsn_core.rendering.words import ActionWords, Book, Phrase

T = TypeVar("T")
Contexts = Mapping[bool, Mapping[str, object]]
"""What the words are given: in a locked engine (True), and in the project's own."""

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


def render(
    book: Book,
    key: str,
    scene: Scene,
    *,
    user: object,
    language: str,
    note: Listener = unheard,
) -> Message:
    """The message of template ``key`` about ``scene``, for ``user``, in ``language``.

    ``note`` is told what is left out of it. Raises ``NotInstalled``, or ``TemplateRefused``
    whatever went wrong in it.
    """
    with capture_paused(), _as_read_by(user, language):
        words = book.words(key, language)
        contexts = _contexts(book, key, scene, user, words.engines)
        parts = {
            part: _rendered(words.parts[part], f"The {part} of {key!r}", contexts) for part in PARTS
        }
        actions = _actions(words.actions, key, contexts, note)
    return Message(
        subject=_one_line(parts["subject"]),
        text=parts["text"].strip(),
        html=parts["html"].strip(),
        actions=actions,
    )


@contextmanager
def _as_read_by(user: object, language: str) -> Iterator[None]:
    with translation.override(language), timezone.override(timezone_of(user)):
        yield


def _contexts(book: Book, key: str, scene: Scene, user: object, engines: set[bool]) -> Contexts:
    """What ``get_context`` adds, below what DSN says: DSN's names win, and are sealed.

    In a locked engine, so is what is added.
    """
    sealed, added = scene.sealed(user), _added(book, key, scene.live(user))
    contexts = {}
    for locked in engines:
        mine = {name: seal(value) for name, value in added.items()} if locked else added
        contexts[locked] = {**sealed, **mine}
    return contexts


def _added(book: Book, key: str, given: Mapping[str, object]) -> dict[str, object]:
    template = book.template(key)
    if template is None:
        return {}
    made = guarded(f"get_context of {key!r}", lambda: template().get_context(dict(given)))
    if not isinstance(made, Mapping):
        raise TemplateRefused(f"get_context of {key!r} gave a {type(made).__name__}, not a dict.")
    return {str(name): value for name, value in made.items() if _is_added(name, value, given)}


def _is_added(name: object, value: object, given: Mapping[str, object]) -> bool:
    return name not in OWN_NAMES and not (name in given and given[str(name)] is value)


def _rendered(phrase: Phrase | None, what: str, contexts: Contexts) -> str:
    if phrase is None:
        return ""
    return guarded(what, lambda: phrase.render(contexts[phrase.locked]))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _actions(
    actions: Iterable[ActionWords], key: str, contexts: Contexts, note: Listener
) -> tuple[Action, ...]:
    """Those that have a label, and lead somewhere."""
    found, nowhere = [], []
    for action in actions:
        what = f"The label of {action.name} of {key!r}"
        label = _one_line(_rendered(action.label, what, contexts))
        url = _leads_to(action, key, contexts) if label else ""
        if url and not absolute(url):
            nowhere.append(f"{label}: {url}")
        elif url:
            found.append(Action(label=label, url=absolute(url)))
    if nowhere:
        note(Note(rule=Rule.ACTIONS_WITHOUT_SITE, lost="\n".join(nowhere)))
    return tuple(found)


def _leads_to(action: ActionWords, key: str, contexts: Contexts) -> str:
    what = f"The URL of {action.name} of {key!r}"
    rendered = _rendered(action.url, what, contexts)
    return guarded(what, lambda: destination(rendered))


def guarded(what: str, do: Callable[[], T]) -> T:
    """The result of a plugin's or template's code. Raises ``TemplateRefused`` for its mistakes.

    A database that is not there is none: it passes.
    """
    try:
        return do()
    except (OperationalError, InterfaceError, Unfit):
        raise
    except TemplateRefused as error:
        raise TemplateRefused(f"{what} cannot be had: {error}") from error
    except (Exception, SystemExit) as error:
        raise TemplateRefused(f"{what} cannot be had: {error_words(error)}"[:LONGEST]) from error
