"""``dsn.plain``: words for any event, where nobody has written better ones."""

from __future__ import annotations

from collections.abc import Mapping

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
        "{% for name, change in changed %}\n"
        "{{ name }}: {{ change.0 }} → {{ change.1 }}{% endfor %}"
    )

    def get_context(self, context: dict[str, object]) -> dict[str, object]:
        """Add ``changed``: the changes as pairs, also where a field's own name is ``items``."""
        changes = context.get("changes")
        return {
            **context,
            "changed": tuple(changes.items()) if isinstance(changes, Mapping) else (),
        }
