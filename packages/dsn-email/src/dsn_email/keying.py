"""What goes along with a message through a service, and comes back with what it reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.mail import EmailMessage

    from dsn_email.services import Service

KEY = "dsn_key"
ADDRESS = "dsn_address"
"""Postmark takes names of up to 20 characters and values of up to 80."""
LONGEST_VALUE = 80


def mark(message: EmailMessage, service: Service | None, key: str) -> None:
    """Give ``key``, the delivery's, along with ``message``, where the service hands it back.

    Some services write addresses in small letters. Where that makes another one of it, as what is
    before the @ may have capitals, the address goes along too.
    """
    if service is None or not service.carries:
        return
    metadata = {KEY: key}
    address = message.to[0]
    if address != address.lower() and len(address) <= LONGEST_VALUE:
        metadata[ADDRESS] = address
    # What anymail reads; no other backend looks at it.
    message.metadata = metadata  # type: ignore[attr-defined]


def sent_as(metadata: Mapping[str, object]) -> str:
    """The key that came back; empty where none did."""
    return str(metadata.get(KEY) or "")


def sent_to(metadata: Mapping[str, object], recipient: str) -> str:
    """The address as it was written when sent, of which the service reports ``recipient``."""
    known = str(metadata.get(ADDRESS) or "")
    return known if known.lower() == recipient.lower() else recipient
