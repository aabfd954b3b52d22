"""What would be sent for an event, by each backend: made as for sending, and sent to nobody."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction

from dsn_core.contract.fields import Fields
from dsn_core.contract.message import Action
from dsn_core.contract.messenger import Audience
from dsn_core.exceptions import DSNError
from dsn_core.models.alias import alias
from dsn_core.models.payload import occurrence_of
from dsn_core.pausing import capture_paused
from dsn_core.plugins.accounts import account
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import error_words
from dsn_core.plugins.labels import words
from dsn_core.plugins.scrubbing import Scrubber
from dsn_core.rendering.composing import Scene, guarded, render
from dsn_core.rendering.fitting import fit, measured
from dsn_core.rendering.readers import language_of
from dsn_core.rendering.words import Phrasebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsn_core.contract.message import Message
    from dsn_core.contract.messenger import Messenger
    from dsn_core.models import Backend, Event
    from dsn_core.rendering.notes import Note

MOST_REMARKS = 20
LONGEST_REMARK = 500
LONGEST_PART = 1_000_000
LENGTH = "Its length"
"""What cannot be had where a messenger's ``measure`` fails; as it is called while sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What one backend would send.

    * ``whole``: the message as the template gives it; None where it gives none.
    * ``fitted``: as it would go out; None where it would not, which ``problem`` explains.
    * ``length``, ``whole_length``: of the text of each, in the units of the messenger, which takes
      ``limit`` (None: any length).
    * ``notes``: the rules by which the one became the other.
    * ``remarks``: what the messenger itself says of it, such as its parts or its cost.
    """

    backend: Backend
    language: str
    whole: Message | None = None
    fitted: Message | None = None
    whole_length: int | None = None
    length: int | None = None
    limit: int | None = None
    notes: tuple[Note, ...] = ()
    remarks: tuple[str, ...] = ()
    problem: str = ""


def previews(
    backends: Sequence[Backend], event: Event, *, user: object = None, language: str = ""
) -> list[Preview]:
    """One for each backend, as ``user`` would read it: in her language unless one is given.

    Nothing is sent, counted or kept: what a template's code writes is undone. No account's
    secret stands in what is returned.
    """
    with capture_paused():
        book = Phrasebook(backend.message_template for backend in backends)
        try:
            scene: Scene | str = guarded("The event", lambda: Scene(occurrence_of(event)))
        except DSNError as error:
            scene = str(error)
        return [_preview(backend, book, scene, user, language) for backend in backends]


def _preview(
    backend: Backend, book: Phrasebook, scene: Scene | str, user: object, language: str
) -> Preview:
    offers = catalog().offers["messenger"]
    if backend.messenger not in offers:
        problem = f"The messenger {backend.messenger!r} is not installed."
        return Preview(backend=backend, language=language, problem=problem)
    messenger = catalog().messenger(backend.messenger)
    if messenger.audience is Audience.PUBLIC:
        # A post is read by everybody, so it is written for nobody in particular.
        user = None
    begun = Preview(
        backend=backend, language=language or language_of(user), limit=messenger.max_length
    )
    if isinstance(scene, str):
        return replace(begun, problem=scene)
    with _undone():
        return _filled(begun, messenger, book, scene, user)


def _filled(
    begun: Preview, messenger: type[Messenger], book: Phrasebook, scene: Scene, user: object
) -> Preview:
    way = _way(messenger, begun.backend)
    key, language = begun.backend.message_template, begun.language
    notes: list[Note] = []
    try:
        whole = render(book, key, scene, user=user, language=language, note=notes.append)
    except DSNError as error:
        return replace(begun, problem=way.scrubber.text(error))
    begun = replace(
        begun,
        whole=_shown(whole, way.scrubber),
        notes=_told(notes, way.scrubber),
        problem=way.problem,
    )
    return begun if way.sample is None else _fitted(begun, whole, way.sample, way.scrubber)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A messenger to measure with, or why there is none."""

    sample: Messenger | None = None
    scrubber: Scrubber
    problem: str = ""


def _way(messenger: type[Messenger], backend: Backend) -> _Way:
    try:
        values = account(messenger, backend.account)
    except DSNError as error:
        return _Way(scrubber=Scrubber(Fields()), problem=str(error))
    scrubber = Scrubber(values)
    try:
        options = backend.build_options()
        sample = messenger(account=values, options=options, account_name=backend.account)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
        return _Way(scrubber=scrubber, problem=scrubber.text(error_words(error)))
    return _Way(sample=sample, scrubber=scrubber)


def _fitted(begun: Preview, whole: Message, sample: Messenger, scrubber: Scrubber) -> Preview:
    notes = list(begun.notes)
    try:
        begun = replace(begun, whole_length=guarded(LENGTH, lambda: measured(sample, whole.text)))
        fitted = guarded(LENGTH, lambda: fit(whole, sample, notes.append))
        length = guarded(LENGTH, lambda: measured(sample, fitted.text))
    except DSNError as error:
        return replace(begun, notes=_told(notes, scrubber), problem=scrubber.text(error))
    return replace(
        begun,
        fitted=_shown(fitted, scrubber),
        length=length,
        notes=_told(notes, scrubber),
        remarks=tuple(_remarks(fitted, sample, scrubber)),
    )


def _remarks(message: Message, sample: Messenger, scrubber: Scrubber) -> Iterator[str]:
    """What the messenger says; that it raised is a remark too."""
    try:
        for remark in islice(sample.remarks(message), MOST_REMARKS):
            yield scrubber.text(words(remark, "?"), LONGEST_REMARK)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
        raised = f"remarks() of {sample.key} raised {error_words(error)}"
        yield scrubber.text(raised, LONGEST_REMARK)


def _told(notes: Sequence[Note], scrubber: Scrubber) -> tuple[Note, ...]:
    return tuple(replace(note, lost=scrubber.text(note.lost, LONGEST_PART)) for note in notes)


def _shown(message: Message, scrubber: Scrubber) -> Message:
    """The message with no secret of the account in it, should a template have got hold of one."""
    return replace(
        message,
        subject=scrubber.text(message.subject, LONGEST_PART),
        text=scrubber.text(message.text, LONGEST_PART),
        html=scrubber.text(message.html, LONGEST_PART),
        actions=tuple(
            Action(
                label=scrubber.text(action.label, LONGEST_PART),
                url=scrubber.text(action.url, LONGEST_PART),
            )
            for action in message.actions
        ),
    )


@contextmanager
def _undone() -> Iterator[None]:
    """What is written in the block is undone, and what fails in it breaks no other statement."""
    with transaction.atomic(using=alias()):
        yield
        transaction.set_rollback(True, using=alias())
