"""What an account on X and a Backend that posts may be told."""

from __future__ import annotations

from decimal import Decimal

from dsn_core import Fields, option
from dsn_twitter import prices

API_URL = "https://api.twitter.com"
EVERYONE = "everyone"
"""May reply where X is told nothing about it."""


class Account(Fields):
    """The keys by which X knows an app and the user in whose name it writes (OAuth 1.0a).

    All four stand under "Keys and tokens" of an app in https://console.x.com. Prices matter for
    what is said about them only; X charges what it charges.

    Example: ``{"consumer_key": "…", "consumer_secret": "…", "access_token": "1234-…",
    "access_token_secret": "…"}``
    """

    consumer_key: str = option(
        label="Consumer key", help="Also called API key: it names the app.", secret=True
    )
    consumer_secret: str = option(
        label="Consumer secret", help="Also called API key secret.", secret=True
    )
    access_token: str = option(
        label="Access token", help="It names the user: her ID, a hyphen, letters.", secret=True
    )
    access_token_secret: str = option(label="Access token secret", secret=True)
    api_url: str = option(
        default=API_URL,
        label="URL of the API",
        help="Another one for tests and for proxies; requests are signed for api.twitter.com.",
    )
    post_price: Decimal = option(
        default=prices.POST, label="Price of a post", help="In USD, where yours is another."
    )
    link_price: Decimal = option(
        default=prices.POST_WITH_LINK, label="Price of a post with a link", help="In USD."
    )
    message_price: Decimal = option(
        default=prices.DIRECT_MESSAGE, label="Price of a direct message", help="In USD."
    )


class PostOptions(Fields):
    """What one Backend that posts does its own way."""

    links: bool = option(
        default=True,
        label="With links",
        help="Without, links and actions are left out: a post with a link costs 13 times as much.",
    )
    reply_settings: str = option(
        default=EVERYONE,
        label="Who may reply",
        choices=(
            (EVERYONE, "Everybody"),
            ("following", "Whom the account follows"),
            ("mentionedUsers", "Who is mentioned"),
            ("subscribers", "Subscribers"),
            ("verified", "Verified accounts"),
        ),
    )
