"""What a person may do with deliveries, each through one transition of the state machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.records.transitions import cancel, mark_failed, mark_sent, release, retry
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from dsn_core.models import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to do. ``perform`` gets the rows and who does it, and returns how many changed.

    ``origins`` are the states from which it leads on; what it ``means`` stands beside its button.
    ``is_final``: nobody can take it back. ``sends``: something will go out.
    """

    name: str
    label: _StrPromise
    means: _StrPromise
    origins: frozenset[State]
    perform: Callable[[QuerySet[Delivery], str], int]
    is_final: bool = False
    sends: bool = False

    def is_open_to(self, delivery: Delivery) -> bool:
        """May it be done with this one now? Nothing is sent for a backend that is gone."""
        return delivery.state in self.origins and not (self.sends and delivery.backend_id is None)

    def may_repeat(self, delivery: Delivery) -> bool:
        """May the recipient get it twice?"""
        doubtful = delivery.state == State.UNKNOWN or delivery.doubted
        return self.sends and doubtful

    def must_be_confirmed(self, delivery: Delivery) -> bool:
        """Is a person to be asked again?"""
        return self.is_final or self.may_repeat(delivery)


def _by(who: str) -> str:
    return gettext("By %(who)s, in the admin.") % {"who": who}


RETRY = Act(
    name="retry",
    label=_("Try again"),
    means=_("It is queued again, and all its attempts are left."),
    origins=frozenset({State.FAILED, State.UNKNOWN}),
    perform=lambda rows, who: retry(rows),  # nothing of who is kept in the row
    sends=True,
)
RELEASE = Act(
    name="release",
    label=_("Release"),
    means=_("It is queued again. If what held it is still wrong, it is held again."),
    origins=frozenset({State.HELD}),
    perform=lambda rows, who: release(rows),
    sends=True,
)
MARK_SENT = Act(
    name="mark_sent",
    label=_("It was sent"),
    means=_("It counts as sent, and is not sent again."),
    origins=frozenset({State.UNKNOWN}),
    perform=lambda rows, who: mark_sent(rows),
    is_final=True,
)
MARK_FAILED = Act(
    name="mark_failed",
    label=_("It was not sent"),
    means=_("It counts as failed. It may be tried again later."),
    origins=frozenset({State.UNKNOWN}),
    perform=lambda rows, who: mark_failed(rows, _by(who)),
)
CANCEL = Act(
    name="cancel",
    label=_("Cancel"),
    means=_("It is never sent."),
    origins=frozenset({State.QUEUED, State.HELD, State.UNKNOWN}),
    perform=lambda rows, who: cancel(rows, _by(who)),
    is_final=True,
)
ACTS: Mapping[str, Act] = {
    act.name: act for act in (RETRY, RELEASE, MARK_SENT, MARK_FAILED, CANCEL)
}
"""By name, in the order of their buttons."""


def open_to(delivery: Delivery) -> list[Act]:
    """What may be done with this delivery as it is now."""
    return [act for act in ACTS.values() if act.is_open_to(delivery)]
