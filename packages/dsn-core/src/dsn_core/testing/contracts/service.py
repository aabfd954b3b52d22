"""What a local server shows of the messages that have come in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One message as the service has it.

    * ``address``: as the messenger normalises it; empty for a public messenger.
    * ``text``: the words, with the subject and the markup that the messenger adds.
    * ``key``: by what the service tells a repeated message; empty where it takes none.
    * ``id``: its own name for it, the ``provider_id`` of ``Accepted``; empty where it gives none.

    Example: ``Arrived(address="ada", text="Hi", id="1")``
    """

    address: str
    text: str
    key: str = ""
    id: str = ""
