"""Keeping a text within the segments that a Backend pays for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import Refusal, Refused
from dsn_sms.segments import cut_to_segments, split_segments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_sms.accounts import Options
    from dsn_sms.segments import Segments

MOST_SHOWN = 5
"""Of the characters that make a text UCS-2."""


def fit(text: str, options: Options) -> str | Refused:
    """``text`` as it may be sent: cut where the Backend says so, or refused."""
    most = options.max_segments
    if most < 1:
        return text
    if options.over == "cut":
        return cut_to_segments(text, most, smart_encoded=options.smart_encoded)
    count = split_segments(text, smart_encoded=options.smart_encoded).count
    if count <= most:
        return text
    reason = f"The text takes {count} segments, and the backend sends at most {most}"
    return Refused(refusal=Refusal.MESSAGE, code="max_segments", reason=reason)


def remarks(text: str, options: Options, *, whatsapp: bool) -> Iterator[str]:
    """What to say of ``text`` to somebody who previews it."""
    if whatsapp:
        yield "WhatsApp takes it only within 24 hours of the person's own last message"
        return
    found = split_segments(text, smart_encoded=options.smart_encoded)
    yield _counted(found)
    fitted = fit(text, options)
    if isinstance(fitted, Refused):
        yield fitted.reason
    elif fitted != text:
        yield _cut(text, fitted, options.max_segments)


def _counted(found: Segments) -> str:
    words = f"{found.count} {'segment' if found.count == 1 else 'segments'} of {found.encoding}"
    if not found.foreign:
        return words
    shown = "".join(found.foreign[:MOST_SHOWN])
    more = " and others" if len(found.foreign) > MOST_SHOWN else ""
    return f"{words}, because of “{shown}”{more}"


def _cut(text: str, fitted: str, most: int) -> str:
    kept = fitted[: -3 if fitted.endswith("...") else -1]
    segments = "segment" if most == 1 else "segments"
    return f"Cut to {most} {segments}: the last {len(text) - len(kept)} characters are left out"
