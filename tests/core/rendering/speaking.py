"""Templates that the tests of words share."""

from __future__ import annotations

from dsn_core.contract.template import MessageTemplate
from dsn_core.models import StoredTemplate


class Paid(MessageTemplate):
    """Words with all that may stand in them."""

    key = "shop.paid"
    label = "Paid"
    subject = "Order {{ action_object.number }}\n is\r\n\tpaid"
    text = "{{ note }} for {{ user.first_name }}"
    html = "<p>{{ note }}</p>"


def text_of(send, source: str, **more) -> str:
    """What this source of an installed template's text gives."""
    template = type("T", (MessageTemplate,), {"key": "shop.t", "label": "T", "text": source})
    envelope, row = send(template, **more)
    assert envelope is not None, row.reason
    return str(envelope.message.text)


def stored(source: str, **more) -> StoredTemplate:
    return StoredTemplate.objects.create(key="shop.stored", text=source, **more)
