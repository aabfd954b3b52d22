"""A path in ``DSN["ADDRESSES"]`` that leads nowhere is seen before anybody waits for a message."""

from __future__ import annotations

import pytest
from django.core import checks
from django.test import override_settings

import dsn_core.checks as dsn_checks
from tests.host.models import Order


def warnings_of(path: str) -> list[checks.CheckMessage]:
    with override_settings(DSN={"ADDRESSES": {"sms": path}}):
        found = dsn_checks.check_project()
    return [message for message in found if message.id == "dsn.W008"]


@pytest.mark.parametrize(
    ("path", "label", "step"),
    [
        ("telephone", "auth.User", "telephone"),
        ("profile.telephone", "auth.User", "profile"),
        ("logentry.user.phone", "auth.User", "logentry"),
        ("email.", None, ""),
        ("email", None, ""),
        ("get_username", None, ""),
        ("is_anonymous", None, ""),
        ("get_username.what_it_gives", None, ""),
        ("", None, ""),
    ],
)
def test_a_path_to_addresses_that_leads_nowhere_is_a_warning(
    path: str, label: str | None, step: str
):
    messages = warnings_of(path)
    assert bool(messages) is bool(label)
    for message in messages:
        assert message.level == checks.WARNING
        assert message.msg == f'DSN["ADDRESSES"]["sms"] is {path!r}, but {label} has no {step!r}.'
        assert "date_joined, email, first_name" in str(message.hint)
        assert "logentry" not in str(message.hint)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("customer.email", False),
        ("customer.get_username", False),
        ("customer_id", False),
        ("rushorder.deadline", False),
        ("customer.phone", True),
        ("rushorder.phone", True),
        ("customer..email", True),
    ],
)
def test_the_second_step_of_such_a_path_is_one_of_the_related_model(
    monkeypatch: pytest.MonkeyPatch, path: str, wrong: bool
):
    monkeypatch.setattr(dsn_checks, "get_user_model", lambda: Order)
    messages = warnings_of(path)
    assert bool(messages) is wrong
    related = "auth.User" if path.startswith("customer") else "host.RushOrder"
    assert all(f"{related} has no" in message.msg for message in messages)


def test_a_user_who_answers_to_any_name_is_not_complained_of(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Order, "__getattr__", lambda self, name: "", raising=False)
    monkeypatch.setattr(dsn_checks, "get_user_model", lambda: Order)
    assert warnings_of("phone") == []
