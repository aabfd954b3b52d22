"""SMS and WhatsApp through Twilio, and how a text is cut into the segments that one pays for."""

from __future__ import annotations

from dsn_sms.segments import Segments, count_segments, cut_to_segments, split_segments
from dsn_sms.smart_encoding import smart_encode

__all__ = ["Segments", "count_segments", "cut_to_segments", "smart_encode", "split_segments"]
