"""Every case by name: where it is, and which databases it is run on."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from bench.databases import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bench.interleaving import Case


@dataclass(frozen=True, slots=True)
class Entry:
    """A case that is imported only by the process that runs it."""

    place: str
    """The module in ``bench``, a colon, and the function's name."""
    databases: tuple[str, ...] = DEFAULTS
    """Where it is run, unless somebody names databases; none for what needs no Django."""

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
    "save_watched_1": Entry("capture:watched_1"),
    "save_watched_100": Entry("capture:watched_100"),
    "save_watched_10000": Entry("capture:watched_10000"),
    "heard_1": Entry("capture:heard_1"),
    "heard_10000": Entry("capture:heard_10000"),
    "heard_changes_10000": Entry("capture:heard_changes"),
    "save_matching": Entry("capture:matching"),
    "save_matching_autocommit": Entry("capture:matching_autocommit"),
    "save_matching_10000": Entry("capture:matching_10000"),
    "startup_10000": Entry("watching:startup"),
    "fanout": Entry("fanout:recipients"),
    "null_delivery": Entry("delivery:null_delivery"),
    "workers_2": Entry("delivery:workers_2", databases=("postgres",)),
    "workers_4": Entry("delivery:workers_4", databases=("postgres",)),
    "claim_million": Entry("claiming:million"),
    "email": Entry("posting:email", databases=("sqlite",)),
    "email_delivery": Entry("posting:email_delivery", databases=("postgres",)),
    "post_office": Entry("post_office:one_by_one", databases=("postgres",)),
    "post_office_together": Entry("post_office:together", databases=("postgres",)),
    "post_office_rendering": Entry("post_office:rendering", databases=("postgres",)),
    "telegram": Entry("messengers:telegram", databases=()),
    "sms": Entry("messengers:sms", databases=()),
    "x_post": Entry("messengers:x_post", databases=()),
}
