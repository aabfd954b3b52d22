"""What X charges for a request, in USD. The only place that names a price.

As X published them in August 2026: https://docs.x.com/x-api/getting-started/pricing and the same
page in https://github.com/xdevplatform/docs
"""

from __future__ import annotations

from decimal import Decimal

AS_OF = "August 2026"
POST = Decimal("0.015")
POST_WITH_LINK = Decimal("0.200")
DIRECT_MESSAGE = Decimal("0.015")
LOOKUP = Decimal("0.010")
"""Of a user, which a probe makes."""


def in_words(price: Decimal) -> str:
    """``price`` as people read it: "0.200 USD"."""
    return f"{price:.3f} USD"
