"""Whether a text tells a secret, and all that is said aside while something is sent."""

from __future__ import annotations

import base64
import binascii
import io
import logging
import re
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

from dsn_core.testing.contracts.results import Raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pytest

BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
URL_SAFE = str.maketrans("-_", "+/")


def holds(text: str, secrets: Iterable[str]) -> bool:
    """Does ``text`` hold one of them, as it is or as HTTP's basic authentication writes it?"""
    shown = "\n".join([text, *map(_decoded, BASE64.findall(text))])
    return any(secret in shown for secret in secrets)


def _decoded(word: str) -> str:
    padded = word.translate(URL_SAFE) + "=" * (-len(word) % 4)
    try:
        return base64.b64decode(padded).decode("utf-8", "replace")
    except binascii.Error:
        return ""


@contextmanager
def overhearing(
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Callable[[], list[tuple[str, str]]]]:
    """What gives, when called, who has said what since the last call: logs, prints, warnings."""
    caplog.set_level(logging.DEBUG)
    with (
        warnings.catch_warnings(record=True) as warned,
        redirect_stdout(io.StringIO()) as out,
        redirect_stderr(io.StringIO()) as errors,
    ):
        warnings.simplefilter("always")

        def said() -> list[tuple[str, str]]:
            heard = [(f"the logger {one.name!r}", _written(one)) for one in caplog.records]
            heard += [("a warning", str(one.message)) for one in warned]
            heard += [("a print", stream.getvalue()) for stream in (out, errors)]
            caplog.clear()
            warned.clear()
            return heard

        yield said


def _written(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return record.getMessage() + (Raised(error).whole() if error else "")
