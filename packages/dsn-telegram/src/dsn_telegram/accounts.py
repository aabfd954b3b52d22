"""What a Telegram account and a Telegram Backend may be told."""

from __future__ import annotations

from typing import Literal

from dsn_core import Fields, option

API_URL = "https://api.telegram.org"
"""Where bots of Telegram's own service ask: https://core.telegram.org/bots/api#making-requests"""


class Account(Fields):
    """One bot.

    Example: ``{"token": os.environ["TELEGRAM_TOKEN"], "username": "shop_bot"}``
    """

    token: str = option(
        label="Bot token", help="From @BotFather, such as 123456789:AAF….", secret=True
    )
    username: str = option(
        default="",
        label="Name of the bot",
        help="As in t.me/shop_bot. Needed for the links by which people link themselves.",
    )
    webhook_secret: str = option(
        default="",
        label="Webhook secret",
        help="1 to 256 of A-Z a-z 0-9 _ -, the same as was given to setWebhook.",
        secret=True,
    )
    api_url: str = option(
        default=API_URL,
        label="Address of the Bot API",
        help="Another one for a Bot API server of your own, without the /bot.",
    )

    @property
    def name(self) -> str:
        """The bot's name without an @."""
        return self.username.strip().removeprefix("@")

    @property
    def base(self) -> str:
        """The address of the Bot API without a slash at its end."""
        return self.api_url.strip().rstrip("/")

    @property
    def place(self) -> str:
        """The same for people: without a user's name and password."""
        scheme, _mark, rest = self.base.rpartition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" if scheme else self.base


class Options(Fields):
    """What one Backend does its own way."""

    mode: Literal["HTML", "text"] = option(
        default="HTML",
        label="Format",
        help="HTML keeps bold, links and lists; text sends the words alone.",
    )
    silent: bool = option(
        default=False, label="Without a sound", help="The message arrives without a sound."
    )
    preview: bool = option(
        default=True, label="Link previews", help="Show a preview of the first link."
    )
    protect: bool = option(
        default=False,
        label="Protect the content",
        help="The message can be neither forwarded nor saved.",
    )
    thread_id: int | None = option(
        default=None,
        label="Topic",
        help="The number of a topic of a forum group. A topic in the address goes before it.",
    )
