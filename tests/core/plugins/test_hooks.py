"""Each hook, from what an installed plugin gives to what somebody is sent for it."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User

from dsn_core import emit
from dsn_core.capture.listening import listener
from dsn_core.models import Backend, Delivery, Subscription, Trigger
from dsn_core.plugins.catalog import catalog
from tests.core.plugins.installing import Distribution
from tests.host.models import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)

MESSENGER = """
from dsn_core import *

class Pager(Messenger):
    key = "pager"
    label = "Pager"
    channel = "push"
    user_field = "username"
    sent = []

    def send(self, envelope):
        self.sent.append((envelope.address, envelope.message.text))
        return Accepted(provider_id="1")

@hookimpl
def dsn_messengers():
    return [Pager]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Installs a distribution with a pager and what is given; gives what the pager sends."""

    def put(source: str = "") -> Any:
        plugin = f"{MESSENGER}\n{dedent(source)}"
        Distribution(name="dsn-pager", plugin=plugin).install(tmp_path)
        monkeypatch.syspath_prepend(str(tmp_path))
        catalog.cache_clear()
        assert [fault.message for fault in catalog().faults()] == []
        return sys.modules["dsn_pager.plugin"].Pager.sent

    listener().watch.forget()
    yield put
    monkeypatch.undo()
    for name in [name for name in sys.modules if name.startswith("dsn_pager")]:
        del sys.modules[name]
    catalog.cache_clear()
    listener().watch.forget()


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada")


def _tell(*users: User, verb: str = "host.refunded", sources: tuple[str, ...] = (), **backend: str):
    """Let these hear of the verb, by the pager."""
    pager = Backend.objects.create(name="Pager", messenger="pager", **backend)
    trigger = Trigger.objects.watch(verb)
    Subscription.objects.subscribe(trigger, pager, users=users, sources=sources)


def test_dsn_messengers_brings_one_that_sends(install, ada):
    sent = install()
    _tell(ada)
    emit("host.refunded", action_object=Order.objects.create(number="A-7"))
    assert sent == [("ada", "Order A-7: host.refunded")]
    assert Delivery.objects.get().state == "sent"


def test_dsn_message_templates_brings_the_words_of_a_message(install, ada):
    sent = install("""
        class OrderPaid(MessageTemplate):
            key = "pager.paid"
            label = "Order paid"
            text = "{{ user.username }}: {{ amount }} for {{ action_object }}"

        @hookimpl
        def dsn_message_templates():
            return [OrderPaid]
    """)
    _tell(ada, message_template="pager.paid")
    emit("host.refunded", action_object=Order.objects.create(number="A-7"), amount=3)
    assert sent == [("ada", "ada: 3 for Order A-7")]


def test_dsn_verbs_brings_what_a_trigger_waits_for(install, ada):
    sent = install("""
        from django.dispatch import Signal

        shipped = Signal()

        @hookimpl
        def dsn_verbs():
            return [Verb(key="pager.shipped", signal=shipped, provides={"weight": int})]
    """)
    _tell(ada, verb="pager.shipped")
    shipped = sys.modules["dsn_pager.plugin"].shipped
    shipped.send(sender=Order, instance=Order.objects.create(number="A-7"), weight=3)
    assert sent == [("ada", "Order A-7: pager.shipped")]


def test_dsn_recipient_sources_brings_those_who_hear_of_it(install, ada):
    sent = install("""
        class Watchers(RecipientSource):
            key = "pager.watchers"
            label = "Whoever watches the order"

            def recipients(self, occurrence):
                yield from occurrence.action_object.watchers.all()
                yield To(address="desk", messenger="pager")

        @hookimpl
        def dsn_recipient_sources():
            return [Watchers]
    """)
    _tell(sources=("pager.watchers",))
    order = Order.objects.create(number="A-7")
    order.watchers.add(ada)
    User.objects.create(username="nobody")
    emit("host.refunded", action_object=order)
    assert sorted(address for address, _text in sent) == ["ada", "desk"]


def test_dsn_gates_brings_one_that_suppresses_a_message(install, ada):
    sent = install("""
        class NotAda(Gate):
            key = "pager.not_ada"

            def screen(self, candidates):
                for candidate in candidates:
                    is_ada = candidate.user.username == "ada"
                    yield Suppress(reason="She is away") if is_ada else Pass()

        @hookimpl
        def dsn_gates():
            return [NotAda]
    """)
    _tell(ada, User.objects.create(username="bob"))
    emit("host.refunded", action_object=Order.objects.create(number="A-7"))
    assert [address for address, _text in sent] == ["bob"]
    suppressed = Delivery.objects.get(state="suppressed")
    assert (suppressed.address, suppressed.code) == ("ada", "gate")
    assert suppressed.reason == "pager.not_ada: She is away"
