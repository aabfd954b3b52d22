"""The words that ours and the peer's render for each recipient. The standard library only."""

SUBJECT = "Order {{ number }} is paid, {{ user.first_name }}"
TEXT = """\
Dear {{ user.first_name }},

thanks: order {{ number }} of {{ total }} EUR is paid.
{% if total > 20 %}It comes free of charge.{% endif %}

Yours, the shop
"""
HTML = """\
<p>Dear {{ user.first_name }},</p>
<p>thanks: order <b>{{ number }}</b> of {{ total }} EUR is paid.</p>
{% if total > 20 %}<p>It comes free of charge.</p>{% endif %}
<p>Yours, the shop</p>
"""
NUMBER = 4711
TOTAL = 49.9
"""What the event tells of; the first name is each recipient's own."""
COUNT = 1_000
"""So many recipients are told in each round."""


def first_name(number: int) -> str:
    """How that recipient is called."""
    return f"Ada{number}"


def address(number: int) -> str:
    """Where that recipient is written to."""
    return f"a{number}@example.org"
