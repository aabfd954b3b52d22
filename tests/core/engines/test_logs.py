"""What the worker says of each batch, and what no log line of DSN's ever says."""

from __future__ import annotations

import io
import logging
import sys

import pytest
from django.core.management import call_command

from dsn_core.capture.emitting import emit
from dsn_core.contract.fields import Fields, option
from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.delivery.delivering import deliver_next
from dsn_core.delivery.tallying import NAMES
from dsn_core.engines.logs import log_batch, logged_somewhere
from dsn_core.engines.worker import Worker
from dsn_core.inbound.storing import stored
from dsn_core.models import InboundReport, InDoubt, StoredTemplate, Subscription, Trigger
from dsn_core.records.holding import release_account
from tests.core.delivery.conftest import backend_of

pytestmark = pytest.mark.django_db(transaction=True)

SECRET, BODY, ADDRESS = "tok-51f0c2", "the-words-of-it", "ada@private.example"


@pytest.fixture
def batches(caplog):
    """The records of batches."""
    caplog.set_level(logging.INFO, "dsn_core.engines")
    return lambda: [record for record in caplog.records if hasattr(record, "dsn_size")]


def test_each_batch_is_one_line_with_its_numbers(pager, queue, batches):
    pager(
        None,
        Accepted(provider_id="1", delivered=True),
        Refused(refusal=Refusal.MESSAGE, code="1", reason="no"),
        Refused(refusal=Refusal.RETRY, code="1", reason="later"),
        Refused(refusal=Refusal.IN_DOUBT, code="1", reason="?"),
    )
    queue(4)
    queue(backend=backend_of("pager", in_doubt=InDoubt.HOLD))
    Worker().run_once()
    (record,) = batches()
    words = "size=5 sent=2 failed=1 retry=1 held=0 in_doubt=1 cancelled=0 given_back=0 seconds=0."
    assert record.getMessage().startswith(f"batch: {words}")
    numbers = [getattr(record, f"dsn_{name}") for name in ("size", *NAMES)]
    assert numbers == [5, 2, 1, 1, 0, 1, 0, 0]
    assert 0 < record.dsn_seconds < 5


def test_what_is_held_and_what_goes_back_is_told_apart(pager, queue, batches):
    pager()
    queue(2, backend=backend_of("pager", enabled=False))
    deliver_next(watch=log_batch)
    backend_of("pager", enabled=True)
    queue(3)
    deliver_next(watch=log_batch, is_over=lambda: True)
    held, back = batches()
    assert (held.dsn_size, held.dsn_held, held.dsn_given_back) == (2, 2, 0)
    assert (back.dsn_size, back.dsn_sent, back.dsn_given_back) == (3, 0, 3)


def test_a_worker_that_has_nothing_to_do_says_nothing(db, caplog):
    caplog.set_level(logging.INFO)
    Worker().run_once()
    assert caplog.records == []


def test_without_a_handler_of_the_hosts_the_lines_go_to_standard_error(monkeypatch):
    ours = logging.getLogger("dsn_core.engines")
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with logged_somewhere():
        ours.info("batch: size=%s", 1)
        said = sys.stderr.getvalue()
    assert said.endswith(" INFO dsn_core.engines batch: size=1\n")
    assert not ours.hasHandlers()
    assert not ours.isEnabledFor(logging.INFO)


def test_a_hosts_own_handlers_are_left_alone(monkeypatch, capsys):
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.NullHandler()])
    with logged_somewhere():
        logging.getLogger("dsn_core.engines").warning("batch")
    assert capsys.readouterr().err == ""


class Tokened(Fields):
    token: str = option(label="Token", secret=True)


@pytest.fixture
def told(pager, settings):
    """All that is set up to tell somebody of an event, in secret words."""

    def make(*answers):
        settings.DSN = {
            "ENGINE": "dsn_core.engines.worker.WorkerEngine",
            "MESSENGERS": {"pager": {"default": {"token": SECRET}}},
        }
        made = pager(*answers, account_type=Tokened)
        trigger = Trigger.objects.create(name="T", verb="host.order_paid")
        subscription = Subscription.objects.create(name="S", trigger=trigger, addresses=[ADDRESS])
        StoredTemplate.objects.create(key="shop.said", text="{{ words }}")
        subscription.backends.add(backend_of("pager", message_template="shop.said"))
        return made

    return make


def raising(self, envelope):
    raise ValueError(f"{self.account.token} sent {envelope.message.text} to {envelope.address}")


ANSWERS = {
    "taken": [],
    "refused": [Refused(refusal=Refusal.MESSAGE, code="1", reason=f"{ADDRESS}: {BODY}? {SECRET}")],
    "refused for now": [Refused(refusal=Refusal.RETRY, code="1", reason=f"{BODY} {SECRET}")],
    "dead": [Refused(refusal=Refusal.ADDRESS, code="1", reason=f"no {ADDRESS} {SECRET}")],
    "in doubt": [Refused(refusal=Refusal.IN_DOUBT, code="1", reason=f"{BODY} {SECRET}")],
    "account": [Refused(refusal=Refusal.ACCOUNT, code="1", reason=f"{SECRET} is wrong")],
    "raised": [ValueError(f"{SECRET} is wrong")],
    "no outcome": [SECRET],
}


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_no_log_line_says_a_secret_or_what_was_said_or_to_whom(told, caplog, answers, capsys):
    caplog.set_level(logging.DEBUG)
    told(*answers)
    emit("host.order_paid", words=BODY)
    call_command("dsn_worker", "--once")
    InboundReport.objects.create(
        messenger="pager",
        account="default",
        kind="opted_out",
        subject=ADDRESS,
        values={"address": ADDRESS, "reason": BODY},
    )
    release_account("pager", "default")
    call_command("dsn_worker", "--once")
    assert stored().exists()
    for command in ("dsn_status", "dsn_prune"):
        try:
            call_command(command)
        except SystemExit:
            continue
    logged = "".join(caplog.handler.format(record) for record in ours(caplog))
    assert logged
    for word in (SECRET, BODY, ADDRESS):
        assert word not in logged
    assert SECRET not in capsys.readouterr().out


def ours(caplog):
    return [record for record in caplog.records if record.name.startswith("dsn")]
