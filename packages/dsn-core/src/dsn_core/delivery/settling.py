"""What an outcome means: the row's change, the attempt that is noted, and who else must wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dsn_core.conf import config
from dsn_core.contract.outcome import Accepted, Refusal, Refused, Scope
from dsn_core.delivery.sending import Raised
from dsn_core.models import InDoubt
from dsn_core.plugins.scrubbing import LONGEST_CODE, LONGEST_ID
from dsn_core.records.retrying import delay, wished
from dsn_core.records.transitions import Change
from dsn_core.states import HeldBy, State

if TYPE_CHECKING:
    import datetime as dt

    from dsn_core.delivery.routes import Parcel
    from dsn_core.delivery.sending import Report
    from dsn_core.models import Delivery
    from dsn_core.records.clock import Clock

LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """One report, understood.

    ``outcome`` names it in the attempt's row; empty where none is written. ``wait_until`` and
    ``scope``: all that is for this address or account waits until then. ``is_account_unusable``:
    the account is to be held; ``is_address_dead``: never again to this address, ``has_opted_out``:
    because the person there wants no more.
    """

    parcel: Parcel
    change: Change
    outcome: str = ""
    duration: float = 0.0
    scope: Scope = Scope.MESSAGE
    wait_until: dt.datetime | None = None
    is_account_unusable: bool = False
    is_address_dead: bool = False
    has_opted_out: bool = False


def settle(report: Report, clock: Clock) -> Settled:
    """What ``report`` means; ``clock`` tells from when to wait."""
    outcome = report.outcome
    if isinstance(outcome, Accepted):
        return _accepted(report.parcel, outcome)
    if isinstance(outcome, Refused):
        return _refused(report, outcome, clock)
    if isinstance(outcome, Raised):
        return _raised(report, outcome, clock)
    return _untried(report.parcel)


def _accepted(parcel: Parcel, outcome: Accepted) -> Settled:
    scrub = parcel.route.scrubber
    change = Change(
        delivery=parcel.delivery,
        state=State.DELIVERED if outcome.delivered is True else State.SENT,
        provider_id=scrub.text(outcome.provider_id or "", LONGEST_ID),
        detail=scrub.detail(outcome.detail),
        address=_moved_to(parcel, outcome.moved_to),
    )
    return Settled(parcel=parcel, change=change)


def _moved_to(parcel: Parcel, moved_to: object) -> str | None:
    if not isinstance(moved_to, str) or not moved_to.strip():
        return None
    return parcel.route.scrubber.text(moved_to.strip(), LONGEST_ADDRESS)


def _refused(report: Report, outcome: Refused, clock: Clock) -> Settled:
    refusal: object = outcome.refusal
    if refusal is Refusal.ACCOUNT:
        return _account_refused(report, outcome)
    if refusal is Refusal.ADDRESS or refusal is Refusal.MESSAGE:
        return _refused_for_good(report, outcome, refusal)
    if refusal is Refusal.IN_DOUBT:
        return _in_doubt(report, outcome, clock)
    return _refused_for_now(report, outcome, clock)


def _words(parcel: Parcel, outcome: Refused | Raised) -> tuple[str, str]:
    scrub = parcel.route.scrubber
    return scrub.text(outcome.code, LONGEST_CODE), scrub.text(outcome.reason)


def _account_refused(report: Report, outcome: Refused) -> Settled:
    _, reason = _words(report.parcel, outcome)
    change = Change(
        delivery=report.parcel.delivery,
        state=State.HELD,
        code=HeldBy.ACCOUNT.value,
        reason=reason,
        doubted=report.parcel.delivery.doubted,
        uncounted=True,
    )
    return _settled(report, change, Refusal.ACCOUNT.value, is_account_unusable=True)


def _refused_for_good(report: Report, outcome: Refused, refusal: Refusal) -> Settled:
    parcel = report.parcel
    code, reason = _words(parcel, outcome)
    change = Change(
        delivery=parcel.delivery,
        state=State.FAILED,
        code=code,
        reason=reason,
        doubted=parcel.delivery.doubted,
        address=_moved_to(parcel, outcome.moved_to),
    )
    dead = refusal is Refusal.ADDRESS and bool(parcel.delivery.address)
    settled = _settled(report, change, refusal.value, is_address_dead=dead)
    return replace(settled, has_opted_out=outcome.opted_out is True)


def _refused_for_now(report: Report, outcome: Refused, clock: Clock) -> Settled:
    parcel = report.parcel
    change = _again(
        report,
        _words(parcel, outcome),
        clock.after(delay(parcel.delivery.attempts, outcome.retry_after)),
        doubted=parcel.delivery.doubted,
        address=_moved_to(parcel, outcome.moved_to),
    )
    scope = outcome.scope
    # Others wait for as long as the service says, and only without that for as long as we think.
    wait = wished(outcome.retry_after) or delay(1)
    until = None if scope is Scope.MESSAGE else clock.after(wait)
    return _settled(report, change, Refusal.RETRY.value, scope=scope, wait_until=until)


def _in_doubt(report: Report, outcome: Refused | Raised, clock: Clock) -> Settled:
    parcel = report.parcel
    words = _words(parcel, outcome)
    kind = Refusal.IN_DOUBT.value if isinstance(outcome, Refused) else Refusal.RETRY.value
    if must_be_decided(parcel):
        code, reason = words
        change = Change(
            delivery=parcel.delivery, state=State.UNKNOWN, code=code, reason=reason, doubted=True
        )
        return _settled(report, change, kind)
    retry_after = outcome.retry_after if isinstance(outcome, Refused) else None
    until = clock.after(delay(parcel.delivery.attempts, retry_after))
    return _settled(report, _again(report, words, until, doubted=True), kind)


def must_be_decided(parcel: Parcel) -> bool:
    """Is a message that may have arrived to wait for somebody? Not where a repeat is dropped."""
    return parcel.backend.in_doubt == InDoubt.HOLD and not parcel.route.messenger.idempotent


def _raised(report: Report, outcome: Raised, clock: Clock) -> Settled:
    if outcome.sending:
        return _in_doubt(report, outcome, clock)
    parcel = report.parcel
    until = clock.after(delay(parcel.delivery.attempts))
    change = _again(report, _words(parcel, outcome), until, doubted=parcel.delivery.doubted)
    return _settled(report, change, Refusal.RETRY.value)


def _again(
    report: Report,
    words: tuple[str, str],
    until: dt.datetime,
    *,
    doubted: bool,
    address: str | None = None,
) -> Change:
    change = later(report.parcel.delivery, words, until)
    return replace(change, doubted=doubted, address=address)


def later(row: Delivery, words: tuple[str, str], until: dt.datetime) -> Change:
    """Back into the queue until then, with this code and reason; failed after the last attempt."""
    exhausted = row.attempts >= config().max_attempts
    return Change(
        delivery=row,
        state=State.FAILED if exhausted else State.QUEUED,
        code=words[0],
        reason=words[1],
        next_at=None if exhausted else until,
        doubted=row.doubted,
    )


def _untried(parcel: Parcel) -> Settled:
    row = parcel.delivery
    change = Change(
        delivery=row,
        state=State.QUEUED,
        code=row.code,
        reason=row.reason,
        doubted=row.doubted,
        uncounted=True,
    )
    return Settled(parcel=parcel, change=change)


def _settled(
    report: Report,
    change: Change,
    outcome: str,
    *,
    scope: Scope = Scope.MESSAGE,
    wait_until: dt.datetime | None = None,
    is_account_unusable: bool = False,
    is_address_dead: bool = False,
) -> Settled:
    return Settled(
        parcel=report.parcel,
        change=change,
        outcome=outcome,
        duration=report.duration,
        scope=scope,
        wait_until=wait_until,
        is_account_unusable=is_account_unusable,
        is_address_dead=is_address_dead,
    )
