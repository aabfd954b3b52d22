"""Twilio's client, kept for each account in each process, with a timeout and no retries.

Making a client takes 0.7 ms, and its first request a TLS handshake; a messenger lives for a part
of a batch only. So a process has one, which its threads share.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from dsn_sms.accounts import API_URL
from dsn_sms.deadlines import PunctualAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio.http.response import Response

    from dsn_sms.accounts import Account

KEPT = 64
"""Accounts of one process whose connections are kept."""
POOL = 16
"""Connections of one account that are kept; each thread that sends needs one."""
NO_ENVIRONMENT = {"TWILIO_REGION": ""}
"""Twilio's client reads TWILIO_* where it is given nothing: an account is what settings say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who asks, and where."""

    account_sid: str
    user: str
    password: str = field(repr=False)
    api_url: str
    timeout: float


class HttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """Asks the account's own address, and keeps the headers that Twilio's errors leave out."""

    def __init__(self, api_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, PunctualAdapter(pool_maxsize=POOL))
        self._api_url = api_url.rstrip("/")
        self._here = threading.local()

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the last answer to this thread; none where there was no answer."""
        return cast("Mapping[str, str]", getattr(self._here, "headers", {}))

    def request(self, method: str, url: str, *args: object, **options: object) -> Response:
        """As Twilio's own. Raises what requests raises where there is no answer."""
        self._here.headers = {}
        url = self._api_url + url.removeprefix(API_URL)
        response = super().request(method, url, *args, **options)
        self._here.headers = response.headers
        return response


class Line:
    """A client of one account, and what it was told besides."""

    def __init__(self, access: Access) -> None:
        self._http = HttpClient(access.api_url, access.timeout)
        self.client = Client(
            access.user,
            access.password,
            access.account_sid,
            http_client=self._http,
            environment=NO_ENVIRONMENT,
        )
        self.messages = self.client.messages

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the last answer to this thread."""
        return self._http.headers


def line_of(account: Account) -> Line:
    """The line that sends for ``account``: with its API key, if it has one.

    Raises ``ValueError`` where the timeout is not above zero.
    """
    key = bool(account.api_key)
    return _line(
        Access(
            account_sid=account.account_sid,
            user=account.api_key if key else account.account_sid,
            password=account.api_secret if key else account.auth_token,
            api_url=account.api_url,
            timeout=account.timeout,
        ),
        os.getpid(),
    )


def line_by_token(account: Account) -> Line:
    """A line with the auth token: an API key may not ask for the account itself."""
    return line_of(replace(account, api_key=""))


@lru_cache(KEPT)
def _line(access: Access, process: int) -> Line:
    """One for each ``process``: two that share a connection after a fork mix up their answers."""
    return Line(access)
