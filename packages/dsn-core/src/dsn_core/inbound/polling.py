"""Fetching reports, for a machine that the services cannot reach."""

from __future__ import annotations

import logging
import random
import signal
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from django.db import InterfaceError, OperationalError, connections

from dsn_core.exceptions import InvalidReport, PollFailed
from dsn_core.inbound.accounts import UNUSABLE, accounts_with, source_of
from dsn_core.inbound.reports import apply
from dsn_core.inbound.storing import store
from dsn_core.pausing import capture_paused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from dsn_core.contract.report import Report
    from dsn_core.inbound.accounts import Source
    from dsn_core.models import InboundReport

logger = logging.getLogger("dsn_core.inbound")

T = TypeVar("T")
PAUSE_SECONDS = 1.0
LONGEST_PAUSE = 60.0


def pollable() -> list[tuple[str, str]]:
    """Messenger and account of all that can be asked."""
    return accounts_with("poll")


def poll(key: str, name: str, is_over: Callable[[], bool]) -> int:
    """Fetch, store and apply what one account has to report; returns how many reports.

    One by one: what was given is stored before the next is asked for. Raises ``PollFailed`` with
    words for people, and what the database raises.
    """
    try:
        source = source_of(key, name)
    except UNUSABLE as error:
        raise PollFailed(str(error)) from None
    count = 0
    if source is None:
        return count
    for report in _reports(source, is_over):
        apply(_stored(source, report))
        count += 1
    return count


def _stored(source: Source, report: Report) -> list[InboundReport]:
    """The row, where it is still to be applied. Raises ``PollFailed`` for what cannot be stored."""
    try:
        return store(source, [report])
    except InvalidReport as error:
        raise PollFailed(str(error)) from None
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  # a plugin's code normalises addresses
        raise _failure(source, error) from None


def _reports(source: Source, is_over: Callable[[], bool]) -> Iterator[Report]:
    reports = _guarded(source, lambda: iter(source.messenger.poll()))
    while not is_over():
        report = _guarded(source, lambda: next(reports, None))
        if report is None:
            return
        yield report


def _guarded(source: Source, step: Callable[[], T]) -> T:
    """What a step of the messenger's own code gives. Raises ``PollFailed``."""
    try:
        with capture_paused():
            return step()
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
        raise _failure(source, error) from None


def _failure(source: Source, error: BaseException) -> PollFailed:
    words = source.scrubber.text(f"{type(error).__name__}: {error}")
    return PollFailed(f"{source.key}:{source.account} could not be asked: {words}")


class Poller:
    """Asks accounts in turn. One that cannot be asked is asked again after a growing pause."""

    def __init__(self, accounts: Sequence[tuple[str, str]]) -> None:
        self.accounts = accounts
        self.count = 0
        self._stopping = threading.Event()
        self._failures: dict[tuple[str, str], int] = {}
        self._due: dict[tuple[str, str], float] = {}

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Finish the report at hand, then end. A handler for signals; the second one is heard."""
        self._stopping.set()
        if number:
            signal.signal(number, signal.SIG_DFL)

    def run(self) -> None:
        """Ask until ``stop`` is called. A database that is away is waited for."""
        while not self._stopping.is_set():
            self.ask_all()
            self._stopping.wait(PAUSE_SECONDS * random.uniform(0.75, 1.25))

    def ask_all(self) -> int:
        """Ask every account that is due; returns how many could not be asked."""
        due = [one for one in self.accounts if self._due.get(one, 0.0) <= time.monotonic()]
        return sum(not self._ask(*one) for one in due if not self._stopping.is_set())

    def _ask(self, key: str, name: str) -> bool:
        try:
            self.count += poll(key, name, self._stopping.is_set)
        except PollFailed as error:
            return self._put_off(key, name, str(error))
        except (OperationalError, InterfaceError) as error:
            connections.close_all()
            return self._put_off(key, name, f"The database is away ({type(error).__name__}).")
        self._failures.pop((key, name), None)
        return True

    def _put_off(self, key: str, name: str, words: str) -> bool:
        failures = self._failures[key, name] = self._failures.get((key, name), 0) + 1
        pause = min(LONGEST_PAUSE, 2.0 ** min(failures, 10)) * random.uniform(0.5, 1)
        self._due[key, name] = time.monotonic() + pause
        logger.warning("%s Again in %.0f s.", words, pause)
        return False
