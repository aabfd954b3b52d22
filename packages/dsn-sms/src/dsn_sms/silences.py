"""What it means that Twilio did not answer: had it been asked?"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError

from dsn_core import Refusal, Refused, Scope

if TYPE_CHECKING:
    from dsn_sms.accounts import Account

HANDSHAKE = "do_handshake"
"""The function of Python's ssl in which TLS fails before anything is asked."""


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


def was_asked(error: requests.RequestException) -> bool:
    """May the request have gone out? Where a connection never stood, it has not."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return False
    if isinstance(error, requests.exceptions.SSLError):
        return not _failed_in_handshake(error)
    if isinstance(error, requests.ConnectionError):
        # With no retries, urllib3 gives up in these words before it has written anything.
        return not (error.args and isinstance(error.args[0], MaxRetryError))
    return True


def place_of(account: Account) -> str:
    """Who is asked, for people: "api.twilio.com"."""
    try:
        return urlsplit(account.api_url).netloc.rpartition("@")[2] or "Twilio"
    except ValueError:
        return "Twilio"


def _failed_in_handshake(error: BaseException) -> bool:
    """Is there, in what led to ``error``, a TLS handshake?"""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or each in seen:
            continue
        seen.append(each)
        frames = traceback.walk_tb(each.__traceback__)
        if any(frame.f_code.co_name == HANDSHAKE for frame, _ in frames):
            return True
        waiting += [each.__cause__, each.__context__, *each.args, getattr(each, "reason", None)]
    return False
