"""Two workers at once send nothing twice."""

from __future__ import annotations

import pytest

from dsn_core.models import Delivery
from dsn_core.states import State
from tests.faults.conftest import counted

pytestmark = pytest.mark.fault


def test_two_workers_at_once_deliver_each_row_once(workers, rows):
    made = rows(400)
    both = [workers.start("--once", takes=0.002) for _ in range(2)]
    assert [worker.wait(timeout=60) for worker in both] == [0, 0]
    assert counted(State.SENT) == 400
    assert sorted(workers.sent()) == sorted(str(row.key) for row in made)
    by = set(Delivery.objects.values_list("provider_id", flat=True))
    assert by == {str(worker.pid) for worker in both}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
