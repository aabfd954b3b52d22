"""What is wrong with an account, as far as its values tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dsn_core import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_telegram.accounts import Account

TOKEN = re.compile(r"[0-9]{5,}:[A-Za-z0-9_-]{30,50}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
NEARBY = frozenset({"127.0.0.1", "::1", "localhost"})


def check(account: Account) -> Iterator[Problem]:
    """Asks nobody."""
    if not TOKEN.fullmatch(account.token):
        yield Problem(
            message="The token is not of the form of a bot's token",
            hint="Copy it from @BotFather: digits, a colon, and about 35 letters and digits.",
        )
    if account.webhook_secret and not SECRET.fullmatch(account.webhook_secret):
        yield Problem(
            message="Telegram does not take this webhook_secret",
            hint="Use 1 to 256 of A-Z a-z 0-9 _ -, such as secrets.token_urlsafe() gives.",
        )
    yield from _name_problems(account)
    yield from _api_problems(account)


def _name_problems(account: Account) -> Iterator[Problem]:
    if not account.name:
        yield Problem(
            message="The bot's username is not configured, so that nobody can link herself",
            hint="Set 'username' to the bot's name, as in t.me/shop_bot.",
            serious=False,
        )
    elif not NAME.fullmatch(account.name):
        yield Problem(
            message=f"{account.username!r} is not the name of a bot",
            hint="Write it as it stands after t.me/, such as shop_bot.",
        )


def _api_problems(account: Account) -> Iterator[Problem]:
    try:
        split = urlsplit(account.base)
        host = split.hostname
    except ValueError:
        host = None
    if not host or split.scheme not in {"http", "https"}:
        yield Problem(
            message=f"{account.place!r} is not the address of a Bot API server",
            hint="Leave 'api_url' out, or write something like 'https://bots.example.org'.",
        )
    elif split.path.endswith("/bot"):
        yield Problem(
            message="'api_url' ends with /bot, which is added to it", hint="Leave the /bot out."
        )
    elif split.scheme == "http" and host not in NEARBY:
        yield Problem(
            message=f"The token goes to {host!r} unencrypted",
            hint="Use https in 'api_url', unless the network in between is yours.",
            serious=False,
        )
