"""What ``send_many`` gave: outcomes, or what it raised instead, and what is wrong with them."""

from __future__ import annotations

import json
import math
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted, Refusal, Refused, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsn_core.contract.message import Envelope


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception instead of an outcome, and the method that it came from."""

    error: BaseException
    place: str = "send_many"

    def __repr__(self) -> str:
        where = "" if self.place == "send_many" else f" (in {self.place})"
        words = str(self.error).rstrip(".")
        return f"raised {type(self.error).__name__}: {words}{where}"

    def instead(self) -> str:
        """What to do instead."""
        if self.place == "send_many":
            return "The service's answer is a value: return a Refused."
        return "Where a batch is entered and left, nothing fails while the service is there."

    def whole(self) -> str:
        """The error with all that led to it."""
        return "".join(traceback.format_exception(self.error))


def sent(messenger: Messenger, envelopes: Sequence[Envelope]) -> Iterator[object]:
    """Send as core does: each outcome, or ``Raised``; an ``__exit__`` that raises comes last."""
    try:
        entered: object = messenger.__enter__()
    except BaseException as error:  # noqa: BLE001  # a plugin's code
        yield Raised(error, "__enter__")
        return
    if not isinstance(entered, Messenger):
        yield Raised(TypeError(f"it gave {entered!r}: return self"), "__enter__")
        return
    try:
        yield from entered.send_many(envelopes)
    except BaseException as error:  # noqa: BLE001  # a plugin's code
        yield Raised(error)
    try:
        messenger.__exit__(None, None, None)
    except BaseException as error:  # noqa: BLE001  # a plugin's code
        yield Raised(error, "__exit__")


def wrongs(outcome: Accepted | Refused) -> Iterator[str]:
    """What is not of the type that it should be, to be read after the outcome."""
    if isinstance(outcome, Accepted):
        yield from _no_texts(outcome, "provider_id")
        try:
            json.dumps(outcome.detail, allow_nan=False)
        except (TypeError, ValueError):
            yield "its detail is not of JSON values, and would be dropped"
        return
    yield from _no_texts(outcome, "code", "reason")
    refusal: object = outcome.refusal
    scope: object = outcome.scope
    if not isinstance(refusal, Refusal):
        yield "its refusal is no Refusal"
    if not isinstance(scope, Scope):
        yield "its scope is no Scope"
    if not _is_delay(outcome.retry_after):
        yield "its retry_after is no number of seconds"


def _no_texts(outcome: object, *names: str) -> Iterator[str]:
    for name in names:
        if not isinstance(getattr(outcome, name), str):
            yield f"its {name} is no str"


def _is_delay(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, (int, float)) and math.isfinite(value) and value >= 0
