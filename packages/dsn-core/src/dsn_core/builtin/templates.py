"""``dsn.plain``: words for any event, where nobody has written better ones."""

from __future__ import annotations

from dsn_core.contract.template import MessageTemplate


class Plain(MessageTemplate):
    """Says what happened, to what, and by whom."""

    key = "dsn.plain"
    label = "Plain"
    description = "What happened, to what and by whom, for any verb."
    subject = "{{ action_object|default:verb }}"
    text = (
        "{{ action_object|default:verb }}: {{ verb }}"
        "{% if actor %} ({{ actor }}){% endif %}"
        "{% for name, change in changes.items %}\n"
        "{{ name }}: {{ change.0 }} → {{ change.1 }}{% endfor %}"
    )
