"""The words by which somebody wants no more, or wants to hear from us again."""

from __future__ import annotations

STOP_WORDS = frozenset(
    {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
)
"""What Twilio itself takes for an opt-out, alone in a message.

https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
