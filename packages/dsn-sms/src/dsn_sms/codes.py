"""What Twilio's codes mean for a message, as data. The only file that knows them.

Twilio advises against logic that rests on codes, as they change; so an unknown one has a sane
meaning by its family, and an account's ``codes`` goes before this table.
https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dsn_core import Refusal, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

Until = Literal["", "midnight"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code means: for the message, in words, for whom, and until when.

    ``counts``: a few of these in a row, and the number is taken for dead.
    """

    refusal: Refusal
    words: str
    scope: Scope = Scope.MESSAGE
    counts: bool = False
    until: Until = ""


def _retry(words: str) -> Meaning:
    return Meaning(refusal=Refusal.RETRY, words=words)


def _all_wait(words: str, until: Until = "") -> Meaning:
    return Meaning(refusal=Refusal.RETRY, words=words, scope=Scope.ACCOUNT, until=until)


def _address(words: str) -> Meaning:
    return Meaning(refusal=Refusal.ADDRESS, words=words)


def _counted(refusal: Refusal, words: str) -> Meaning:
    return Meaning(refusal=refusal, words=words, counts=True)


def _message(words: str) -> Meaning:
    return Meaning(refusal=Refusal.MESSAGE, words=words)


def _account(words: str) -> Meaning:
    return Meaning(refusal=Refusal.ACCOUNT, words=words, scope=Scope.ACCOUNT)


STOPPED = "21610"
"""The person has written STOP to this sender."""

BUSY: Mapping[str, Meaning] = {
    "20429": _all_wait("Too many requests at once for this Twilio account"),
    "20500": _retry("Twilio had an internal error"),
    "20503": _all_wait("Twilio is not available at the moment"),
    "21611": _all_wait("The sender's queue at Twilio is full"),
    "21730": _all_wait("Twilio is under maintenance"),
    "30001": _retry("The sender's queue at Twilio ran over"),
    "30017": _retry("The carrier's network is congested"),
    "30022": _retry("The carrier takes no more messages a second from this sender"),
    "30023": _all_wait("The carrier takes no more messages from this brand today", "midnight"),
    "30027": _all_wait("T-Mobile takes no more messages from this brand today", "midnight"),
    "30410": _retry("The carrier's answer took too long"),
    "30500": _retry("Twilio had an internal error while sending"),
    "63012": _retry("The channel's provider had an internal error"),
    "63018": _all_wait("Too many messages at once for this channel"),
    "63038": _all_wait("The account has sent all it may in one day", "midnight"),
}
"""It may work later."""

DEAD: Mapping[str, Meaning] = {
    STOPPED: _address(
        "The person has opted out (STOP) of this sender; only her own START reopens it"
    ),
    "21211": _address("This is no valid phone number"),
    "21214": _address("This number cannot be reached"),
    "21217": _address("This is no valid phone number"),
    "21265": _address("This is a short code, which a message cannot be sent to"),
    "21266": _address("The number is the sender's own"),
    "21604": _address("There is no number to send to"),
    "21612": _address(
        "Twilio has no way from this sender to this number; if that is so for many numbers, the "
        "sender is not fit for their country"
    ),
    "21614": _address("This is no mobile number"),
    "21635": _address("This is a landline"),
    "30003": _counted(
        Refusal.RETRY, "The phone is switched off, out of reach, or cannot receive messages"
    ),
    "30005": _address("The carrier does not know this number, or it is no longer in use"),
    "30006": _address("This is a landline, or its carrier takes no messages"),
    "63003": _address("Nobody is reached at this address by this channel"),
    "63024": _address("The channel says that this recipient is not valid"),
}
"""It is the address; ``30003`` only if it comes a few times in a row."""

UNFIT: Mapping[str, Meaning] = {
    "21408": _message(
        "The account may not send to this country; switch it on among the console's geographic "
        "permissions for messaging"
    ),
    "21602": _message("The message has no text"),
    "21609": _message("Twilio cannot use the callback's URL; look at DSN's BASE_URL"),
    "21617": _message("The text is longer than 1600 characters"),
    "21619": _message("The message has neither text nor media"),
    "21620": _message("The URL of a media file is not valid"),
    "21623": _message("The message has too many media files"),
    "21654": _message("The content template does not exist"),
    "21655": _message("The content template's SID is not valid"),
    "21656": _message("The content template's variables are not valid"),
    "21658": _message("The content template's variables are too long or too many"),
    "30004": _counted(
        Refusal.MESSAGE, "The carrier, or the person, blocks messages from this sender"
    ),
    "30007": _counted(Refusal.MESSAGE, "A carrier's filter took the message for spam"),
    "30008": _counted(Refusal.MESSAGE, "The carrier did not deliver it and does not say why"),
    "63015": _message("The person has not joined the WhatsApp sandbox"),
    "63016": _message(
        "WhatsApp takes free text only within 24 hours of the person's own last message"
    ),
}
"""It is the message."""

UNUSABLE: Mapping[str, Meaning] = {
    "10001": _account("The Twilio account is not active"),
    "20003": _account("Twilio refuses the account SID with this token or API key"),
    "20005": _account("The Twilio account is not active"),
    "20404": _account("Twilio does not know this account SID"),
    "21212": _account("The sender is not valid"),
    "21601": _account("The sender cannot send messages"),
    "21603": _account("There is no sender"),
    "21606": _account("The sender is not this account's, or cannot send messages"),
    "21607": _account("The sender is not this account's"),
    "21608": _account("A trial account may only send to numbers verified in the console"),
    "21659": _account("The sender is no number of Twilio's, or a short code of another country"),
    "21660": _account("The sender belongs to another account"),
    "21661": _account("The sender cannot send messages"),
    "21703": _account("The messaging service has no sender"),
    "21704": _account("The messaging service has no sender that fits"),
    "21705": _account("The messaging service's SID is not valid"),
    "30002": _account("The Twilio account is suspended"),
    "30018": _account("The number is not registered for its country"),
    "30024": _account("The sender has not been set up for this carrier"),
    "30032": _account("The toll-free number has not been verified"),
    "30033": _account("The campaign of this number is suspended"),
    "30034": _account("The number belongs to no registered campaign (A2P 10DLC)"),
    "30035": _account("The number's registration is not complete"),
    "63001": _account("The channel refuses Twilio's credentials for this sender"),
    "63007": _account("Twilio knows no such sender on this channel"),
}
"""It is the account, its sender or its registration."""

TABLE: Mapping[str, Meaning] = {**BUSY, **DEAD, **UNFIT, **UNUSABLE}
REFUSALS: Mapping[str, Refusal] = {each.value: each for each in Refusal}
"""What an account's ``codes`` may say."""


def meaning_of(code: str, overrides: Mapping[str, object]) -> Meaning | None:
    """What ``code`` means by the account's own words or by the table; None: neither knows it."""
    known = TABLE.get(code)
    own = _override(code, overrides)
    if own is None or (known is not None and known.refusal is own):
        return known
    scope = Scope.ACCOUNT if own is Refusal.ACCOUNT else Scope.MESSAGE
    return Meaning(refusal=own, words=known.words if known else "", scope=scope)


def _override(code: str, overrides: Mapping[str, object]) -> Refusal | None:
    """What the account says of ``code``; a value that ``check`` complains of says nothing."""
    if not overrides:
        return None
    # Settings may well name a code as a number.
    own = next((overrides[key] for key in overrides if str(key) == code), None)
    return REFUSALS.get(own) if isinstance(own, str) else None
