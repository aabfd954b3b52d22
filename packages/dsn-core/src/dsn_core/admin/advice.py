"""The state of a delivery in words: what it means, and what somebody may do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsn_core.admin.waiting import LONG, account_waits, address_waits, is_due
from dsn_core.admin.words import moment
from dsn_core.conf import config
from dsn_core.models import AccountState, Address, Backend
from dsn_core.states import PACED, HeldBy, State, SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.utils.functional import _StrPromise

    from dsn_core.admin.anchors import Anchors
    from dsn_core.models import Delivery

LONGEST_QUOTE = 200
"""The story has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a state means, sentence by sentence; and links to where one may do something."""

    meaning: tuple[str, ...]
    links: tuple[str, ...] = ()


def advice(delivery: Delivery, anchors: Anchors) -> Advice:
    """For one delivery, read ``with_accounts``."""
    meaning = tuple(text for text in MEANINGS[State(delivery.state)](delivery) if text)
    links = LINKS.get(State(delivery.state))
    return Advice(meaning=meaning, links=tuple(links(delivery, anchors)) if links else ())


def _queued(row: Delivery) -> Iterator[str]:
    yield from _why_it_waits(row)
    if row.attempts:
        yield _("Attempt %(number)s of %(most)s was not accepted; the answer stands below.") % {
            "number": row.attempts,
            "most": config().max_attempts,
        }
    if row.doubted:
        yield _("An attempt may have arrived all the same: nobody could tell.")
    if row.expires_at is not None:
        yield _("After %(when)s it is not worth sending any more, and is given up.") % {
            "when": moment(row.expires_at, LONG)
        }


def _why_it_waits(row: Delivery) -> Iterator[str]:
    waits = [text for text in (account_waits(row), address_waits(row)) if text]
    for text in waits:
        yield _("It waits: %(text)s.") % {"text": text.rstrip(".")}
    if row.next_at > timezone.now():
        yield _ahead(row)
    elif not waits:
        yield is_due(row) or _("It is due: a worker takes it next.")


def _ahead(row: Delivery) -> str:
    when = moment(row.next_at, LONG)
    if row.code == PACED:
        return _("It waits until %(when)s, for others to the same address go first: %(why)s") % {
            "when": when,
            "why": row.reason,
        }
    if row.attempts:
        return _("It is tried again at %(when)s.") % {"when": when}
    if row.reason:
        return _("A gate has put it off until %(when)s: %(why)s") % {
            "when": when,
            "why": row.reason,
        }
    return _("It goes at %(when)s.") % {"when": when}


def _sending(row: Delivery) -> Iterator[str]:
    if row.lease_until is not None and row.lease_until < timezone.now():
        yield _("A worker took it and has not come back. Another one takes it over.")
    elif row.lease_until is not None:
        yield _("A worker is sending it now, and has until %(when)s.") % {
            "when": moment(row.lease_until, LONG)
        }


HELD: Mapping[str, Callable[[Delivery], str]] = {
    HeldBy.PLUGIN: lambda row: (
        _(
            "The messenger %(key)s is not installed. Install the package that brings it, and start "
            "the site and its workers again: then it goes out by itself. No attempt was counted."
        )
        % {"key": row.messenger}
    ),
    HeldBy.ACCOUNT: lambda row: (
        _(
            "The account %(account)s of %(messenger)s cannot be used. As soon as its settings are "
            "corrected, all that waits for it goes out by itself. No attempt was counted."
        )
        % {"account": row.account, "messenger": row.messenger}
    ),
    HeldBy.TEMPLATE: lambda row: (
        _("There is no message template %(key)s. As soon as there is one, it goes out by itself.")
        % {"key": row.backend.message_template if row.backend else "?"}
    ),
    HeldBy.OPTIONS: lambda row: _(
        "The options of its backend do not fit its messenger any more. Correct them, and it goes "
        "out by itself."
    ),
    HeldBy.BACKEND: lambda row: _(
        "Its backend is switched off. Switch it on, and it goes out by itself."
    ),
}
"""By its cause, what a held delivery waits for."""


def _held(row: Delivery) -> Iterator[str]:
    words = HELD.get(row.code)
    yield words(row) if words else row.code
    if row.reason:
        yield _("In full: %(words)s") % {"words": row.reason}


def _unknown(row: Delivery) -> Iterator[str]:
    yield _(
        "Nobody knows whether it arrived: the service was asked, and gave no answer. Look there, "
        "or ask the recipient; then say what was the case. Trying again may send it twice."
    )
    yield _said(row, _("The last words: %(words)s"))


def _sent(row: Delivery) -> Iterator[str]:
    yield _("The service has taken it. Whether it arrived, services tell later, if at all.")


def _delivered(row: Delivery) -> Iterator[str]:
    yield _("The service says that it has arrived.")


def _failed(row: Delivery) -> Iterator[str]:
    if row.code in UNASKED:
        yield str(UNASKED[row.code])
    elif row.attempts >= config().max_attempts:
        yield _("All %(number)s attempts failed.") % {"number": row.attempts}
    else:
        yield _("It was refused for good, so no more attempts are made.")
    yield _said(row, _("The last words: %(words)s"))
    if row.backend_id is None:
        yield _("Its backend has been deleted, so it cannot be tried again.")
    else:
        yield _("Once the cause is out of the way it may be tried again.")


UNASKED: Mapping[str, _StrPromise] = {
    "template": gettext_lazy("Its message could not be written, so no service was asked."),
    "too_long": gettext_lazy("Its message is too long for the messenger; no service was asked."),
    "not_sent": gettext_lazy("Somebody said that it was not sent."),
}
"""By its code, why something failed that no service refused."""


SUPPRESSED: Mapping[str, Callable[[Delivery], str]] = {
    SuppressedBy.INACTIVE: lambda row: _("The user's account is switched off."),
    SuppressedBy.NO_ADDRESS: lambda row: _(
        "No address is known for this messenger: neither with the user nor among the addresses."
    ),
    SuppressedBy.INVALID_ADDRESS: lambda row: _("The messenger cannot use the address."),
    SuppressedBy.DEAD: lambda row: _("The service said before that this address does not exist."),
    SuppressedBy.OPTED_OUT: lambda row: _("The recipient asked for no more messages."),
    SuppressedBy.ACTOR: lambda row: _(
        "The recipient did it herself, and the subscription leaves out whoever did it."
    ),
    SuppressedBy.DUPLICATE: lambda row: _(
        "Another recipient has the same address, and it gets one message only."
    ),
    SuppressedBy.GATE: lambda row: _("A rule of the project, called a gate, said no."),
}
"""By its code, why somebody was left out."""


def _suppressed(row: Delivery) -> Iterator[str]:
    words = SUPPRESSED.get(row.code)
    yield words(row) if words else row.code
    if row.reason:
        yield _("In full: %(words)s") % {"words": row.reason}
    yield _("That stands: a message about this event is not sent to her. The next one may be.")


def _cancelled(row: Delivery) -> Iterator[str]:
    yield _("It was given up, and is never sent. %(why)s") % {"why": row.reason}


def _said(row: Delivery, words: str) -> str:
    said = ": ".join(text for text in (row.code, row.reason) if text)
    return words % {"words": Truncator(said).chars(LONGEST_QUOTE)} if row.reason else ""


MEANINGS: Mapping[State, Callable[[Delivery], Iterator[str]]] = {
    State.QUEUED: _queued,
    State.SENDING: _sending,
    State.HELD: _held,
    State.UNKNOWN: _unknown,
    State.SENT: _sent,
    State.DELIVERED: _delivered,
    State.FAILED: _failed,
    State.SUPPRESSED: _suppressed,
    State.CANCELLED: _cancelled,
}


def _where_it_waits(row: Delivery, anchors: Anchors) -> Iterator[str]:
    if row.code == HeldBy.PLUGIN and anchors.may_see(Backend):
        yield anchors.to_page("dsn_backend_plugins", _("What is installed"))
    held = getattr(row, "account_pk", None)
    if row.code == HeldBy.ACCOUNT and held is not None:
        yield anchors.to_key(AccountState, held, _("The account, and what to do about it"))
    if row.code in (HeldBy.OPTIONS, HeldBy.BACKEND, HeldBy.TEMPLATE) and row.backend:
        yield anchors.to(row.backend)


def _its_addresses(row: Delivery, anchors: Anchors) -> Iterator[str]:
    if row.code in (SuppressedBy.DEAD, SuppressedBy.OPTED_OUT) and row.address:
        yield anchors.to_list(Address, _("What is known of the address"), {"q": row.address})


LINKS: Mapping[State, Callable[[Delivery, Anchors], Iterator[str]]] = {
    State.HELD: _where_it_waits,
    State.SUPPRESSED: _its_addresses,
}
