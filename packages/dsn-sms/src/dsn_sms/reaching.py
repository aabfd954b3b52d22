"""Whether a service that gave no answer had been asked: what it was not asked may be sent again.

dsn-sms and dsn-twitter have this file alike, to the letter, as plugins share no code.
"""

from __future__ import annotations

import traceback

CONNECT = "connect"
"""http.client's method, and urllib3's, that reaches the service: by a proxy's tunnel, if there is
one, and with TLS. Only what comes after it asks anything."""


def was_asked(error: BaseException) -> bool:
    """May the request have gone out where ``error`` came instead of an answer?

    urllib3 gives up in the same words wherever TLS or a connection breaks, so that only the way
    there tells.
    """
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or any(each is one for one in seen):
            continue
        seen.append(each)
        frames = traceback.walk_tb(each.__traceback__)
        if any(frame.f_code.co_name == CONNECT for frame, _line in frames):
            return False
        # Not its "__context__": what somebody else was handling is no part of it.
        waiting += [each.__cause__, *each.args, getattr(each, "reason", None)]
    return True
