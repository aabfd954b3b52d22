"""A service's local server in a process of its own, so that it takes no time from who asks it.

``python -m bench.serving telegram`` prints where it listens, and serves until its input ends.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.smtp import SMTPSink
    from dsn_core.testing import HTTPServer


def server_of(service: str) -> HTTPServer | SMTPSink:
    """The server that plays it; for e-mail its ``url`` is a port."""
    if service == "email":
        from bench.smtp import SMTPSink

        return SMTPSink()
    if service == "telegram":
        from dsn_telegram.testing import TelegramServer

        return TelegramServer()
    if service == "sms":
        from dsn_sms.testing import TwilioServer

        return TwilioServer()
    from dsn_twitter.testing import XServer

    return XServer()


@contextmanager
def served(service: str) -> Iterator[str]:
    """The URL of the service, for as long as the block lasts."""
    command = [sys.executable, "-m", "bench.serving", service]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        try:
            yield one.stdout.readline().strip()
        finally:
            one.stdin.close()


def main(service: str) -> None:
    """Serve until nobody listens any more."""
    with server_of(service) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
