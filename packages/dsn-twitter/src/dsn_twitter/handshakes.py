"""Telling a TLS that never began from one that broke after X had been asked."""

from __future__ import annotations

import traceback

HANDSHAKE = "do_handshake"
"""The function of Python's ssl in which TLS fails before anything is asked."""


def failed_in_handshake(error: BaseException) -> bool:
    """Is there, in what led to ``error``, a TLS handshake?

    urllib3 gives up in the same words wherever TLS fails, so that only the way there tells.
    """
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or any(each is one for one in seen):
            continue
        seen.append(each)
        frames = traceback.walk_tb(each.__traceback__)
        if any(frame.f_code.co_name == HANDSHAKE for frame, _line in frames):
            return True
        waiting += [each.__cause__, each.__context__, *each.args, getattr(each, "reason", None)]
    return False
