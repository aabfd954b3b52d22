"""What is wrong with an account, as far as its values tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dsn_core import Problem
from dsn_sms.codes import REFUSALS
from dsn_sms.senders import sender_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_sms.accounts import Account, Options

HEX = "[0-9a-fA-F]{32}"
ACCOUNT_SID = re.compile(f"AC{HEX}")
API_KEY = re.compile(f"SK{HEX}")
SERVICE_SID = re.compile(f"MG{HEX}")
LONGEST_TIMEOUT = 600
CONSOLE = "Copy it from https://console.twilio.com."


def timeout_fault(account: Account) -> str:
    """Why nobody can be asked with the account's timeout, in words; empty where one can."""
    if 0 < account.timeout <= LONGEST_TIMEOUT:
        return ""
    return (
        f"'timeout' is {account.timeout}; it must be above 0, and at most {LONGEST_TIMEOUT} seconds"
    )


def check(account: Account, options: Options) -> Iterator[Problem]:
    """Each fault of the values; ``options`` are a Backend's, or the defaults."""
    yield from _credentials(account)
    yield from _sender(account, options)
    yield from _region(account)
    yield from _codes(account)
    yield from _connection(account)
    yield from _options(options)


def _credentials(account: Account) -> Iterator[Problem]:
    if not ACCOUNT_SID.fullmatch(account.account_sid):
        yield Problem(
            message="'account_sid' is not AC and 32 hex digits; is it another key in its place?",
            hint=CONSOLE,
        )
    if not account.auth_token:
        yield Problem(
            message="'auth_token' is empty; webhooks cannot be verified without it",
            hint=CONSOLE,
        )
    if bool(account.api_key) != bool(account.api_secret):
        missing = "api_secret" if account.api_key else "api_key"
        yield Problem(message=f"{missing!r} is missing; an API key has two parts", hint=CONSOLE)
    if account.api_key and not API_KEY.fullmatch(account.api_key):
        yield Problem(message="'api_key' is not SK and 32 hex digits", hint=CONSOLE)


def _sender(account: Account, options: Options) -> Iterator[Problem]:
    service = account.messaging_service_sid
    if service and not SERVICE_SID.fullmatch(service):
        yield Problem(
            message="'messaging_service_sid' is not MG and 32 hex digits",
            hint=CONSOLE,
        )
    if not (service or account.from_number or options.from_number):
        yield Problem(
            message="There is no sender",
            hint="Set the account's 'from_number' or its 'messaging_service_sid'.",
        )
    if service and account.from_number:
        yield Problem(
            message="'from_number' and 'messaging_service_sid' are both given",
            hint="Twilio takes both where the number is in the service's pool; else keep one.",
            serious=False,
        )
    for sender in filter(None, (account.from_number, options.from_number)):
        fault = sender_fault(sender, whatsapp=account.whatsapp)
        if fault:
            yield Problem(
                message=fault,
                hint="Take one of the account's senders in https://console.twilio.com.",
            )


def _region(account: Account) -> Iterator[Problem]:
    if not account.region:
        return
    from dsn_sms.addresses import is_region

    if not is_region(account.region):
        yield Problem(
            message=f"'region' is {account.region!r}, which is no country with phone numbers",
            hint="Write two letters, such as DE or US.",
        )


def _codes(account: Account) -> Iterator[Problem]:
    known = f"Write one of {', '.join(REFUSALS)}."
    for code, meaning in account.codes.items():
        if not str(code).isdecimal():
            yield Problem(
                message=f"'codes' names {code!r}, which is no code of Twilio's",
                hint="Write the digits that Twilio's documentation gives, such as 30008.",
            )
        if not isinstance(meaning, str) or meaning not in REFUSALS:
            yield Problem(message=f"'codes' says {meaning!r} of {code}", hint=known)


def _connection(account: Account) -> Iterator[Problem]:
    try:
        url = urlsplit(account.api_url)
        good = url.scheme in ("http", "https") and bool(url.hostname) and not url.username
    except ValueError:
        good = False
    if not good:
        yield Problem(
            message="'api_url' is no address such as https://api.twilio.com",
            hint="Leave it out, unless Twilio is reached in another way.",
        )
    fault = timeout_fault(account)
    if fault:
        yield Problem(message=fault, hint="Leave it out for 10 seconds.")


def _options(options: Options) -> Iterator[Problem]:
    if options.max_segments < 0:
        yield Problem(message="'max_segments' is below 0", hint="0 is as many as it takes.")
    seconds = options.validity_seconds
    if seconds is not None and not 1 <= seconds <= 36_000:
        yield Problem(
            message=f"'validity_seconds' is {seconds}; Twilio takes 1 to 36000",
            hint="Leave it empty for Twilio's own ten hours.",
        )
