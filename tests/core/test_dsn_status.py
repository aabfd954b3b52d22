"""``dsn_status``: how things stand, and whether somebody should look."""

from __future__ import annotations

import datetime as dt
import json
import re
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsn_core.contract.fields import Fields, option
from dsn_core.management import standing as standings
from dsn_core.management.concerns import CONCERNS
from dsn_core.management.standing import Standing
from dsn_core.models import AccountState, Delivery, Event, InboundReport
from dsn_core.records.holding import hold_account, make_account_wait
from dsn_core.states import EventState, HeldBy, State
from tests.core.delivery.conftest import backend_of, install, pager, queue
from tests.core.delivery.finished import finish_many
from tests.repo.tree import ROOT
from tests.services import take_time

__all__ = ["install", "pager", "queue"]

pytestmark = pytest.mark.django_db

NOW = timezone.now()
SECRET = "8b1f-the-token"


def ago(seconds: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(seconds=seconds)


@pytest.fixture
def status(capsys):
    """Runs the command with ``--json``; gives the exit code and the report."""

    def run(*arguments: str):
        capsys.readouterr()
        code = left_with("--json", *arguments)
        return code, json.loads(capsys.readouterr().out)

    return run


def left_with(*arguments: str) -> int:
    try:
        call_command("dsn_status", *arguments)
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def codes(report) -> list[str]:
    return [one["code"] for one in report["warnings"]]


def test_all_is_fine_where_nothing_is_to_be_done(status):
    code, report = status()
    assert (code, report["status"], report["warnings"]) == (0, "ok", [])
    assert report["due"] == {"count": 0, "oldest_seconds": 0.0}
    assert report["states"] == {state.value: {"count": 0, "exact": True} for state in State}


def test_the_names_of_the_report_are_those_that_are_described(status, pager, queue):
    pager()
    queue()
    report = status()[1]
    assert list(report) == [
        *("status", "warnings", "due", "states", "held", "lost"),
        *("events", "accounts", "inbound", "gone"),
    ]
    (account,) = [one for one in report["accounts"] if one["messenger"] == "pager"]
    assert list(account) == [
        *("messenger", "account", "usable", "problems", "held_since", "waits_until", "reason"),
        *("rate", "rate_per_address", "queued", "held", "in_doubt"),
    ]


def test_it_counts_what_is_due_and_since_when(status, pager, queue):
    pager()
    queue(2, next_at=ago(100))
    queue(3, next_at=ago(-100))
    code, report = status()
    assert report["due"]["count"] == 2
    assert 100 <= report["due"]["oldest_seconds"] < 110
    assert report["states"]["queued"] == {"count": 5, "exact": True}
    assert code == 0


def test_what_has_been_due_for_too_long_is_a_warning(status, pager, queue):
    pager()
    queue(next_at=ago(400))
    assert status()[0] == 1
    assert codes(status()[1]) == ["late"]
    assert status("--max-age", "500")[0] == 0
    assert status("--ignore", "late")[0] == 0


def test_an_event_that_nobody_fans_out_is_a_warning(status):
    Event.objects.create(verb="post_save", next_at=ago(400), captured_at=ago(500))
    code, report = status()
    assert (code, codes(report)) == (1, ["late"])
    assert report["events"]["pending"] == report["events"]["due"] == 1
    assert 400 <= report["events"]["oldest_due_seconds"] < 410
    (waiting,) = report["events"]["waiting"]
    assert waiting["reason"] == ""
    assert 500 <= waiting["oldest_seconds"] < 510


def test_an_event_with_several_causes_is_one_line(capsys):
    Event.objects.create(verb="post_save", next_at=ago(-9), reason="No 'x'.\nNo 'y'.")
    with pytest.raises(SystemExit):
        call_command("dsn_status")
    assert "! waiting_events: 1 events cannot be fanned out: No 'x'.; No 'y'.\n" in (
        capsys.readouterr().out
    )


def test_events_say_for_what_they_wait(status):
    for _ in range(2):
        Event.objects.create(verb="post_save", next_at=ago(-9), reason="No plugin brings 'x'.")
    Event.objects.create(verb="post_save", state=EventState.DONE, reason="Left out on purpose.")
    code, report = status()
    assert (code, codes(report)) == (1, ["waiting_events"])
    assert [(one["reason"], one["count"]) for one in report["events"]["waiting"]] == [
        ("No plugin brings 'x'.", 2)
    ]


def test_a_held_account_says_since_when_and_why(status, pager, queue):
    pager()
    queue(2)
    hold_account("pager", "default", "Wrong token")
    code, report = status()
    (account,) = [one for one in report["accounts"] if one["messenger"] == "pager"]
    assert (code, codes(report)) == (1, ["held_account"])
    assert (account["reason"], account["held"], account["usable"]) == ("Wrong token", 2, True)
    assert dt.datetime.fromisoformat(account["held_since"]) <= timezone.now()
    assert report["held"] == {"account": 2}


def test_an_account_that_was_told_to_wait_says_until_when(status, pager, queue, capsys):
    pager(rate="20/second", rate_per_address="1/second")
    queue()
    until = timezone.now() + dt.timedelta(hours=1)
    make_account_wait("pager", "default", until, "Too Many Requests")
    code, report = status()
    (account,) = [one for one in report["accounts"] if one["messenger"] == "pager"]
    assert dt.datetime.fromisoformat(account["waits_until"]) == until.replace(microsecond=0)
    assert (code, account["reason"], account["queued"]) == (0, "Too Many Requests", 1)
    assert (account["rate"], account["rate_per_address"]) == ("20/second", "1/second")
    left_with()
    assert "(Too Many Requests), 20/second, 1 queued" in capsys.readouterr().out


def test_what_a_messenger_that_is_gone_leaves_behind_is_named(status, queue, install, settings):
    settings.DSN = {"MESSENGERS": {"pigeon": {"default": {}}}}
    queue(backend=backend_of("pager"), state=State.HELD, code=HeldBy.PLUGIN)
    install()
    code, report = status()
    assert report["gone"] == [
        {"messenger": "pager", "backends": ["pager"]},
        {"messenger": "pigeon", "backends": []},
    ]
    assert (code, codes(report)) == (1, ["gone_plugin", "gone_plugin", "held"])


def test_what_is_held_on_purpose_is_no_warning(status, pager, queue):
    pager()
    queue(state=State.HELD, code=HeldBy.BACKEND)
    assert status()[0] == 0


def test_what_nobody_rescues_and_what_is_in_doubt_is_a_warning(status, pager, queue):
    pager()
    queue(state=State.SENDING, lease_until=ago(100))
    queue(state=State.SENDING, lease_until=ago(1))
    queue(state=State.UNKNOWN)
    code, report = status()
    assert (code, codes(report), report["lost"]) == (1, ["lost", "in_doubt"], 1)


class Tokened(Fields):
    token: str = option(label="Token", secret=True)


def test_an_account_that_cannot_be_used_is_named_and_no_secret_is(status, pager, queue, settings):
    from dsn_core.contract.messenger import Problem

    settings.DSN = {"MESSENGERS": {"pager": {"default": {"token": SECRET}}}}
    made = pager(account_type=Tokened)
    made.check = lambda self: [Problem(message=f"{self.account.token} is no token.")]
    backend_of("pager")
    code, report = status()
    assert (code, codes(report)) == (1, ["unusable_account"])
    assert SECRET not in json.dumps(report)


def test_reports_that_wait_are_counted(status):
    made = {"messenger": "pager", "account": "default", "kind": "receipt"}
    InboundReport.objects.create(**made, fingerprint="1", received_at=ago(30))
    InboundReport.objects.create(**made, fingerprint="2", applied_at=NOW)
    code, report = status()
    assert (code, report["inbound"]["waiting"]) == (0, 1)
    assert 30 <= report["inbound"]["oldest_seconds"] < 40


def test_finished_rows_are_counted_up_to_a_number_and_it_says_so(
    status, queue, monkeypatch, capsys
):
    monkeypatch.setattr(standings, "MOST_COUNTED", 3)
    queue(4, state=State.SENT)
    queue(3, state=State.FAILED)
    with CaptureQueriesContext(connection) as queries:
        states = status()[1]["states"]
    counting = [query["sql"] for query in queries if "'sent'" in query["sql"]]
    assert all("LIMIT " in sql for sql in counting)
    assert counting
    assert (states["sent"], states["failed"]) == (
        {"count": 3, "exact": False},
        {"count": 3, "exact": True},
    )
    assert status("--all")[1]["states"]["sent"] == {"count": 4, "exact": True}
    left_with()
    assert "sent 3+, failed 3\n" in capsys.readouterr().out


def test_what_went_out_is_counted_among_the_newest(status, queue, monkeypatch):
    monkeypatch.setattr(standings, "MOST_LOOKED_AT", 4)
    queue(state=State.DELIVERED)
    queue(4, state=State.SENT)
    states = status()[1]["states"]
    assert states["sent"] == {"count": 4, "exact": False}
    assert states["delivered"]["exact"] is False


@pytest.mark.postgres
def test_where_nothing_was_delivered_not_all_rows_are_read_for_that(status, queue, monkeypatch):
    def explained(run, sql, params, many, context):
        if "delivered" in map(str, params or ()):
            run(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params, many, context)
            plans.append(str(context["cursor"].fetchall()))
        return run(sql, params, many, context)

    plans: list[str] = []
    monkeypatch.setattr(standings, "MOST_COUNTED", 10)
    monkeypatch.setattr(standings, "MOST_LOOKED_AT", 20)
    finish_many(5_000)
    with connection.execute_wrapper(explained):
        status()
    assert plans
    assert not [plan for plan in plans if "Seq Scan" in plan]


def test_a_database_that_is_away_is_told_apart_from_all_else(monkeypatch, capsys, status):
    def away(**_):
        raise OperationalError("password=hunter2 at db.example")

    monkeypatch.setattr("dsn_core.management.commands.dsn_status.standing", away)
    code, report = status()
    assert (code, report["status"], codes(report)) == (2, "unknown", ["no_answer"])
    assert left_with() == 2
    said = capsys.readouterr().err
    assert "OperationalError" in said
    assert "hunter2" not in said + json.dumps(report)


def test_wrong_settings_are_ignorance_too_and_say_what_is_wrong(status, settings):
    settings.DSN = {"MESSENGERS": []}
    code, report = status()
    assert code == 2
    assert 'DSN["MESSENGERS"]' in report["warnings"][0]["message"]


@pytest.mark.parametrize("given", ["nan", "-1"])
def test_an_age_that_makes_no_sense_is_refused_and_no_answer(given):
    with pytest.raises(CommandError, match=f"--max-age is {given}") as raised:
        call_command("dsn_status", "--max-age", given)
    assert raised.value.returncode == 2


def test_all_that_it_warns_of_is_described_and_nothing_else():
    page = (ROOT / "docs/how-to/monitor.md").read_text(encoding="utf-8")
    codes, names = page.split("## What stands in `--json`")
    described = re.compile(r"^\| `([a-z_]+)` \|", re.MULTILINE)
    assert described.findall(codes) == [*CONCERNS, "no_answer"]
    assert described.findall(names) == ["status", "warnings", *Standing.__annotations__]


def test_no_row_adds_a_query(status, pager, queue):
    pager()

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            status()
        return len(counted)

    before = queries()
    for number, state in enumerate(State):
        queue(3, state=state, backend=backend_of(f"pager{number}"))
        AccountState.objects.create(messenger=f"pager{number}", account="default", held_since=NOW)
        Event.objects.create(verb="post_save", reason=f"Because of {number}")
    assert queries() == before <= 13


def test_many_finished_rows_take_no_time(pager, queue, status):
    take_time("many rows are written")
    pager()
    finish_many(300_000 if connection.vendor == "postgresql" else 100_000)
    queue(50)
    began = time.perf_counter()
    report = status()[1]
    assert time.perf_counter() - began < 0.5
    assert report["states"]["sent"] == {"count": 10_000, "exact": False}
    assert Delivery.objects.filter(state=State.QUEUED).count() == report["due"]["count"] == 50
