"""What ships to those who write plugins, and to their tests."""

from __future__ import annotations

from dsn_core.testing.http_server import (
    DRIP,
    DRIP_HEAD,
    DROP,
    HANG,
    Answer,
    Call,
    HTTPServer,
)

__all__ = ["DRIP", "DRIP_HEAD", "DROP", "HANG", "Answer", "Call", "HTTPServer"]
