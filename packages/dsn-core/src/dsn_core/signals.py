"""What DSN announces after it has been stored. A receiver that raises changes nothing.

Each is sent with ``sender=Delivery`` and ``delivery``, the row as it now is, outside of any
transaction of DSN's; ``account_held`` with ``sender=AccountState``, ``messenger``, ``account`` and
``reason``.
"""

from __future__ import annotations

from django.dispatch import Signal

delivery_sent = Signal()
"""The service took it, or says that it has arrived."""
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
