"""Fan-out: from an event to the deliveries that its subscriptions ask for."""

from __future__ import annotations

from dsn_core.fanout.planning import fan_out_next
from dsn_core.fanout.waking import wake

__all__ = ["fan_out_next", "wake"]
