"""The Telegram messenger. python-telegram-bot is loaded when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import Messenger, Overflow
from dsn_telegram.accounts import Account, Options

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from dsn_core import (
        Accepted,
        Envelope,
        Linked,
        Message,
        Moved,
        OptedIn,
        OptedOut,
        Problem,
        Receipt,
        Refused,
        Webhook,
    )


class Telegram(Messenger[Account, Options]):
    """Messages of a bot, by python-telegram-bot.

    The ``provider_id`` is ``chat_id:message_id``. All instances of a process share one event loop,
    and those of an account one bot.
    """

    key = "telegram"
    label = "Telegram"
    channel = "chat"
    description = "Messages of a bot to people, groups and channels."
    address_label = "Telegram chat ID"
    supports_subject = True
    supports_html = True
    supports_actions = True
    max_length = 4096
    overflow = Overflow.SPLIT
    concurrency = 8
    rate = "30/second"
    rate_per_address = "1/second"

    def __enter__(self) -> Self:
        """Load python-telegram-bot and have the bot ready. Nothing is asked of Telegram yet."""
        from dsn_telegram.bots import OFFICE

        OFFICE.prepare(self.account)
        return self

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Send one message, in parts where it is too long, and say what Telegram answered."""
        from dsn_telegram.sending import send

        return send(envelope, self.account, self.options)

    def normalize_address(self, raw: str) -> str:
        """``123``, ``-100123``, ``-100123:45`` (a topic of it) or ``@channelname``.

        A bot reaches by name only public groups and channels, never a person. Raises
        ``InvalidAddress`` naming the fault.
        """
        from dsn_telegram.addresses import normalize

        return normalize(raw)

    def measure(self, text: str) -> int:
        """UTF-16 units, as Telegram counts them, after the tags are taken out."""
        from dsn_telegram.counting import length

        return length(text)

    def address_rate(self, address: str) -> str | None:
        """A group or channel takes 20 a minute: https://core.telegram.org/bots/faq."""
        return "20/minute" if address.startswith(("-", "@")) else self.rate_per_address

    def remarks(self, message: Message) -> Iterable[str]:
        """In how many parts it goes out, and what of it Telegram cannot show."""
        from dsn_telegram.remarking import remarks

        return remarks(message, self.options)

    def receive(self, webhook: Webhook) -> Iterable[Receipt | OptedOut | OptedIn | Moved | Linked]:
        """What an update reports: a start, a stop, a block, a move. Raises ``Forged``."""
        from dsn_telegram.receiving import receive

        return receive(webhook, self.account)

    def poll(self) -> Iterable[Receipt | OptedOut | OptedIn | Moved | Linked]:
        """The same, fetched; each update is confirmed when the next is asked for.

        Raises ``PollFailed`` in plain words, such as that a webhook is set.
        """
        from dsn_telegram.polling import poll

        return poll(self.account)

    def link_url(self, token: str) -> str:
        """``https://t.me/<bot>?start=<token>``; empty where the bot's name is not configured."""
        return f"https://t.me/{self.account.name}?start={token}" if self.account.name else ""

    def check(self) -> Iterable[Problem]:
        """What is wrong with the account, as far as its values tell."""
        from dsn_telegram.checking import check

        return check(self.account)

    def probe(self) -> Iterable[Problem]:
        """Ask Telegram who the bot is and where its updates go."""
        from dsn_telegram.probing import probe

        return probe(self.account)
