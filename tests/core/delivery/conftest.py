"""What the delivery tests share: rows, and plugins that answer as a test wants."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted
from dsn_core.delivery.claiming import claim_due
from dsn_core.delivery.delivering import deliver_next
from dsn_core.models import AccountState, AddressSlot, Backend, Delivery, Event
from dsn_core.models.payload import encode
from dsn_core.plugins import catalog as catalogs
from dsn_core.plugins.found import Found
from dsn_core.plugins.offers import Offer
from dsn_core.states import EventState
from tests.core.rendering.speaking import Paid

Install = Callable[..., None]
Queue = Callable[..., list[Delivery]]


class Installed:
    """What is installed in a test: core's own, and these."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._core = [p for p in catalogs.catalog().plugins if p.distribution == "dsn-core"]
        self._items: tuple[type, ...] = ()
        monkeypatch.setattr(catalogs, "discover", self._discover)

    def __call__(self, *items: type) -> None:
        """Install these instead of what was installed before; with none, uninstall all."""
        self._items = items
        catalogs.catalog.cache_clear()

    def _discover(self, *, disabled: frozenset[str]) -> Iterable[Found]:
        stranger = Found(distribution="dsn-tests", version="1", module="tests")
        stranger.offers += [_offer(item) for item in self._items]
        return (*self._core, stranger)


def _offer(item: Any) -> Offer:
    kind: Any = "messenger" if issubclass(item, Messenger) else "message_template"
    return Offer(
        kind=kind, key=item.key, label="", item=item, distribution="dsn-tests", version="1"
    )


@pytest.fixture
def install(monkeypatch):
    """Installs messengers and templates."""
    yield Installed(monkeypatch)
    monkeypatch.undo()
    catalogs.catalog.cache_clear()


class Pager(Messenger):
    """Accepts all, or answers what ``answers`` holds: an outcome, or something to raise."""

    key = "pager"
    label = "Pager"
    channel = "push"
    supports_subject = True
    supports_html = True
    answers: Iterator[object] = iter(())
    sent: list[Any] = []

    def send(self, envelope):
        type(self).sent.append(envelope)
        answer = next(self.answers, None)
        if isinstance(answer, BaseException):
            raise answer
        if callable(answer):
            return answer()
        return Accepted(provider_id=f"id-{envelope.address}") if answer is None else answer


@pytest.fixture
def pager(install):
    """Makes and installs a ``Pager`` that gives these answers, and then accepts."""

    def make(*answers: object, **attributes: object) -> Any:
        made = type("Pager", (Pager,), {"answers": iter(answers), "sent": [], **attributes})
        install(made)
        return made

    return make


@pytest.fixture
def queue(db):
    """Makes an event and queued deliveries of it."""
    numbers = itertools.count()

    def make(
        count: int = 1, *, backend: Backend | None = None, values: Any = None, **fields: Any
    ) -> list[Delivery]:
        backend = backend or backend_of("pager")
        event = fields.pop("event", None) or event_of(values=values or {})
        rows = [
            Delivery(
                event=event,
                backend=backend,
                messenger=backend.messenger,
                account=backend.account,
                recipient_key=f"bare:{number}",
                **{"address": f"a{number}", **fields},
            )
            for number in itertools.islice(numbers, count)
        ]
        return Delivery.objects.bulk_create(rows)

    return make


@pytest.fixture
def send(install, queue):
    """Installs this template, delivers one message of it, and gives the message and its row."""

    def make(template=Paid, *, user=None, messenger=None, **parts):
        made: Any = type("Pager", (Pager,), {"sent": [], **(messenger or {})})
        install(made, *([template] if template else []))
        backend = backend_of("pager", message_template=getattr(template, "key", "shop.stored"))
        user_pk = "" if user is None else str(user.pk)
        (row,) = delivered(queue(backend=backend, event=event_of(**parts), user_pk=user_pk))
        return (made.sent[0] if made.sent else None), row

    return make


def backend_of(messenger: str, **fields: Any) -> Backend:
    """The one backend of this messenger, with these fields."""
    defaults = {"messenger": messenger, **fields}
    return Backend.objects.update_or_create(name=messenger, defaults=defaults)[0]


def event_of(*, verb: str = "post_save", trigger_ids: Any = (), **parts: Any) -> Event:
    """An event that has been fanned out already."""
    values = parts.pop("values", {})
    payload: dict[str, object] = {name: encode(part) for name, part in parts.items()}
    payload["values"] = {name: encode(value) for name, value in values.items()}
    return Event.objects.create(
        verb=verb, trigger_ids=list(trigger_ids), payload=payload, state=EventState.DONE
    )


def delivered(rows: Iterable[Delivery]) -> list[Delivery]:
    """Deliver what is due, and give ``rows`` as they now are, in order."""
    while deliver_next():
        pass
    return fresh(rows)


def fresh(rows: Iterable[Delivery]) -> list[Delivery]:
    """``rows`` as they now are."""
    found = Delivery.objects.in_bulk([row.pk for row in rows])
    return [found[row.pk] for row in rows]


def make_due(rows: Iterable[Delivery]) -> None:
    """Let time pass for ``rows``."""
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(next_at=timezone.now())


def claimed(limit: int = 100) -> list[Delivery]:
    """What a worker gets to send now."""
    claim = claim_due(limit)
    return [] if claim is None else list(claim.deliveries)


def let_pass(seconds: float) -> None:
    """As if so much time had passed since the last slot."""
    delta = dt.timedelta(seconds=seconds)
    AccountState.objects.update(next_slot=F("next_slot") - delta)
    AddressSlot.objects.update(
        next_slot=F("next_slot") - delta, planned_until=F("planned_until") - delta
    )
    Delivery.objects.filter(code="paced").update(next_at=F("next_at") - delta)
