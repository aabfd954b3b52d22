"""Envelopes into rows: many at once, each at most once, and one by one where something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import Error, IntegrityError, InterfaceError, OperationalError, router, transaction

from dsn_core import Accepted, Refusal, Refused, Scope
from dsn_inbox.addresses import known
from dsn_inbox.models import InboxMessage
from dsn_inbox.rows import row_of
from dsn_inbox.standing import NOT_MIGRATED, has_table, held

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from dsn_core import Envelope
    from dsn_inbox.options import Options

SLICE = 100
"""Rows in one statement: SQLite counts its variables, and a row has more than a dozen."""
OUTAGES = (OperationalError, InterfaceError)
"""The database is away, locked or full: the next row would fare no better."""

Outcome = Accepted | Refused


def store(envelopes: Sequence[Envelope], options: Options) -> Iterator[Outcome]:
    """Store each envelope; yields one outcome each, in order, after its row's commit."""
    using = router.db_for_write(InboxMessage)
    last: Outcome | None = None
    for start in range(0, len(envelopes), SLICE):
        some = envelopes[start : start + SLICE]
        if last is not None and _concerns_all(last):
            answers: Sequence[Outcome] = [last] * len(some)
        else:
            answers = _store_slice(some, options, using)
        last = answers[-1]
        yield from answers


def _store_slice(envelopes: Sequence[Envelope], options: Options, using: str) -> Sequence[Outcome]:
    try:
        return _store_together(envelopes, options, using)
    except (Error, ValueError, OverflowError):
        return _one_by_one(envelopes, options, using)


def _one_by_one(envelopes: Sequence[Envelope], options: Options, using: str) -> Sequence[Outcome]:
    """Each by itself, up to a refusal that concerns all: then nobody waits for it once more."""
    answers: list[Outcome] = []
    last: Outcome | None = None
    for envelope in envelopes:
        if last is None or not _concerns_all(last):
            last = _store_alone(envelope, options, using)
        answers.append(last)
    return answers


def _store_together(
    envelopes: Sequence[Envelope], options: Options, using: str
) -> Sequence[Outcome]:
    """All of them by one INSERT, and what the table says of them after it."""
    users = known({envelope.address for envelope in envelopes}, using)
    rows = {
        envelope.key: row_of(envelope, options, users[envelope.address])
        for envelope in envelopes
        if envelope.address in users
    }
    with transaction.atomic(using=using):
        InboxMessage.objects.using(using).bulk_create(rows.values(), ignore_conflicts=True)
    # A database that ignores a conflict may ignore more: what is not there was not stored.
    there = _stored([row.key for row in rows.values()], using)
    return [
        _no_such_user()
        if envelope.key not in rows
        else _accepted(rows[envelope.key], envelope)
        if rows[envelope.key].key in there
        else _store_alone(envelope, options, using)
        for envelope in envelopes
    ]


def _store_alone(envelope: Envelope, options: Options, using: str) -> Outcome:
    """One row by itself, where the statement for all failed: the others must not suffer for it."""
    try:
        users = known([envelope.address], using)
        if envelope.address not in users:
            return _no_such_user()
        row = row_of(envelope, options, users[envelope.address])
        if not _stored([row.key], using):
            with transaction.atomic(using=using):
                row.save(using=using, force_insert=True)
    except (Error, ValueError, OverflowError) as error:
        return _answer_to(error, envelope, using)
    return _accepted(row, envelope)


def _stored(keys: Sequence[UUID], using: str) -> set[UUID]:
    rows = InboxMessage.objects.using(using).filter(key__in=keys).order_by()
    return set(rows.values_list("key", flat=True))


def _accepted(row: InboxMessage, envelope: Envelope) -> Accepted:
    left_out = len(envelope.message.actions) - len(row.actions)
    detail = {"unsafe_links_left_out": left_out} if left_out > 0 else {}
    return Accepted(provider_id=str(row.key), delivered=True, detail=detail)


def _no_such_user() -> Refused:
    return Refused(refusal=Refusal.ADDRESS, code="no_such_user", reason="There is no such user.")


def _answer_to(error: Exception, envelope: Envelope, using: str) -> Refused:
    """What the database's refusal of one row means for it."""
    code = type(error).__name__
    if not isinstance(error, Error):
        return Refused(refusal=Refusal.MESSAGE, code=code, reason="It cannot be stored.")
    try:
        if not has_table():
            return held(NOT_MIGRATED, "not_migrated")
        if isinstance(error, IntegrityError) and not known([envelope.address], using):
            return _no_such_user()
    except Error as another:
        error = another
    # The key makes a second try harmless, whatever became of the first.
    return Refused(
        refusal=Refusal.RETRY,
        code=code,
        reason="The database did not store it.",
        scope=Scope.ACCOUNT if isinstance(error, OUTAGES) else Scope.MESSAGE,
    )


def _concerns_all(answer: Outcome) -> bool:
    if not isinstance(answer, Refused):
        return False
    return answer.refusal is Refusal.ACCOUNT or answer.scope is Scope.ACCOUNT
