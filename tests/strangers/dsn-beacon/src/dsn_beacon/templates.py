"""The words of an alarm."""

from __future__ import annotations

from dsn_core import Action, MessageTemplate


class Alarm(MessageTemplate):
    """Says which station sounds the alarm, and how bad it is."""

    key = "beacon.alarm"
    label = "Alarm"
    description = "For the verb of dsn-beacon."
    subject = "Alarm at {{ station }}"
    text = "{{ user.username|default:'Whoever sees this' }}: {{ station }} calls{{ marks }}"
    html = "<p>{{ station }} calls{{ marks }}</p>"
    actions = (Action(label="The station", url="https://stations.example/{{ station }}/"),)
    requires = ("station", "level")

    def get_context(self, context: dict[str, object]) -> dict[str, object]:
        level = context["level"]
        return {**context, "marks": "!" * level if isinstance(level, int) else ""}
