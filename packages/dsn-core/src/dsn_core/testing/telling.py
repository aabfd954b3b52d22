"""What a failed assertion says: what was wanted, what there is, and why there is not more."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from unittest.util import safe_repr

from dsn_core.testing.aftermath import MOST_LINES, aftermath
from dsn_core.testing.messages import differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dsn_core.testing.aftermath import Span
    from dsn_core.testing.messages import SentMessage, Wanted

LONGEST_TEXT = 300


def expected(times: int, wanted: Wanted, messages: Sequence[SentMessage], span: Span) -> str:
    """So many were expected as ``wanted``, but ``messages`` are there."""
    count = sum(not differences(message, wanted) for message in messages)
    lines = [
        f"Expected {_number(times)}{_in_words(wanted)}; there {_is(count)}.",
        *_taken_for_an_address(wanted.get("to"), (message.address for message in messages)),
        *_listed(messages, wanted),
        *aftermath(span),
    ]
    return "\n".join(lines)


def suppressed_instead(to: object, reason: str, hers: Sequence[str], span: Span) -> str:
    """One to ``to`` should have been suppressed, but ``hers`` is what became of her messages."""
    why = f" for {reason!r}" if reason else ""
    lines = [f"Expected a message to {safe_repr(to)} to be suppressed{why}."]
    if hers:
        lines += ["What became of those to it:", *(f"  {line}" for line in hers)]
    else:
        lines += ["None was made.", *_taken_for_an_address(to, ()), *aftermath(span)]
    return "\n".join(lines)


def _taken_for_an_address(to: object, addresses: Iterable[str]) -> Iterator[str]:
    """That a text is no user's name, where it is no address either."""
    if isinstance(to, str) and to not in addresses:
        yield f"{to!r} was taken for an address; for a user, give the user."


def _number(count: int) -> str:
    return {0: "no message", 1: "1 message"}.get(count, f"{count} messages")


def _is(count: int) -> str:
    return {0: "is none", 1: "is 1"}.get(count, f"are {count}")


def _in_words(wanted: Wanted) -> str:
    values = cast("Mapping[str, object]", wanted)
    words = ", ".join(f"{name}={safe_repr(value)}" for name, value in values.items())
    return f" with {words}" if words else ""


def _listed(messages: Sequence[SentMessage], wanted: Wanted) -> Iterator[str]:
    if not messages:
        yield "The outbox is empty."
        return
    yield f"In the outbox ({len(messages)}):"
    for message in messages[:MOST_LINES]:
        yield f"  {_told(message)}"
        other = differences(message, wanted)
        if other:
            yield f"    other: {', '.join(other)}"
    if len(messages) > MOST_LINES:
        yield f"  and {len(messages) - MOST_LINES} more"


def _told(message: SentMessage) -> str:
    who = [safe_repr(message.user)] if message.user is not None else []
    who += [message.address] if message.address else []
    text = message.text or message.html
    shown = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
    return (
        f"{message.messenger} ({message.backend}) to {', '.join(who) or 'everybody'}, "
        f"{message.language}, {message.verb}: {message.subject!r} {shown!r}"
    )
