"""``dsn_poll``: what is fetched, from whom, in what order it is kept, and how it ends."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, connection

from dsn_core import Accepted, Messenger, OptedOut
from dsn_core.inbound import polling
from dsn_core.inbound.polling import Poller, pollable
from dsn_core.inbound.storing import store
from dsn_core.models import Address, InboundReport
from dsn_core.pausing import is_capture_paused
from tests.core.inbound import fetching
from tests.core.inbound.conftest import SECRETS, Acme

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[3]
STOP = OptedOut(address="ada")


class Deaf(Messenger):
    """Its service cannot be asked."""

    key, label, channel = "deaf", "Deaf", "chat"
    asked = 0

    def send(self, envelope):
        return Accepted(provider_id="1")

    def poll(self):
        type(self).asked += 1
        raise ConnectionError("no route to s3cret-one")
        yield


@pytest.fixture
def both(acme, install):
    """Acme, and one that cannot be asked."""
    Deaf.asked = 0
    install(Deaf, Acme)


def once(*names: str) -> None:
    call_command("dsn_poll", *names, "--once")


def test_what_is_fetched_is_applied(acme, capsys, settings):
    settings.DSN = {"MESSENGERS": {"acme": {"default": {"secret": "s3cret-one"}}}}
    acme.fetched = [STOP, OptedOut(address="bob")]
    once()
    assert {row.value for row in Address.objects.filter(active=False)} == {"ada", "bob"}
    assert capsys.readouterr().out == "2 reports taken.\n"
    assert acme.fetched == []


class Pipe(io.StringIO):
    """What has come out at its other end."""

    out = ""

    def flush(self):
        self.out = self.getvalue()


def test_it_says_at_once_that_it_asks(acme, monkeypatch):
    pipe, seen = Pipe(), []

    def end(self):
        seen.append(pipe.out)
        signal.raise_signal(signal.SIGTERM)
        return iter(())

    monkeypatch.setattr(acme, "poll", end)
    call_command("dsn_poll", stdout=pipe)
    assert seen[0] == "Asking; Ctrl-C ends.\n"
    assert pipe.getvalue() == "Asking; Ctrl-C ends.\n0 reports taken.\n"


def test_only_those_that_can_be_asked_are(acme):
    assert pollable() == [("acme", "default"), ("acme", "ops")]


def test_a_name_that_cannot_be_asked_is_an_error_that_says_which_can(acme):
    with pytest.raises(CommandError, match=r"'console' cannot be asked .* those that can: acme"):
        once("console")


def test_with_nothing_to_ask_it_says_so(install):
    install()
    with pytest.raises(CommandError, match="none that is installed"):
        once("acme")


def test_only_those_that_are_named_are_asked(both, acme):
    acme.fetched = [STOP]
    once("acme")
    assert Deaf.asked == 0
    assert Address.objects.exists()


def test_one_that_cannot_be_asked_stops_no_other_and_fails_the_command(both, acme, caplog):
    acme.fetched = [STOP]
    with pytest.raises(CommandError, match="1 of 3 accounts could not be asked"):
        once()
    assert Address.objects.exists()
    assert "deaf:default could not be asked: ConnectionError" in caplog.text


def test_it_is_asked_again_after_a_growing_pause(both, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr(polling.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(polling.random, "uniform", lambda low, high: high)
    poller, asked = Poller([("deaf", "default")]), []
    for _ in range(200):
        before = Deaf.asked
        poller.ask_all()
        if Deaf.asked > before:
            asked.append(now[0])
        now[0] += 1
    pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert pauses == [2, 4, 8, 16, 32, 60, 60]


def test_once_it_answers_it_is_asked_at_once_again(acme, monkeypatch):
    poller = Poller([("acme", "default")])
    poller._failures["acme", "default"] = 5
    poller.ask_all()
    assert poller._failures == {}


def test_the_account_that_cannot_be_used_is_said(acme, settings, caplog):
    settings.DSN = {"MESSENGERS": {"acme": {"default": {"secret": 5}}}}
    with pytest.raises(CommandError):
        once()
    assert 'DSN["MESSENGERS"]["acme"]["default"]' in caplog.text


def test_what_the_service_says_is_logged_without_the_secret(acme, monkeypatch, caplog):
    def fail(self):
        raise ValueError(f"https://acme.example/{self.account.secret}/updates")

    monkeypatch.setattr(acme, "poll", fail)
    with pytest.raises(CommandError):
        once()
    assert "ValueError: https://acme.example/[secret]/updates" in caplog.text
    assert SECRETS["default"] not in caplog.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("no report", "acme gave a str; a report is one of Receipt"),
        (OptedOut(address="ada", at="noon"), "acme gave a str as 'at'; it must be a datetime"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_report_stops_only_who_gave_it(both, acme, given, words, caplog):
    acme.fetched = [given]
    with pytest.raises(CommandError, match="3 of 3"):
        once()
    assert words in caplog.text


def test_an_address_that_breaks_its_messenger_stops_only_that(acme, monkeypatch, caplog):
    def fail(self, raw):
        raise KeyError("broken")

    monkeypatch.setattr(acme, "normalize_address", fail)
    acme.fetched = [STOP]
    with pytest.raises(CommandError):
        once()
    assert "KeyError" in caplog.text


def test_what_was_given_is_stored_before_the_next_is_asked_for(acme, monkeypatch, settings):
    stored = []

    def poll(self):
        for number in range(3):
            yield OptedOut(address=str(number), id=str(number))
            stored.append(InboundReport.objects.count())

    settings.DSN = {"MESSENGERS": {"acme": {"default": {"secret": "s3cret-one"}}}}
    monkeypatch.setattr(acme, "poll", poll)
    once()
    assert stored == [1, 2, 3]


def test_what_is_given_twice_counts_once(acme, settings):
    settings.DSN = {"MESSENGERS": {"acme": {"default": {"secret": "s3cret-one"}}}}
    acme.fetched = [OptedOut(address="ada", id="7"), OptedOut(address="ada", id="7")]
    once()
    assert InboundReport.objects.count() == 1


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_no_ones_fault_and_loses_nothing(
    acme, monkeypatch, error, caplog, settings
):
    def fail(*args):
        raise error("gone: dear Ada")

    settings.DSN = {"MESSENGERS": {"acme": {"default": {"secret": "s3cret-one"}}}}
    acme.fetched = [STOP]
    closed = []
    monkeypatch.setattr(polling.connections, "close_all", lambda: closed.append(1))
    monkeypatch.setattr(polling, "store", fail)
    with pytest.raises(CommandError):
        once()
    monkeypatch.setattr(polling, "store", store)
    assert acme.fetched == [STOP]
    assert closed == [1]
    assert f"The database is away ({error.__name__})" in caplog.text
    assert "Ada" not in caplog.text
    once()
    assert Address.objects.exists()


def test_the_signal_to_stop_ends_it_after_the_report_at_hand(acme, monkeypatch):
    poller = Poller([("acme", "default"), ("acme", "ops")])

    def poll(self):
        yield STOP
        poller.stop()
        yield OptedOut(address="bob")
        raise AssertionError("asked again")

    monkeypatch.setattr(acme, "poll", poll)
    poller.run()
    assert poller.count == 2


def test_the_second_signal_is_not_caught(monkeypatch):
    set_to = []
    monkeypatch.setattr(polling.signal, "signal", lambda *given: set_to.append(given))
    Poller([]).stop(signal.SIGTERM)
    assert set_to == [(signal.SIGTERM, signal.SIG_DFL)]


def test_nothing_is_captured_of_what_a_messenger_does_meanwhile(acme, monkeypatch):
    paused = []
    monkeypatch.setattr(acme, "poll", lambda self: paused.append(is_capture_paused()) or ())
    once()
    assert paused == [True, True]


# ── As a process ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def start(tmp_path):
    """Starts ``dsn_poll`` in a process of its own."""
    fetching.install(tmp_path)
    file = tmp_path / "reports"
    file.write_text("ada\nbob\neve\n")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "FETCHING_FILE": str(file),
    }
    command = [sys.executable, "-m", "django", "dsn_poll", "fetching"]
    running = []

    def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*command, *arguments],
            env=environment | more,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_killed_between_two_reports_it_loses_none_and_doubles_none(start):
    assert start("--once", FETCHING_DIES="2").wait(60) == -signal.SIGKILL
    assert InboundReport.objects.count() == 2
    out, _ = (again := start("--once")).communicate(timeout=60)
    assert (again.returncode, out) == (0, "2 reports taken.\n")
    assert InboundReport.objects.count() == 3
    opted_out = Address.objects.filter(kind="opted_out").order_by("value")
    assert [row.value for row in opted_out] == ["ada", "bob", "eve"]


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_told_to_stop_it_ends_well(start):
    process = start()
    ends = time.monotonic() + 30
    while InboundReport.objects.count() < 3:
        assert time.monotonic() < ends
        connection.close()
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "Asking; Ctrl-C ends.\n3 reports taken.\n")
