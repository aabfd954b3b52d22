"""Files that two plugins both need, as plugins share no code: they stay the same."""

from __future__ import annotations

import pytest

from tests.repo.tree import PACKAGES, shown

ALIKE = ("deadlines.py", "reaching.py")


def _copies(name):
    return [path for package in PACKAGES for path in package.glob(f"src/*/{name}")]


@pytest.mark.parametrize("name", ALIKE)
def test_what_two_plugins_both_need_stays_the_same_in_each(name):
    first, *others = _copies(name)

    assert others
    assert [shown(path) for path in others if path.read_bytes() != first.read_bytes()] == []


@pytest.mark.parametrize("name", ALIKE)
def test_each_copy_names_the_others(name):
    copies = _copies(name)
    packages = [path.parents[2].name for path in copies]

    for path in copies:
        heading = path.read_text(encoding="utf-8").split('"""')[1]
        assert [package for package in packages if package not in heading] == [], shown(path)
