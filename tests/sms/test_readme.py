"""What the README says is so."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from dsn_core.plugins.accounts import account, account_rate
from dsn_sms.codes import BUSY, DEAD, TABLE, UNFIT, UNUSABLE
from dsn_sms.messenger import SMS
from tests.sms.texting import messenger

README = (Path(__file__).parents[2] / "packages" / "dsn-sms" / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def accounts(monkeypatch, settings):
    """What the README's first block of Python sets."""
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "hunter2")
    monkeypatch.setenv("TWILIO_API_SECRET", "hunter3")
    names: dict[str, Any] = {"os": os}
    exec(BLOCKS[0], names)
    settings.DSN = names["DSN"]
    return names["DSN"]["MESSENGERS"]["sms"]


def test_every_account_of_the_readme_has_no_problem(accounts):
    for name in accounts:
        values = account(SMS, name)
        assert list(messenger(values).check()) == [], name
        assert "hunter" not in repr(values)
    assert account_rate(SMS, "default") == "1/second"
    assert account_rate(SMS, "bulk") is None


def test_the_readme_counts_segments_rightly():
    exec(BLOCKS[1], {})


def test_the_readme_shows_the_server_for_tests_as_it_is():
    with pytest.raises(IndexError):  # Nothing is sent, so there is no first message.
        exec(BLOCKS[2], {})


def test_the_readme_tells_every_code():
    told = set(re.findall(r"\b\d{5}\b", README[README.index("## What each answer means") :]))

    assert set(TABLE) - told == set()
    assert len(TABLE) == sum(map(len, (BUSY, DEAD, UNFIT, UNUSABLE)))


def test_the_readme_tells_every_field_and_option():
    fields = {*SMS.account_type.__dataclass_fields__, *SMS.options_type.__dataclass_fields__}

    assert [name for name in fields if f"`{name}`" not in README] == []
