"""Asking X through tweepy. Loaded at the first send, and tweepy with it.

tweepy has no timeout, and its host is fixed: both are mended in an adapter, the only place below
it that a session offers. It signs before the adapter, so for the host that it knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
import tweepy
from requests.utils import get_environ_proxies

from dsn_twitter.accounts import API_URL, EVERYONE
from dsn_twitter.deadlines import PunctualAdapter
from dsn_twitter.redacting import quiet_loggers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsn_twitter.accounts import Account

TIMEOUT = 10.0
"""Seconds, to connect and for each silence after it; a whole answer has twice as long."""

STUMBLES = (tweepy.HTTPException, AttributeError, RecursionError, TypeError, ValueError)
"""What tweepy raises for a status, and while it reads a body or header that it does not expect."""


class Line:
    """A connection to X for one account. For one thread, as ``requests.Session`` is.

    Each method gives X's response, whatever its status. Raises ``requests.RequestException``
    where there is none, or ``Unread`` where only its beginning came.
    """

    def __init__(self, account: Account) -> None:
        quiet_loggers()
        self._adapter = _Adapter(account.api_url.rstrip("/"))
        self._client = tweepy.Client(
            consumer_key=account.consumer_key,
            consumer_secret=account.consumer_secret,
            access_token=account.access_token,
            access_token_secret=account.access_token_secret,
            return_type=requests.Response,
            wait_on_rate_limit=False,
        )
        session: requests.Session = self._client.session
        # A redirected POST would become a GET: X never redirects, so it is an error.
        session.max_redirects = 0
        for scheme in ("https://", "http://"):
            session.mount(scheme, self._adapter)

    def post(self, text: str, reply_settings: str) -> requests.Response:
        """Ask X to post ``text``."""
        replies = None if reply_settings == EVERYONE else reply_settings
        return self._ask(
            lambda: self._client.create_tweet(text=text, reply_settings=replies, user_auth=True)
        )

    def write(self, participant: str, text: str) -> requests.Response:
        """Ask X to send ``text`` to the user ``participant``."""
        return self._ask(
            lambda: self._client.create_direct_message(
                participant_id=participant, text=text, user_auth=True
            )
        )

    def who(self) -> requests.Response:
        """Ask X whose keys these are."""
        return self._ask(lambda: self._client.get_me(user_auth=True))

    def close(self) -> None:
        """Hang up."""
        self._client.session.close()

    def _ask(self, call: Callable[[], object]) -> requests.Response:
        self._adapter.response = None
        try:
            call()
        except requests.TooManyRedirects:
            raise
        except requests.RequestException as error:
            if self._adapter.response is None:
                raise
            raise Unread(self._adapter.response) from error
        except STUMBLES:
            if self._adapter.response is None:
                raise
        response = self._adapter.response
        if response is None:
            raise RuntimeError("tweepy asked nobody")
        return response


class Unread(Exception):
    """The head of a response came, its body did not."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.status = response.status_code


class _Adapter(PunctualAdapter):
    """Sends to ``url`` what is meant for X, in time, and keeps the response."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.response: requests.Response | None = None
        self._url = url
        self._proxies: Mapping[str, str] | None = None

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: bool | str = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send ``request``, after ``TIMEOUT`` seconds of silence no longer."""
        if self._url != API_URL:
            request.url = self._url + str(request.url).removeprefix(API_URL)
            # The session has chosen one by the URL that tweepy knows.
            proxies = self._choose_proxies()
        self.response = super().send(
            request,
            stream=stream,
            timeout=TIMEOUT,
            verify=verify,
            cert=cert,  # type: ignore[arg-type]  # as it came
            proxies=proxies,
        )
        return self.response

    def _choose_proxies(self) -> Mapping[str, str]:
        if self._proxies is None:
            try:
                self._proxies = get_environ_proxies(self._url)
            except ValueError as error:
                raise requests.exceptions.InvalidURL(self._url) from error
        return self._proxies
