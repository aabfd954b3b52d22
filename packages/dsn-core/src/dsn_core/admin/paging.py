"""Lists of tables with millions of rows: counted to a limit, searched where an index helps."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from dsn_core.admin.typed import Paginator

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_COUNTED = 10_000
"""Nobody turns a hundred pages. What is older is found by a filter, or by searching."""
MOST_LOOKED_AT = 20_000


class BoundedPaginator(Paginator[Any]):
    """Counts no further than it pages: a whole COUNT reads the whole table."""

    @cached_property
    def count(self) -> int:
        """How many there are, or the limit and one where there are more."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # a list has no more
        # Only the key, or all that the list shows of a row would be worked out for each.
        return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def newest(rows: QuerySet[Any], most: int = MOST_LOOKED_AT) -> QuerySet[Any]:
    """Those of ``rows`` that are among the last so many of their table, by key.

    For what no index serves: it costs the same however large the table is.
    """
    last = rows.model._default_manager.using(rows.db).aggregate(last=Max("pk"))["last"] or 0
    return rows.filter(pk__gt=last - most)
