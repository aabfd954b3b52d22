"""What DSN announces after it has been stored. A receiver that raises changes nothing.

Each is sent with ``sender=Delivery`` and ``delivery``, the row as it now is, outside of any
transaction of DSN's; ``account_held`` with ``sender=AccountState``, ``messenger``, ``account`` and
``reason``; those of addresses with ``sender=Address``, ``messenger``, ``account``, ``address`` (its
value, normalised) and ``reason``, ``address_moved`` also with ``moved_to`` and ``address_linked``
with ``user``.
"""

from __future__ import annotations

from django.dispatch import Signal

delivery_sent = Signal()
"""The service took it, or says that it has arrived."""
delivery_confirmed = Signal()
"""A receipt says that it has arrived."""
delivery_failed = Signal()
"""Nothing more will be tried by itself."""
delivery_in_doubt = Signal()
"""Nobody knows whether it was sent, and its backend says that somebody is to decide."""
delivery_held = Signal()
"""It was about to be sent, and waits for a named cause. What waits already is not announced."""
delivery_cancelled = Signal()
"""It will not be sent: it has expired, or was switched off."""
account_held = Signal()
"""An account cannot be used; all its deliveries wait."""
address_dead = Signal()
"""The service says that nobody is reached there, or has refused it too often."""
address_opted_out = Signal()
"""The person there wants no more."""
address_opted_in = Signal()
"""The person there wants to hear from us again."""
address_moved = Signal()
"""Who was reached there is reached elsewhere from now on."""
address_linked = Signal()
"""A user has connected her account with it."""
