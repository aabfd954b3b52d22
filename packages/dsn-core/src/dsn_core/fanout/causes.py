"""Why an event could not be fanned out whole: what is gone, raised or gave rubbish."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dsn_core.plugins.found import error_words
from dsn_core.plugins.scrubbing import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

logger = logging.getLogger("dsn_core.fanout")

MOST_CAUSES = 20
LONGEST_CAUSE = 500


def missing(what: str, key: str) -> str:
    """How a cause names something that no installed plugin brings."""
    return f"{what} {key!r} is not installed"


class Causes:
    """The named causes for which an event has to be fanned out again. Kept with the cursor."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._texts = dict.fromkeys(known)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __str__(self) -> str:
        return "\n".join(self._texts)

    def as_list(self) -> list[str]:
        """Each cause once, in the order in which they were met."""
        return list(self._texts)

    def note(self, text: str) -> None:
        """Remember a cause."""
        if text not in self._texts and len(self._texts) < MOST_CAUSES:
            self._texts[storable(text)[:LONGEST_CAUSE]] = None

    @contextmanager
    def guarded(self, what: str, *, has_secrets: bool = False) -> Iterator[None]:
        """Note what a plugin's or a host's code raises, be it a ``SystemExit``, and go on.

        Of code that ``has_secrets`` only the class is noted: its words, and a traceback, may
        quote a token.
        """
        try:
            yield
        except (Exception, SystemExit) as error:
            text = type(error).__name__ if has_secrets else error_words(error)
            logger.warning("%s raised %s", what, text, exc_info=not has_secrets)
            self.note(f"{what} raised {text}")
