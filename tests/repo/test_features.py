"""The table of what each messenger can do is that of the classes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dsn_core.contract.messenger import Messenger
from tests.repo.tree import PACKAGES, ROOT

PAGE = ROOT / "docs/reference/features.md"
SCRIPT = ROOT / "docs/features.py"
OF_CORE = {"account_type", "options_type", "_written_for", "key", "label", "description"}
"""What is no ability, or stands in the first table."""


@pytest.fixture(scope="module")
def printed() -> str:
    """What the script prints now."""
    ran = subprocess.run(
        [sys.executable, str(SCRIPT)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return ran.stdout


def test_the_page_says_what_the_classes_say(printed):
    again = "python docs/features.py > docs/reference/features.md"
    assert PAGE.read_text(encoding="utf-8") == printed, f"Make it anew: {again}"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_distribution_that_brings_a_messenger_is_in_it(printed, package):
    plugin = package / "src" / package.name.replace("-", "_") / "plugin.py"
    brings = plugin.is_file() and "return []" not in plugin.read_text(encoding="utf-8")
    assert (f"| `{package.name}` |" in printed) is (brings or package.name == "dsn-core")


@pytest.mark.parametrize("name", sorted({*Messenger.__annotations__} - OF_CORE))
def test_every_flag_of_a_messenger_has_a_column(name):
    source = SCRIPT.read_text(encoding="utf-8")
    assert f'"{name}"' in source or f"messenger.{name}" in source
