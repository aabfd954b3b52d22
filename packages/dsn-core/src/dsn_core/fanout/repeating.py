"""What is stored already: rows of an earlier try, and who has an address first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.fanout.keys import chunks, page_size
from dsn_core.models.alias import alias
from dsn_core.models.delivery import Delivery
from dsn_core.states import State, SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_core.fanout.drafts import Draft
    from dsn_core.models.event import Event


def leave_out_stored(event: Event, drafts: Sequence[Draft]) -> None:
    """Leave out whoever has a row from an earlier try: no gate is asked about her again."""
    rows = Delivery.objects.using(alias()).filter(event=event.pk)
    stored: set[tuple[int | None, str]] = set()
    for keys in chunks({draft.recipient_key for draft in drafts}, page_size(alias())):
        found = rows.filter(recipient_key__in=keys)
        stored.update(found.values_list("backend_id", "recipient_key"))
    for draft in drafts:
        if (draft.route.backend.pk, draft.recipient_key) in stored:
            draft.left_out = True


def suppress_duplicates(event: Event, drafts: Sequence[Draft], *, first_page: bool) -> None:
    """Of several recipients with one address by one backend, only the first gets the message.

    ``first_page``: nothing of this event is stored yet, so nobody has to be looked for.
    """
    addressed = [draft for draft in drafts if draft.passes and draft.address]
    holders = {} if first_page else _holders(event, addressed)
    for draft in addressed:
        key = draft.route.backend.pk, draft.address
        holder = holders.setdefault(key, draft.recipient_key)
        if holder != draft.recipient_key:
            draft.suppress(SuppressedBy.DUPLICATE, f"The message goes to {holder}.")


def _holders(event: Event, drafts: Sequence[Draft]) -> dict[tuple[int | None, str], str]:
    """Who has each address already, by backend."""
    rows = Delivery.objects.using(alias()).filter(event=event.pk).exclude(state=State.SUPPRESSED)
    found: dict[tuple[int | None, str], str] = {}
    for chunk in chunks({draft.address for draft in drafts}, page_size(alias())):
        held = rows.filter(address__in=chunk)
        for backend, address, key in held.values_list("backend_id", "address", "recipient_key"):
            found[backend, address] = key
    return found
