"""What became of one envelope: the service's answer as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Refusal(Enum):
    """What a refusal means for what happens next.

    Example: ``Refused(refusal=Refusal.RETRY, code="429", reason="Too many", retry_after=30)``
    """

    RETRY = "retry"
    """Not now: try again later."""
    ADDRESS = "address"
    """Never again to this address: it becomes inactive."""
    MESSAGE = "message"
    """Never this message, to anybody."""
    ACCOUNT = "account"
    """The account cannot be used: it is held, its messages wait."""
    IN_DOUBT = "in_doubt"
    """The service was asked and did not answer: it may have been sent."""


class Scope(Enum):
    """Who must wait after a refusal.

    Example: ``Refused(refusal=Refusal.RETRY, code="429", reason="Slow down", retry_after=5,
    scope=Scope.ACCOUNT)``
    """

    MESSAGE = "message"
    """This message only."""
    ADDRESS = "address"
    """All that is for this address."""
    ACCOUNT = "account"
    """All that goes through this account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The service took the message.

    * ``provider_id``: the service's own name for it; empty where it gives none.
    * ``delivered``: the service says that it has arrived already.
    * ``moved_to``: the address is out of date; this is the new one.
    * ``detail``: what else the service said, as JSON values. No secrets.

    Example: ``Accepted(provider_id="4711")``
    """

    provider_id: str
    delivered: bool = False
    moved_to: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The service did not take the message.

    * ``code``: the service's own code, as it wrote it (``"5.1.1"``, ``"21610"``).
    * ``reason``: its words, for people. No secrets.
    * ``retry_after``: seconds to wait at least, where the service says so.
    * ``scope``: who must wait.
    * ``moved_to``: the address is out of date; this is the new one.
    * ``opted_out``: with ``ADDRESS``, the person there wants no more; else it is dead.

    Example: ``Refused(refusal=Refusal.ADDRESS, code="5.1.1", reason="No such user")``
    """

    refusal: Refusal
    code: str
    reason: str
    retry_after: float | None = None
    scope: Scope = Scope.MESSAGE
    moved_to: str | None = None
    opted_out: bool = False
