"""What one Backend may be told about the messages it puts into the inbox."""

from __future__ import annotations

from typing import Literal

from dsn_core import Fields, option

GROUPS = (
    ("none", "Each message by itself"),
    ("thread", "What is about the same object"),
    ("verb", "What happened in the same way"),
    ("thread_verb", "What happened in the same way to the same object"),
)
"""The values that ``Options.group`` may have, and their labels."""


class Options(Fields):
    """How a message looks, what it is grouped with, where it leads and how long it stays."""

    level: Literal["info", "success", "warning", "error"] = option(
        default="info", label="Level", help="How urgent it looks."
    )
    group: str = option(
        default="none",
        label="Show as one",
        choices=GROUPS,
        help="Unread messages that belong together are one entry: 'and 2 more like this'.",
    )
    link: str = option(
        default="",
        label="Link",
        help="Where a message leads that names nothing itself: a path such as '/orders/{pk}/', "
        "or an address. {pk} is the key of the object that it is about.",
    )
    link_label: str = option(
        default="", label="Words of the link", help="Empty: the word 'Open' in her language."
    )
    keep_days: int = option(
        default=0, label="Keep for", help="Days, after which it is gone. 0: for ever."
    )
    hide_expired: bool = option(
        default=False,
        label="Hide when expired",
        help="Also show it no longer once its trigger's 'expires after' is over.",
    )
