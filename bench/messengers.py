"""What a message costs by our messengers, beside a bare loop over the same vendor's SDK.

Both send one after the other to one local server in another process, over one kept connection.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.interleaving import Case
from bench.promises import AtMostTimes
from bench.serving import served
from dsn_core import Accepted, Envelope, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import PreparedRequest, Response

    from dsn_core import Messenger

COUNT = 200
MOST = AtMostTimes(1.3)
TEXT = "Thanks, Ada: order {} is paid. We have received 49.90 EUR."


def through(messenger: Messenger, address: str) -> Callable[[], None]:
    """Sends ``COUNT`` messages as core does: one batch through ``send_many``."""

    def send() -> None:
        envelopes = [
            Envelope(
                key=str(uuid.uuid4()),
                address=address,
                message=Message(text=TEXT.format(uuid.uuid4())),
            )
            for _ in range(COUNT)
        ]
        with messenger:
            for outcome in messenger.send_many(envelopes):
                if not isinstance(outcome, Accepted):
                    raise TypeError(f"It was not accepted: {outcome!r}")

    return send


@contextmanager
def telegram() -> Iterator[Case]:
    """Beside ``Bot.send_message`` awaited in one loop."""
    from telegram import Bot

    from dsn_telegram.accounts import Account, Options
    from dsn_telegram.messenger import Telegram
    from dsn_telegram.testing import TOKEN

    with served("telegram") as url:
        runner = asyncio.Runner()
        bot = Bot(TOKEN, base_url=f"{url}/bot")

        async def bare() -> None:
            for _ in range(COUNT):
                await bot.send_message(4711, TEXT.format(uuid.uuid4()))

        messenger = Telegram(account=Account(token=TOKEN, api_url=url), options=Options())
        yield Case(
            floor_name="python-telegram-bot",
            count=COUNT,
            ours=through(messenger, "4711"),
            floor=lambda: runner.run(bare()),
            promise=MOST,
        )
        runner.run(bot.shutdown())
        runner.close()


@contextmanager
def sms() -> Iterator[Case]:
    """Beside ``Client.messages.create``."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    from dsn_sms.accounts import API_URL, Account, Options
    from dsn_sms.messenger import SMS
    from dsn_sms.testing import ACCOUNT_SID, AUTH_TOKEN

    with served("sms") as url:

        class Redirected(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
            def request(self, method: str, target: str, *args: object, **options: object) -> object:
                return super().request(method, target.replace(API_URL, url), *args, **options)

        client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=Redirected(timeout=10))

        def bare() -> None:
            for _ in range(COUNT):
                client.messages.create(
                    to="+4915228817386", from_="+15005550006", body=TEXT.format(uuid.uuid4())
                )

        account = Account(
            account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, from_number="+15005550006", api_url=url
        )
        yield Case(
            floor_name="twilio",
            count=COUNT,
            ours=through(SMS(account=account, options=Options()), "+4915228817386"),
            floor=bare,
            promise=MOST,
        )


@contextmanager
def x_post() -> Iterator[Case]:
    """Beside ``Client.create_tweet``."""
    import tweepy
    from requests.adapters import HTTPAdapter

    from dsn_twitter.accounts import API_URL, Account, PostOptions
    from dsn_twitter.messenger import Post
    from dsn_twitter.testing import XServer

    with served("x_post") as url:

        class Redirected(HTTPAdapter):
            def send(self, request: PreparedRequest, *args: object, **options: object) -> Response:
                assert request.url is not None
                request.url = request.url.replace(API_URL, url)
                return super().send(request, *args, **options)  # type: ignore[arg-type]

        keys = XServer().keys
        client = tweepy.Client(**keys)
        client.session.mount(API_URL, Redirected())

        def bare() -> None:
            for _ in range(COUNT):
                client.create_tweet(text=TEXT.format(uuid.uuid4()))

        account = Account(api_url=url, **keys)  # type: ignore[arg-type]  # four texts
        messenger = Post(account=account, options=PostOptions())
        yield Case(
            floor_name="tweepy",
            count=COUNT,
            ours=through(messenger, ""),
            floor=bare,
            promise=MOST,
        )
