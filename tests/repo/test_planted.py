"""Each planted fault quotes words that stand in its file, once, and a test that is there."""

from __future__ import annotations

import pytest

from tests.prove import read_table
from tests.repo.tree import ROOT

FAULTS = read_table()


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.breaks for fault in FAULTS])
def test_a_planted_fault_quotes_what_is_there(fault):
    assert (ROOT / fault.file).read_text(encoding="utf-8").count(fault.old) == 1
    assert (ROOT / fault.test.partition("::")[0]).exists()
