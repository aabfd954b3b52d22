"""What it means that Twilio did not answer: had it been asked?"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from dsn_core import Refusal, Refused, Scope
from dsn_sms.reaching import was_asked

if TYPE_CHECKING:
    from dsn_sms.accounts import Account


def of_silence(error: Exception, account: Account) -> Refused | None:
    """The outcome where ``error`` came instead of an answer; None: it is no error of the network.

    The words are ours: those of requests and urllib3 quote URLs.
    """
    code, place = type(error).__name__, place_of(account)
    if not isinstance(error, requests.RequestException):
        return None
    if isinstance(error, ValueError):
        # InvalidURL, MissingSchema and their like.
        reason = f"'api_url', or a proxy in the environment, cannot be used ({code})"
        return Refused(refusal=Refusal.ACCOUNT, code=code, reason=reason, scope=Scope.ACCOUNT)
    if was_asked(error):
        reason = f"{place} was asked and did not answer ({code})"
        return Refused(refusal=Refusal.IN_DOUBT, code=code, reason=reason)
    reason = f"{place} cannot be reached ({code}); nothing was sent"
    return Refused(refusal=Refusal.RETRY, code=code, reason=reason, scope=Scope.ACCOUNT)


def place_of(account: Account) -> str:
    """Who is asked, for people: "api.twilio.com"."""
    try:
        return urlsplit(account.api_url).netloc.rpartition("@")[2] or "Twilio"
    except ValueError:
        return "Twilio"
