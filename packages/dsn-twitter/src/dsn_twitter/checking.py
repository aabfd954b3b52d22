"""What is wrong with an account, in words: offline for ``check``, by asking for ``probe``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dsn_core import Problem, Refused
from dsn_twitter.accounts import API_URL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_twitter.accounts import Account

KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
ACCESS_TOKEN = re.compile(r"[0-9]+-[A-Za-z0-9]+")
BEARER = re.compile(r"A{20}")
WHERE = "Copy it from 'Keys and tokens' of the app in https://console.x.com."
HERE = ("localhost", "127.0.0.1", "::1")


def check(account: Account) -> Iterator[Problem]:
    """What the values alone tell. No key is shown."""
    for name in KEYS:
        yield from _key_problems(name, getattr(account, name))
    yield from _mixed_up(account)
    yield from _url_problems(account.api_url)


def probe(account: Account) -> Iterator[Problem]:
    """What X says to the question whose keys these are. It costs the price of a lookup."""
    from dsn_twitter.answers import Kind
    from dsn_twitter.asking import ask
    from dsn_twitter.connecting import Line

    line = Line(account)
    try:
        outcome = ask(line, Line.who, Kind.POST, account, doubted=False)
    finally:
        line.close()
    if isinstance(outcome, Refused):
        yield Problem(message=outcome.reason, hint=_hint(outcome))


def _key_problems(name: str, key: str) -> Iterator[Problem]:
    if not key.strip():
        yield Problem(message=f"'{name}' is empty", hint=WHERE)
    elif re.search(r"\s", key):
        yield Problem(message=f"'{name}' has a blank or a line break in it", hint=WHERE)
    elif not key.isascii() or not key.isprintable():
        yield Problem(message=f"'{name}' has a character that no key has", hint=WHERE)
    elif BEARER.match(key):
        yield Problem(
            message=f"'{name}' looks like a bearer token, with which nobody can post",
            hint=WHERE,
        )


def _mixed_up(account: Account) -> Iterator[Problem]:
    token = account.access_token
    if token.strip() and not ACCESS_TOKEN.fullmatch(token.strip()):
        yield Problem(
            message="'access_token' does not begin with a user's ID and a hyphen",
            hint=f"Is it the access token, not its secret or the consumer key? {WHERE}",
        )
    for name in ("consumer_key", "consumer_secret", "access_token_secret"):
        if ACCESS_TOKEN.fullmatch(getattr(account, name)):
            yield Problem(message=f"'{name}' looks like an access token", hint=WHERE)


def _url_problems(url: str) -> Iterator[Problem]:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        _ = parts.port
    except ValueError:
        sound = False
    if not sound:
        yield Problem(
            message=f"'api_url' is no address such as {API_URL}",
            hint="Leave it out, unless X is reached in another way.",
        )
    elif parts.scheme == "http" and parts.hostname not in HERE:
        yield Problem(
            message="'api_url' begins with http://, so messages can be read on their way",
            hint="Use https://.",
            serious=False,
        )


def _hint(refused: Refused) -> str:
    if refused.code == "oauth1-permissions":
        return "Set 'Read and write and Direct message' in the app's settings first."
    if refused.reason.startswith("X does not accept these keys"):
        return "Make new keys and tokens in https://console.x.com, and copy all four."
    if refused.retry_after is not None:
        return f"Ask again in {round(refused.retry_after)} seconds."
    return ""
