"""What a service tells us later: its webhook as it came in, and what a messenger reads from it.

Every report may carry the service's own ``id`` of it (an update's number, a message's SID): one
with an id that this account has had is dropped. ``at``, aware, is when it happened: what is older
than what we know is dropped too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dsn_core.contract.outcome import Refusal, Scope


class Forged(Exception):
    """The webhook is not from the service: its signature or secret is missing or wrong.

    Example: ``raise Forged("The X-Acme-Signature header does not match")``
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A request that came in for a messenger's account, before anything was believed of it.

    * ``url``: the full public address, built from ``DSN["BASE_URL"]``, as signatures need it.
    * ``headers``: by lower-case name.
    * ``query`` and ``form``: every value of each name, in order.
    * ``body``: the raw bytes, as signatures need them.

    Example: ``hmac.compare_digest(webhook.headers.get("x-acme-signature", ""), expected)``
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    form: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The service's later report on one message: it arrived, or it did not.

    ``provider_id`` is the one of ``Accepted``; a messenger that was handed our key back gives
    ``key`` instead. ``delivered`` is False where it failed, and then ``refusal`` says what that
    means: ``MESSAGE`` this one only, ``ADDRESS`` never again to this address, ``ACCOUNT`` the
    account is unusable, ``RETRY`` it may work another time. With ``scope=Scope.ADDRESS`` a failure
    that is not for good counts against the address (a phone that is off, a mailbox that is full):
    after a few in a row it is taken for dead. With ``scope=Scope.ACCOUNT`` nothing goes through the
    account for ``retry_after`` seconds. ``at`` is the service's own time, aware.

    Example: ``Receipt(provider_id="4711", delivered=True)``
    """

    provider_id: str = ""
    key: str = ""
    delivered: bool
    refusal: Refusal = Refusal.MESSAGE
    scope: Scope = Scope.MESSAGE
    retry_after: float | None = None
    at: datetime | None = None
    code: str = ""
    reason: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """The person at ``address`` wants no more (STOP, a blocked bot, a complaint).

    Example: ``OptedOut(address="+4915112345678", reason="STOP")``
    """

    address: str
    reason: str = ""
    at: datetime | None = None
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedIn:
    """The person at ``address`` wants to hear from us again.

    Example: ``OptedIn(address="+4915112345678")``
    """

    address: str
    reason: str = ""
    at: datetime | None = None
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What was reached at ``address`` is at ``moved_to`` from now on.

    Example: ``Moved(address="-100", moved_to="-100200")``
    """

    address: str
    moved_to: str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Somebody followed a link of ours: the holder of ``token`` is at ``address``.

    Example: ``Linked(token="Zq3…", address="123456")``
    """

    token: str
    address: str
    id: str = ""


Report = Receipt | OptedOut | OptedIn | Moved | Linked
"""All that ``Messenger.receive`` and ``Messenger.poll`` may give."""
