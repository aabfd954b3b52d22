"""The two messengers of X. tweepy is loaded at the first send."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from dsn_core import Audience, Fields, InvalidAddress, Messenger, Refusal, Refused
from dsn_twitter import prices
from dsn_twitter.accounts import Account, PostOptions
from dsn_twitter.addresses import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Self

    import requests

    from dsn_core import Accepted, Envelope, Message, Problem
    from dsn_twitter.answers import Kind
    from dsn_twitter.connecting import Line

OptionsT = TypeVar("OptionsT", bound=Fields, covariant=True)

TWICE_AS_DEAR = f"{prices.in_words(prices.POST)} each, {prices.in_words(prices.POST_WITH_LINK)}"
"""In words, the two prices of a post."""


class Correspondent(Messenger[Account, OptionsT]):
    """What both messengers share: the keys, and a connection that is kept for a batch."""

    _line: Line | None = None
    _keeps: bool = False

    def __enter__(self) -> Self:
        """Keep the connection, which the first message opens."""
        self._keeps = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection, if there is one."""
        self._keeps = False
        self._hang_up()

    def check(self) -> Iterable[Problem]:
        """What is wrong with the keys, as far as their looks tell."""
        from dsn_twitter.checking import check

        return check(self.account)

    def probe(self) -> Iterable[Problem]:
        """Ask X whose keys these are, which costs a lookup, and say what is wrong with them."""
        from dsn_twitter.checking import probe

        return probe(self.account)

    def _ask(
        self, question: Callable[[Line], requests.Response], kind: Kind, *, doubted: bool
    ) -> Accepted | Refused:
        """The outcome of what ``question`` asks X."""
        from dsn_twitter.asking import ask
        from dsn_twitter.connecting import Line

        if self._line is None:
            self._line = Line(self.account)
        try:
            return ask(self._line, question, kind, self.account, doubted=doubted)
        finally:
            if not self._keeps:
                self._hang_up()

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


class Post(Correspondent[PostOptions]):
    """A post on X, one for each event. The ``provider_id`` is the post's ID.

    X limits a user to 100 posts in 15 minutes and an app to 10,000 in 24 hours; ``rate`` keeps
    within both. Source: https://docs.x.com/x-api/fundamentals/rate-limits
    """

    key = "x_post"
    label = "Post on X"
    channel = "social"
    description = f"One post for each event: {TWICE_AS_DEAR} with a link ({prices.AS_OF})."
    audience = Audience.PUBLIC
    max_length = 280
    rate = "6/minute"

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Post one message and say what X answered."""
        from dsn_twitter.answers import Kind

        text = self._text(envelope.message)
        if not text:
            return _nothing("The message has no words that can be posted")
        replies = self.options.reply_settings
        return self._ask(lambda line: line.post(text, replies), Kind.POST, doubted=envelope.doubted)

    def measure(self, text: str) -> int:
        """The weighted length of ``text`` as it would be posted: a link weighs 23, an emoji 2."""
        from dsn_twitter.composing import measure_post

        return measure_post(text, links=self.options.links)

    def remarks(self, message: Message) -> Iterable[str]:
        """How long the post is, and what it costs."""
        from dsn_twitter.links import find_links
        from dsn_twitter.weighing import weigh

        text = self._text(message)
        has_link = any(find_links(text))
        price = self.account.link_price if has_link else self.account.post_price
        why = " because it has a link" if has_link else ""
        yield f"{weigh(text)} of {self.max_length}; costs {prices.in_words(price)}{why}"

    def _text(self, message: Message) -> str:
        from dsn_twitter.composing import compose_post

        return compose_post(message, links=self.options.links, longest=self.max_length)


class DirectMessage(Correspondent[Fields]):
    """A direct message on X. The ``provider_id`` is the event's ID, ``detail`` has the
    conversation's.

    X limits a user, and an app, to 15 direct messages in 15 minutes and 1,440 in 24 hours: both
    are one a minute. Source: https://docs.x.com/x-api/fundamentals/rate-limits
    """

    key = "x_dm"
    label = "Direct message on X"
    channel = "chat"
    description = (
        f"A private message on X. {prices.in_words(prices.DIRECT_MESSAGE)} each ({prices.AS_OF})."
    )
    address_label = "X user ID (digits)"
    max_length = 10_000
    rate = "1/minute"

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Send one direct message and say what X answered."""
        from dsn_twitter.answers import Kind
        from dsn_twitter.composing import clean

        try:
            participant = normalize(envelope.address)
        except InvalidAddress as error:
            return Refused(refusal=Refusal.ADDRESS, code="InvalidAddress", reason=str(error))
        text = clean(envelope.message.text)
        if not text:
            return _nothing("The message has no words")
        return self._ask(
            lambda line: line.write(participant, text),
            Kind.DIRECT_MESSAGE,
            doubted=envelope.doubted,
        )

    def normalize_address(self, raw: str) -> str:
        """``raw`` without blanks around it. Raises ``InvalidAddress`` where it is no user ID."""
        return normalize(raw)

    def remarks(self, message: Message) -> Iterable[str]:
        """How long the message is, and what it costs."""
        from dsn_twitter.composing import clean

        length = len(clean(message.text))
        price = prices.in_words(self.account.message_price)
        yield f"{length:,} of {self.max_length:,}; costs {price}"


def _nothing(reason: str) -> Refused:
    return Refused(refusal=Refusal.MESSAGE, code="empty", reason=reason)
