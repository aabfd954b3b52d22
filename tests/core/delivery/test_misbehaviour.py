"""Messengers that break the contract harm no other delivery, and no worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.models import Attempt, InDoubt
from dsn_core.states import State
from tests.core.delivery.conftest import Pager, backend_of, delivered

pytestmark = pytest.mark.django_db


def states(rows) -> list[str]:
    return [row.state for row in rows]


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3), GeneratorExit(), RuntimeError()])
def test_an_exception_is_tried_again_and_the_others_go_on(pager, queue, error):
    made = pager(None, error, None)
    rows = delivered(queue(3))
    assert states(rows) == [State.SENT, State.QUEUED, State.SENT]
    assert (rows[1].code, rows[1].doubted) == (type(error).__name__, True)
    assert len(made.sent) == 3
    assert Attempt.objects.get().outcome == "retry"


def test_an_exception_leaves_a_doubt_that_its_backend_may_not_want(pager, queue):
    pager(TimeoutError("read"))
    (row,) = delivered(queue(backend=backend_of("pager", in_doubt=InDoubt.HOLD)))
    assert (row.state, row.code) == (State.UNKNOWN, "TimeoutError")


@pytest.mark.parametrize("rubbish", [True, "sent", {"ok": 1}, Accepted, 0])
def test_rubbish_is_no_outcome(pager, queue, rubbish):
    pager(lambda: rubbish)
    rows = delivered(queue(2))
    assert states(rows) == [State.QUEUED, State.SENT]
    assert (rows[0].code, rows[0].doubted) == ("InvalidOutcome", True)


@pytest.mark.parametrize(
    "half", [{"refusal": "retry"}, {"refusal": None}, {"refusal": Refusal.RETRY, "scope": "all"}]
)
def test_a_refusal_in_words_that_are_not_ours_is_no_outcome(pager, queue, half):
    pager(Refused(code="1", reason="x", **half))
    (row,) = delivered(queue())
    assert (row.state, row.code) == (State.QUEUED, "InvalidOutcome")


def test_outcomes_that_are_missing_are_doubted(install, queue):
    class Short(Pager):
        def send_many(self, envelopes):
            yield Accepted(provider_id="1")

    install(Short)
    rows = delivered(queue(3))
    assert states(rows) == [State.SENT, State.QUEUED, State.QUEUED]
    assert [(row.code, row.doubted) for row in rows[1:]] == [("MissingOutcome", True)] * 2


def test_outcomes_that_are_too_many_are_passed_over(install, queue):
    class Long(Pager):
        def send_many(self, envelopes):
            for _ in range(10):
                yield Accepted(provider_id="1")

    install(Long)
    assert states(delivered(queue(2))) == [State.SENT, State.SENT]


@pytest.mark.parametrize("given", [None, 7])
def test_a_send_many_that_gives_nothing_to_iterate_is_a_bug(install, queue, given):
    class Odd(Pager):
        def send_many(self, envelopes):
            return given

    install(Odd)
    rows = delivered(queue(2))
    assert states(rows) == [State.QUEUED, State.QUEUED]
    assert rows[0].code == "TypeError"


def test_a_connection_that_cannot_be_opened_is_tried_later_and_nothing_is_doubted(install, queue):
    class Away(Pager):
        def __enter__(self):
            raise ConnectionRefusedError("nobody there")

    install(Away)
    rows = delivered(queue(2))
    assert states(rows) == [State.QUEUED, State.QUEUED]
    assert {(row.code, row.doubted, row.attempts) for row in rows} == {
        ("ConnectionRefusedError", False, 1)
    }


def test_what_was_sent_counts_whatever_closing_raises(install, queue):
    class Clumsy(Pager):
        def __exit__(self, *_):
            raise SystemExit(1)

    install(Clumsy)
    assert states(delivered(queue(2))) == [State.SENT, State.SENT]


class Account(Fields):
    token: str = option(label="Token", secret=True)


class Leaky(Messenger[Account, Fields]):
    """Says its token in all it says."""

    key = "leaky"
    label = "Leaky"
    channel = "push"

    def send(self, envelope):
        words = f"https://api.example/bot{self.account.token}/send says no"
        if envelope.address == "raise":
            raise ValueError(words)
        if envelope.address == "accept":
            return Accepted(provider_id=words, detail={"url": [words], words: 1})
        return Refused(refusal=Refusal.MESSAGE, code=self.account.token, reason=words)


def test_no_secret_is_stored_or_logged(install, queue, settings, caplog):
    caplog.set_level(logging.DEBUG)
    settings.DSN = {"MESSENGERS": {"leaky": {"default": {"token": "12:AB/cd"}}}}
    install(Leaky)
    backend = backend_of("leaky")
    rows = [queue(backend=backend, address=address)[0] for address in ("raise", "accept", "refuse")]
    rows = delivered(rows)
    said = [str(vars(row)) for row in (*rows, *Attempt.objects.all())]
    assert "[secret]" in rows[2].reason
    assert "[secret]" in rows[1].detail["url"][0]
    assert [words for words in (*said, caplog.text) if "12:AB" in words or "12%3AAB" in words] == []


class Nested(Fields):
    options: Mapping[str, object] = option(default_factory=dict, label="Options", secret=True)


class Absent(Messenger[Nested, Fields]):
    """Says where its service is, and with what it would have logged in."""

    key = "absent"
    label = "Absent"
    channel = "push"

    def send(self, envelope):
        reason = "Nothing listens at {host}:{port} for {password}".format(**self.account.options)
        return Refused(refusal=Refusal.MESSAGE, code="", reason=reason)


def test_where_a_service_is_stays_readable_beside_its_secrets(install, queue, settings):
    options = {"host": "mail.example.org", "port": 2525, "password": "12:AB/cd"}
    settings.DSN = {"MESSENGERS": {"absent": {"default": {"options": options}}}}
    install(Absent)
    [row] = delivered(queue(backend=backend_of("absent")))
    assert row.reason == "Nothing listens at mail.example.org:2525 for [secret]"


def test_neither_a_message_nor_a_traceback_is_logged(pager, queue, caplog):
    caplog.set_level(logging.DEBUG)
    pager(ValueError("broken"))
    delivered(queue(values={"note": "a very private matter"}))
    assert "broken" in caplog.text
    assert "private" not in caplog.text
    assert "Traceback" not in caplog.text
