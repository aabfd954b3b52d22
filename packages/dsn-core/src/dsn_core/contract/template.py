"""A message template: the words of a message, and what they need."""

from __future__ import annotations

from typing import ClassVar

from dsn_core.contract.fields import Text
from dsn_core.contract.message import Action


class MessageTemplate:
    """The words of a message, in Django's template language.

    Give the source itself (``subject``, ``text``, ``html``), or the name of a template that
    Django's loaders find (``subject_file``, …), never both for one part. In the words stand
    ``verb``, ``action_object``, ``actor``, ``target``, ``changes``, ``user`` (who reads it) and
    all that the signal provided.

    Example::

        class OrderPaid(MessageTemplate):
            key = "shop.order_paid"
            label = "Order paid"
            subject = "Order {{ action_object.number }} is paid"
            text = "Dear {{ user.first_name }}, we have received {{ action_object.total }} EUR."
            actions = (Action(label="Your order", url="/orders/{{ action_object.number }}/"),)
    """

    key: ClassVar[str]
    """Dotted: ``shop.order_paid``. Stored in Backend rows."""
    label: ClassVar[Text]
    description: ClassVar[Text] = ""
    subject: ClassVar[str] = ""
    text: ClassVar[str] = ""
    html: ClassVar[str] = ""
    subject_file: ClassVar[str] = ""
    text_file: ClassVar[str] = ""
    html_file: ClassVar[str] = ""
    actions: ClassVar[tuple[Action, ...]] = ()
    """Buttons, or links where a service has none. ``label`` and ``url`` are template source too.

    A URL that begins with ``/`` is a path of this site: ``DSN["BASE_URL"]`` is put before it, and
    without that the action is left out. Else it must be http, https, mailto or tel. An action
    whose label or URL is empty once it is rendered is left out, so that ``{% if %}`` makes it
    conditional::

        actions = (
            Action(label="Your order", url="/orders/{{ action_object.number }}/"),
            Action(label="Call us", url="{% if late %}tel:+491234{% endif %}"),
        )
    """
    requires: ClassVar[tuple[str, ...]] = ()
    """Names that the verb must provide; checked when a Backend is subscribed."""

    def get_context(self, context: dict[str, object]) -> dict[str, object]:
        """Add names of your own to ``context`` and return it. DSN's own names win."""
        return context
