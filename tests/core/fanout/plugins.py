"""Plugins as strangers write them: well-behaved and otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.gate import Candidate, Gate, Pass
from dsn_core.contract.messenger import Audience, Messenger
from dsn_core.contract.occurrence import Occurrence, RecipientSource
from dsn_core.contract.outcome import Accepted
from dsn_core.exceptions import InvalidAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Post(Messenger):
    """Takes what has an @, in small letters."""

    key = "post"
    label = "Post"
    channel = "email"
    user_field = "email"

    def send(self, envelope):
        return Accepted(provider_id="1")

    def normalize_address(self, raw: str) -> str:
        if "@" not in raw:
            raise InvalidAddress(f"{raw!r} has no @")
        return raw.strip().lower()


class Phone(Messenger):
    """Takes what begins with a +; has no place on a user of its own."""

    key = "phone"
    label = "Phone"
    channel = "sms"

    def send(self, envelope):
        return Accepted(provider_id="1")

    def normalize_address(self, raw: str) -> str:
        if not raw.startswith("+"):
            raise InvalidAddress(f"{raw!r} has no +")
        return raw.replace(" ", "")


class Wall(Messenger):
    """One message for everybody."""

    key = "wall"
    label = "Wall"
    channel = "social"
    audience = Audience.PUBLIC

    def send(self, envelope):
        return Accepted(provider_id="1")


class LockedAccount(Fields):
    token: str = option(label="Token", secret=True)


class Locked(Messenger[LockedAccount, Fields]):
    """Cannot be made without its account."""

    key = "locked"
    label = "Locked"
    channel = "chat"
    user_field = "email"

    def send(self, envelope):
        return Accepted(provider_id="1")


class Muddled(Post):
    """Stumbles over one address."""

    key = "muddled"

    def normalize_address(self, raw: str) -> str:
        if raw.startswith("odd"):
            raise TypeError("odd")
        return raw


def source(answer: Callable[[Occurrence], Iterable[object]]) -> type[RecipientSource]:
    """A recipient source ``shop.some`` that answers so."""

    class Some(RecipientSource):
        key = "shop.some"
        label = "Some"

        def recipients(self, occurrence: Occurrence) -> Iterable[object]:
            return answer(occurrence)

    return Some


def gate(screen: Callable[[Sequence[Candidate]], Iterable[object]]) -> type[Gate]:
    """A gate ``shop.gate`` that screens so."""

    class Some(Gate):
        key = "shop.gate"

        def screen(self, candidates: Sequence[Candidate]):
            return screen(candidates)

    return Some


def judging(judge: Callable[[Candidate], object]) -> type[Gate]:
    """A gate ``shop.gate`` that judges each candidate by itself; None passes."""
    return gate(lambda candidates: (judge(candidate) or Pass() for candidate in candidates))
