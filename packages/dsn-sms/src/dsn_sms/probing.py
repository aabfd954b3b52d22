"""What Twilio says of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import Problem
from dsn_sms.checking import timeout_fault
from dsn_sms.connecting import line_by_token, line_of
from dsn_sms.outcomes import UNREADABLE, of_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsn_sms.accounts import Account
    from dsn_sms.connecting import Line

HINTS = {
    "20003": "Compare them with the console; a new auth token takes the place of the older one.",
    "20404": "Copy the account SID from the console.",
}
UNREACHED = "Is the network up, and may this machine reach Twilio?"
STANDING = {
    "suspended": "Twilio has suspended the account; look at its balance and at Twilio's mails",
    "closed": "The account is closed at Twilio",
}


def probe(account: Account) -> Iterator[Problem]:
    """Ask for the account with its token, and for a message with its API key, if it has one."""
    fault = timeout_fault(account)
    if fault:
        yield Problem(message=fault)
        return
    line = line_by_token(account)
    told = _ask(lambda: line.client.api.v2010.accounts(account.account_sid).fetch(), line, account)
    if isinstance(told, Problem):
        yield told
        return
    yield from _standing(told)
    if account.api_key:
        keyed = line_of(account)
        told = _ask(lambda: keyed.messages.list(limit=1, page_size=1), keyed, account)
        if isinstance(told, Problem):
            yield told


def _ask(question: Callable[[], object], line: Line, account: Account) -> object:
    """The answer; a ``Problem`` where there is none, or no good one."""
    try:
        return question()
    except Exception as error:
        refused = of_error(error, line.headers, account)
        if refused is None:
            raise
        return Problem(
            message=refused.reason, hint=HINTS.get(refused.code, "" if line.headers else UNREACHED)
        )


def _standing(told: object) -> Iterator[Problem]:
    status = str(getattr(told, "status", ""))
    if status in STANDING:
        yield Problem(message=STANDING[status])
    elif status != "active":
        yield Problem(message=UNREADABLE.reason)
    if getattr(told, "type", "") == "Trial":
        yield Problem(
            message="This is a trial account: it sends only to numbers verified in the console",
            hint="Verify those, or upgrade the account.",
            serious=False,
        )
