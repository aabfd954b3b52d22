"""Every case by name: where it is, and whether it needs a database."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bench.interleaving import Case


@dataclass(frozen=True, slots=True)
class Entry:
    """A case that is imported only by the process that runs it."""

    place: str
    """The module in ``bench``, a colon, and the function's name."""
    needs_database: bool = True

    def open(self) -> AbstractContextManager[Case]:
        """The case, to be entered where Django is set up if it needs that."""
        module, _, name = self.place.partition(":")
        function: Callable[[], AbstractContextManager[Case]] = cast(
            "Callable[[], AbstractContextManager[Case]]",
            getattr(import_module(f"bench.{module}"), name),
        )
        return function()


CASES = {
    "save_unwatched": Entry("capture:unwatched"),
    "telegram": Entry("messengers:telegram", needs_database=False),
    "sms": Entry("messengers:sms", needs_database=False),
    "x_post": Entry("messengers:x_post", needs_database=False),
}
