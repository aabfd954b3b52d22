"""Sends parcels in threads; only their outcomes come back to the thread that has the database.

Promise 2 is kept here: a thread waits until an outcome is on disk before it goes on, where the
send took ``SLOW`` seconds or more, or where ``MOST_UNRECORDED`` outcomes are not on disk yet.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard

from django.db import connections

from dsn_core.contract.outcome import Accepted, Refusal, Refused, Scope
from dsn_core.pausing import capture_paused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsn_core.contract.messenger import Messenger
    from dsn_core.delivery.routes import Parcel, Route

logger = logging.getLogger("dsn_core.delivery")

SLOW = 0.005
MOST_UNRECORDED = 50
FLUSH_AT = 25
"""Half of it, so that sending need not stop while the others are written."""
LONGEST_UNRECORDED = 0.1
FLUSH_AFTER = 0.08
"""A little less, for the write itself."""
LOOK_EVERY = 0.25
"""How soon it is seen that nobody waits any longer for a send that hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """The messenger's code raised, or gave what is no outcome.

    ``sending``: while it sent, so that something may have arrived. ``is_exception``: its
    ``send_many`` has ended with it.
    """

    code: str
    reason: str
    sending: bool
    is_exception: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Untried:
    """It was not sent: its account or address must wait, or there was no more time."""


Outcome = Accepted | Refused | Raised | Untried
_LEFT = Raised(
    code="Stopped", reason="The worker had to end before the service answered.", sending=True
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """What became of one parcel. ``duration`` is in seconds, ``at`` by ``time.monotonic()``.

    ``counted``: it is one of those that may be unrecorded at a time. ``recorded`` is set once it
    is on disk, where somebody waits for that.
    """

    parcel: Parcel
    outcome: Outcome
    duration: float = 0.0
    counted: bool = False
    at: float = field(default_factory=time.monotonic)
    recorded: threading.Event | None = None


class Dispatch:
    """Sends one batch. ``batches`` is to be read to its end by the thread with the database."""

    def __init__(
        self,
        parcels: Sequence[Parcel],
        *,
        is_over: Callable[[], bool],
        is_lost: Callable[[], bool] = lambda: False,
    ) -> None:
        self._is_over = is_over
        self._is_lost = is_lost
        self._unreported = {parcel.delivery.pk: parcel for parcel in parcels}
        self._begun: set[int] = set()
        self._beginning = threading.Lock()
        self._reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._slots = threading.Semaphore(MOST_UNRECORDED)
        self._abandoned = threading.Event()
        self._waiting: set[tuple[str, ...]] = set()
        self._running = 0
        self._lines = _lines(parcels)

    def batches(self, *, tick: float) -> Iterator[Sequence[Report]]:
        """Reports to be recorded before the next are asked for; an empty one every ``tick`` s."""
        self._start()
        buffer: list[Report] = []
        ticked = time.monotonic()
        try:
            while self._running or buffer:
                self._gather(buffer, min(_patience(buffer), tick))
                if self._running and self._is_lost():
                    self._leave(buffer)
                now = time.monotonic()
                if buffer and (self._running == 0 or _is_time(buffer, now)):
                    yield tuple(buffer)
                    self._recorded(buffer)
                    buffer = []
                elif now - ticked >= tick:
                    ticked = now
                    yield ()
        finally:
            self._abandon(buffer)

    def _start(self) -> None:
        for line in self._lines:
            for number in range(line.threads):
                self._running += 1
                name = f"dsn-{line.key}-{number}"
                threading.Thread(target=self._run, args=(line,), name=name, daemon=True).start()

    def _gather(self, buffer: list[Report], patience: float) -> None:
        """Take what has come, and wait for something where nothing has."""
        if not self._running:
            return
        try:
            self._take(buffer, self._reports.get(timeout=patience))
            while self._running and not _is_full(buffer):
                self._take(buffer, self._reports.get_nowait())
        except queue.Empty:
            return

    def _take(self, buffer: list[Report], report: Report | None) -> None:
        if report is None:
            self._running -= 1
        elif self._unreported.pop(report.parcel.delivery.pk, None) is not None:
            buffer.append(report)

    def _leave(self, buffer: list[Report]) -> None:
        """Wait for no thread any more: what has not begun goes back, the rest is in doubt."""
        with self._beginning:
            self._abandoned.set()
            begun = frozenset(self._begun)
        while not self._reports.empty():
            self._take(buffer, self._reports.get())
        for key, parcel in self._unreported.items():
            outcome: Outcome = _LEFT if key in begun else Untried()
            buffer.append(Report(parcel=parcel, outcome=outcome))
        self._unreported.clear()
        self._running = 0

    def _recorded(self, reports: Sequence[Report]) -> None:
        for report in reports:
            if report.counted:
                self._slots.release()
            if report.recorded is not None:
                report.recorded.set()

    def _abandon(self, buffer: Sequence[Report]) -> None:
        """Nobody records any more: no thread may wait for it, nor send anything else."""
        self._abandoned.set()
        self._recorded(buffer)
        while not self._reports.empty():
            report = self._reports.get()
            if report is not None:
                self._recorded([report])

    # ── In the threads ──────────────────────────────────────────────────────────────────

    def _run(self, line: _Line) -> None:
        try:
            # A messenger that stores what it sends must not be heard by our own triggers.
            with capture_paused():
                while (chunk := line.take()) is not None:
                    self._send_chunk(chunk)
        finally:
            connections.close_all()
            self._reports.put(None)

    def _send_chunk(self, chunk: Sequence[Parcel]) -> None:
        route, rest = chunk[0].route, self._sendable(chunk)
        if not rest:
            return
        try:
            entrance = route.make()
            messenger = entrance.__enter__()
        except BaseException as error:  # noqa: BLE001  # a plugin's code
            raised = _raised(route, error, sending=False)
            for parcel in rest:
                self._reports.put(Report(parcel=parcel, outcome=raised))
            return
        try:
            while rest:
                rest = self._sendable(self._stream(messenger, rest))
        finally:
            _close(entrance, route)

    def _sendable(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Those that may be sent now; the others are reported as untried."""
        over = self._abandoned.is_set() or self._is_over()
        kept = []
        for parcel in parcels:
            if over or self._must_wait(parcel):
                self._reports.put(Report(parcel=parcel, outcome=Untried()))
            else:
                kept.append(parcel)
        return kept

    def _must_wait(self, parcel: Parcel) -> bool:
        key = parcel.route.account_key
        return key in self._waiting or (*key, parcel.envelope.address) in self._waiting

    def _stream(self, messenger: Messenger, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Read one ``send_many`` to its end, or to where it fails; returns what is left to do."""
        outcomes: Iterator[object] | None = None
        for position, parcel in enumerate(parcels):
            if not self._may_go_on():
                return ()
            if not self._begin(parcels, position):
                return ()
            started = time.perf_counter()
            try:
                if outcomes is None:
                    outcomes = iter(messenger.send_many([one.envelope for one in parcels]))
                outcome = _checked(next(outcomes))
            except StopIteration:
                self._slots.release()
                self._report_missing(parcels, position)
                return ()
            except BaseException as error:  # noqa: BLE001  # a plugin's code
                outcome = _raised(parcel.route, error, sending=True)
            self._report(parcel, outcome, time.perf_counter() - started)
            rest = parcels[position + 1 :]
            if (isinstance(outcome, Raised) and outcome.is_exception) or self._is_to_stop(rest):
                return rest
        return ()

    def _may_go_on(self) -> bool:
        """Wait until so few outcomes are unrecorded that one more may be; False if never."""
        while not self._abandoned.is_set():
            if self._slots.acquire(timeout=1):
                # What ``_abandon`` gives back is for nobody to send with.
                return not self._abandoned.is_set()
        return False

    def _begin(self, parcels: Sequence[Parcel], position: int) -> bool:
        """Note that this one is sent from now on; False where it must not be any more.

        With it all of one ``send_many``, unless it is certain that those are sent one by one.
        """
        alone = parcels[position].route.sends_one_by_one
        together = parcels[position : position + 1] if alone else parcels
        with self._beginning:
            if self._abandoned.is_set():
                return False
            self._begun.update(parcel.delivery.pk for parcel in together)
        return True

    def _is_to_stop(self, rest: Sequence[Parcel]) -> bool:
        """Must the rest be looked at again? Only where it is certain that it is not sent yet."""
        if not rest or not rest[0].route.sends_one_by_one:
            return False
        if self._abandoned.is_set() or self._is_over():
            return True
        return bool(self._waiting) and any(self._must_wait(parcel) for parcel in rest)

    def _report_missing(self, parcels: Sequence[Parcel], given: int) -> None:
        words = f"send_many gave {given} outcomes for {len(parcels)} envelopes."
        missing = Raised(code="MissingOutcome", reason=words, sending=True)
        for parcel in parcels[given:]:
            self._reports.put(Report(parcel=parcel, outcome=missing))

    def _report(self, parcel: Parcel, outcome: Outcome, duration: float) -> None:
        """Hand it over; a slow one is waited for until it is on disk."""
        self._note_waiting(parcel, outcome)
        recorded = threading.Event() if duration >= SLOW else None
        self._reports.put(
            Report(
                parcel=parcel, outcome=outcome, duration=duration, counted=True, recorded=recorded
            )
        )
        while recorded is not None and not recorded.wait(timeout=1):
            if self._abandoned.is_set():
                return

    def _note_waiting(self, parcel: Parcel, outcome: Outcome) -> None:
        if not isinstance(outcome, Refused):
            return
        key = parcel.route.account_key
        if outcome.refusal is Refusal.ACCOUNT:
            self._waiting.add(key)
        elif outcome.refusal is Refusal.ADDRESS:
            self._waiting.add((*key, parcel.envelope.address))
        elif outcome.refusal is Refusal.RETRY and outcome.scope is Scope.ACCOUNT:
            self._waiting.add(key)
        elif outcome.refusal is Refusal.RETRY and outcome.scope is Scope.ADDRESS:
            self._waiting.add((*key, parcel.envelope.address))


class _Line:
    """The chunks that wait for one messenger, and how many threads may take them."""

    def __init__(self, chunks: Sequence[Sequence[Parcel]], concurrency: int) -> None:
        self.key = chunks[0][0].route.messenger.key
        self.threads = min(concurrency, len(chunks))
        self._chunks = deque(chunks)

    def take(self) -> Sequence[Parcel] | None:
        """The next chunk; None after the last."""
        try:
            return self._chunks.popleft()
        except IndexError:
            return None


def _lines(parcels: Sequence[Parcel]) -> list[_Line]:
    messengers: dict[type[Messenger], dict[Route, list[Parcel]]] = {}
    for parcel in parcels:
        routes = messengers.setdefault(parcel.route.messenger, {})
        routes.setdefault(parcel.route, []).append(parcel)
    return [_line(messenger, list(routes.values())) for messenger, routes in messengers.items()]


def _line(messenger: type[Messenger], groups: list[list[Parcel]]) -> _Line:
    concurrency = max(1, messenger.concurrency)
    chunks = []
    for group in groups:
        size = -(-len(group) // concurrency)
        chunks += [group[start : start + size] for start in range(0, len(group), size)]
    return _Line(chunks, concurrency)


def _is_full(buffer: Sequence[Report]) -> bool:
    return len(buffer) >= FLUSH_AT or any(report.recorded is not None for report in buffer)


def _is_time(buffer: Sequence[Report], now: float) -> bool:
    return now - buffer[0].at >= FLUSH_AFTER or _is_full(buffer)


def _patience(buffer: Sequence[Report]) -> float:
    if not buffer:
        return LOOK_EVERY
    return max(0.0, buffer[0].at + FLUSH_AFTER - time.monotonic())


def _checked(outcome: object) -> Outcome:
    if is_whole(outcome):
        return outcome
    return Raised(code="InvalidOutcome", reason=no_outcome(outcome), sending=True)


def is_whole(outcome: object) -> TypeGuard[Accepted | Refused]:
    """Is it an outcome, and are its words ours? Python lets anything stand there."""
    if not isinstance(outcome, Refused):
        return isinstance(outcome, Accepted)
    refusal: object = outcome.refusal
    scope: object = outcome.scope
    return isinstance(refusal, Refusal) and isinstance(scope, Scope)


def no_outcome(given: object) -> str:
    """What is wrong with what ``send_many`` gave, in words."""
    return f"send_many gave a {type(given).__qualname__}, which is no whole outcome."


def _raised(route: Route, error: BaseException, *, sending: bool) -> Raised:
    code, reason = type(error).__name__, route.scrubber.text(error)
    # The class and our own words only: a traceback may quote a message or a token.
    logger.error("The messenger %s raised %s: %s", route.messenger.key, code, reason)
    return Raised(code=code, reason=reason, sending=sending, is_exception=True)


def _close(messenger: Messenger, route: Route) -> None:
    try:
        messenger.__exit__(None, None, None)
    except BaseException as error:  # noqa: BLE001  # a plugin's code
        text = route.scrubber.text(error)
        logger.warning("Closing %s raised %s: %s", route.messenger.key, type(error).__name__, text)
