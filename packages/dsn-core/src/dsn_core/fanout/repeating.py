"""What is stored already: rows of an earlier try, and who has an address first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.fanout.storing import holders, stored
from dsn_core.states import SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_core.fanout.drafts import Draft
    from dsn_core.models.event import Event


def leave_out_stored(event: Event, drafts: Sequence[Draft]) -> None:
    """Leave out whoever has a row from an earlier try: no gate is asked about her again."""
    there = stored(event, {(draft.route.backend.pk, draft.recipient_key) for draft in drafts})
    for draft in drafts:
        if (draft.route.backend.pk, draft.recipient_key) in there:
            draft.left_out = True


def suppress_duplicates(event: Event, drafts: Sequence[Draft], *, first_page: bool) -> None:
    """Of several recipients with one address by one backend, only the first gets the message.

    ``first_page``: nothing of this event is stored yet, so nobody has to be looked for.
    """
    addressed = [draft for draft in drafts if draft.passes and draft.address]
    pairs = [(draft.route.backend.pk, draft.address) for draft in addressed]
    known = {} if first_page else holders(event, set(pairs))
    for draft, pair in zip(addressed, pairs, strict=True):
        holder = known.setdefault(pair, draft.recipient_key)
        if holder != draft.recipient_key:
            draft.suppress(SuppressedBy.DUPLICATE, f"The message goes to {holder}.")
