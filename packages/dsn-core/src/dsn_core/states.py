"""The states of an event and of a delivery, and which may follow which. Nothing else decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsn_core.exceptions import InvalidTransition

if TYPE_CHECKING:
    from collections.abc import Mapping


class EventState(models.TextChoices):
    """How far an event's fan-out has come."""

    PENDING = "pending", _("to be fanned out")
    DONE = "done", _("fanned out")


class State(models.TextChoices):
    """What is happening to a delivery."""

    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    HELD = "held", _("held")
    UNKNOWN = "unknown", _("in doubt")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    SUPPRESSED = "suppressed", _("suppressed")
    CANCELLED = "cancelled", _("cancelled")


FINAL = frozenset({State.SENT, State.DELIVERED, State.FAILED, State.SUPPRESSED, State.CANCELLED})
"""States in which nothing more is done by itself."""

PACED = "paced"
"""The code of a queued delivery that has been given a time of its own, for others go before it."""

OPEN = frozenset(State) - FINAL
"""States in which something is still to be done, by the engine or by somebody."""

FOLLOWING: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING, State.HELD, State.CANCELLED, State.DELIVERED}),
    State.SENDING: frozenset(
        {
            State.SENT,
            State.DELIVERED,
            State.FAILED,
            State.QUEUED,
            State.HELD,
            State.UNKNOWN,
            State.CANCELLED,
        }
    ),
    State.HELD: frozenset({State.QUEUED, State.CANCELLED, State.DELIVERED}),
    State.UNKNOWN: frozenset(
        {State.QUEUED, State.SENT, State.DELIVERED, State.FAILED, State.CANCELLED}
    ),
    State.SENT: frozenset({State.DELIVERED, State.FAILED}),
    State.FAILED: frozenset({State.QUEUED, State.DELIVERED}),
    State.DELIVERED: frozenset(),
    State.SUPPRESSED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""For each state, those that may come next."""


def sources(target: State) -> frozenset[State]:
    """The states from which ``target`` may be reached: the ``filter(state__in=…)`` of a change."""
    return frozenset(state for state, following in FOLLOWING.items() if target in following)


def ensure_follows(source: State, target: State) -> None:
    """Raise ``InvalidTransition`` unless ``target`` may follow ``source``."""
    if target not in FOLLOWING[source]:
        raise InvalidTransition(f"A delivery that is {source.value} cannot become {target.value}.")


class HeldBy(models.TextChoices):
    """The named causes for which a delivery waits; kept as the code of a held delivery."""

    PLUGIN = "plugin", _("its messenger is not installed")
    ACCOUNT = "account", _("its account cannot be used")
    TEMPLATE = "template", _("its message template is not installed")
    OPTIONS = "options", _("its backend's options do not fit")
    BACKEND = "backend", _("its backend is switched off")


class SuppressedBy(models.TextChoices):
    """Why a recipient was left out; kept as the code of a suppressed delivery."""

    INACTIVE = "inactive", _("the user is not active")
    NO_ADDRESS = "no_address", _("there is no address for this messenger")
    INVALID_ADDRESS = "invalid_address", _("the address is not valid for this messenger")
    DEAD = "dead_address", _("the service says that the address does not exist")
    OPTED_OUT = "opted_out", _("the recipient has opted out")
    ACTOR = "actor_excluded", _("the recipient did it herself")
    DUPLICATE = "duplicate", _("another recipient has the same address")
    GATE = "gate", _("a gate said no")
