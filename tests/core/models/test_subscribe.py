"""``Subscription.objects.subscribe``: who is told through what, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.test import override_settings

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted
from dsn_core.contract.template import MessageTemplate
from dsn_core.contract.verb import Verb
from dsn_core.exceptions import InvalidSubscription, InvalidValues, NotInstalled
from dsn_core.models import Backend, StoredTemplate, Subscription, Trigger
from dsn_core.plugins.catalog import Catalog, catalog
from dsn_core.plugins.offers import Kind, Offer
from tests.host.models import Order
from tests.host.signals import refunded

if TYPE_CHECKING:
    from dsn_core.contract.message import Envelope

pytestmark = pytest.mark.django_db


class Account(Fields):
    token: str = option(secret=True)


class Options(Fields):
    silent: bool = False


class Pager(Messenger[Account, Options]):
    key = "pager"
    label = "Pager"
    channel = "push"

    def send(self, envelope: Envelope) -> Accepted:
        return Accepted(provider_id="")

    @classmethod
    def upgrade_options(cls, stored: Any) -> Any:
        return {"silent": stored["quiet"]} if "quiet" in stored else stored


class Refund(MessageTemplate):
    key = "host.refund"
    label = "Refund"
    text = "{{ amount }}"
    requires = ("amount", "action_object")


VERB = Verb(key="host.refund_known", signal=refunded, provides={"amount": int})


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch):
    """A messenger, a template and a verb of a plugin's, installed for this test."""
    kinds: dict[str, Kind] = {"pager": "messenger", "host.refund": "message_template"}
    found: Catalog = catalog()
    for item in (Pager, Refund):
        offer = Offer(kind=kinds[item.key], key=item.key, label=item.label, item=item,
                      distribution="dsn-tests", version="1")  # fmt: skip
        monkeypatch.setitem(found.offers[offer.kind], item.key, offer)
    verb = Offer(kind="verb", key=VERB.key, label="", item=VERB, distribution="t", version="1")
    monkeypatch.setitem(found.offers["verb"], VERB.key, verb)
    with override_settings(DSN={"MESSENGERS": {"pager": {"default": {"token": "t"}}}}):
        # The catalogue is made anew by a changed setting, the patched one is kept for the test.
        monkeypatch.setattr("dsn_core.models.backend.catalog", lambda: found)
        monkeypatch.setattr("dsn_core.models.audience.catalog", lambda: found)
        monkeypatch.setattr("dsn_core.models.trigger.catalog", lambda: found)
        yield


@pytest.fixture
def paid() -> Trigger:
    return Trigger.objects.watch("post_save", Order, name="Paid")


@pytest.fixture
def mail() -> Backend:
    return Backend.objects.create(name="Beep", messenger="pager")


def _user(name: str = "ada") -> Any:
    return get_user_model().objects.create_user(name)


def test_everybody_who_is_named_is_stored(paid: Trigger, mail: Backend):
    ada, staff = _user(), Group.objects.create(name="staff")
    made = Subscription.objects.subscribe(
        paid, mail, users=[ada], groups=[staff], paths=["customer", "watchers"],
        sources=["dsn.actor"], addresses=["ops@example.org"], exclude_actor=True,
    )  # fmt: skip
    assert made.name == "Paid → Beep"
    assert list(made.backends.all()) == [mail]
    assert list(made.recipient_users.all()) == [ada]
    assert list(made.recipient_groups.all()) == [staff]
    assert made.recipient_paths == ["customer", "watchers"]
    assert made.recipient_sources == ["dsn.actor"]
    assert made.addresses == ["ops@example.org"]
    assert made.exclude_actor is True


def test_the_subscription_of_that_name_is_updated_and_its_recipients_replaced(
    paid: Trigger, mail: Backend
):
    ada, bob = _user(), _user("bob")
    first = Subscription.objects.subscribe(paid, mail, users=[ada], enabled=False)
    again = Subscription.objects.subscribe(paid, mail, users=[bob], addresses=["a@b.c"])
    assert again.pk == first.pk
    assert list(again.recipient_users.all()) == [bob]
    assert again.enabled is False


def test_a_generator_of_users_is_read_once(paid: Trigger, mail: Backend):
    ada = _user()
    made = Subscription.objects.subscribe(paid, mail, users=(user for user in [ada]))
    assert list(made.recipient_users.all()) == [ada]


def test_a_path_may_go_through_several_relations(mail: Backend):
    from tests.host.models import Ticket

    tickets = Trigger.objects.watch("post_save", Ticket)
    made = Subscription.objects.subscribe(tickets, mail, paths=["order.customer", "order.watchers"])
    assert made.recipient_paths == ["order.customer", "order.watchers"]


def test_a_path_of_an_unknown_model_cannot_be_told(mail: Backend):
    anything = Trigger.objects.watch("host.refunded")
    Subscription.objects.subscribe(anything, mail, paths=["whoever"])


def test_a_stored_template_is_as_good_as_an_installed_one(paid: Trigger):
    StoredTemplate.objects.create(key="shop.mine", text="Hello")
    backend = Backend.objects.create(name="Mine", messenger="console", message_template="shop.mine")
    Subscription.objects.subscribe(paid, backend)


def test_older_options_are_upgraded_before_they_are_checked():
    backend = Backend(name="Old", messenger="pager", options={"quiet": True, "kept": 1})
    assert backend.build_options() == Options(silent=True)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"users": "ada"}, InvalidSubscription, "users is an object of str; give a list"),
    ({"users": ["ada"]}, InvalidSubscription, "users has an object of str; each must be a auth"),
    ({"groups": [3]}, InvalidSubscription, "groups has an object of int"),
    ({"paths": "customer"}, InvalidSubscription, "paths is an object of str; give a list"),
    ({"paths": ["owner"]}, InvalidSubscription,
     "^host.Order has no relation 'owner'; it has rushorder, tickets, customer, watchers.$"),
    ({"paths": ["number"]}, InvalidSubscription,
     "^'number' of host.Order is no relation; it has rushorder, tickets, customer, watchers.$"),
    ({"paths": ["tickets.owner"]}, InvalidSubscription,
     r"^host.Ticket has no relation 'owner' \('tickets.owner'\); it has order.$"),
    ({"paths": ["tickets"]}, InvalidSubscription, "leads to host.Ticket, not to auth.User"),
    ({"paths": ["customer.groups"]}, InvalidSubscription, "leads to auth.Group, not to auth.User"),
    ({"paths": [""]}, InvalidSubscription, "paths has ''; each must be a text, not empty"),
    ({"sources": ["shop.nobody"]}, NotInstalled,
     "No installed plugin brings the recipient source 'shop.nobody'"),
    ({"addresses": [" "]}, InvalidSubscription, "addresses has ' '"),
    ({"addresses": [7]}, InvalidSubscription, "addresses has 7"),
]  # fmt: skip


@pytest.mark.parametrize(("kwargs", "error", "words"), BAD)
def test_recipients_that_cannot_be_are_refused_with_which_and_why(
    paid: Trigger, mail: Backend, kwargs: dict[str, Any], error: type[Exception], words: str
):
    with pytest.raises(error, match=words):
        Subscription.objects.subscribe(paid, mail, **kwargs)
    assert not Subscription.objects.exists()


def test_an_unsaved_user_is_refused(paid: Trigger, mail: Backend):
    with pytest.raises(InvalidSubscription, match=r"users has a auth.User that is not saved yet"):
        Subscription.objects.subscribe(paid, mail, users=[get_user_model()()])


def test_a_subscription_without_backends_is_refused(paid: Trigger):
    with pytest.raises(InvalidSubscription, match="'Paid' needs at least one backend"):
        Subscription.objects.subscribe(paid)


def test_backends_in_a_list_are_refused(paid: Trigger, mail: Backend):
    with pytest.raises(InvalidSubscription, match=r"backends has an object of list"):
        Subscription.objects.subscribe(paid, [mail])  # type: ignore[arg-type]  # the mistake


def test_what_is_not_saved_yet_cannot_be_subscribed(paid: Trigger, mail: Backend):
    with pytest.raises(InvalidSubscription, match=r"trigger has a dsn.Trigger that is not saved"):
        Subscription.objects.subscribe(Trigger(name="x"), mail)
    with pytest.raises(InvalidSubscription, match=r"backends has a dsn.Backend that is not saved"):
        Subscription.objects.subscribe(paid, Backend(name="x"))


UNFIT: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"messenger": "telepathy"}, NotInstalled, "brings the messenger 'telepathy'"),
    ({"messenger": "pager", "account": "ops"}, InvalidValues,
     "Settings name no account 'ops' for pager; they name default"),
    ({"messenger": "pager", "message_template": "no.such"}, NotInstalled,
     "no message template 'no.such', installed or stored"),
    ({"messenger": "pager", "options": {"silent": "perhaps"}}, InvalidValues,
     r"backend 'Bad'.*\[\"silent\"\] is 'perhaps', which is not true or false"),
    ({"messenger": "pager", "options": 3}, InvalidValues, "options of backend 'Bad'"),
    ({"messenger": "pager", "message_template": "host.refund"}, InvalidSubscription,
     "template 'host.refund' of backend 'Bad' requires amount, which post_save does not provide"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "error", "words"), UNFIT)
def test_a_backend_that_does_not_fit_is_refused_with_which_and_why(
    paid: Trigger, fields: dict[str, Any], error: type[Exception], words: str
):
    backend = Backend.objects.create(name="Bad", **fields)
    with pytest.raises(error, match=words):
        Subscription.objects.subscribe(paid, backend)


@pytest.mark.parametrize("verb", ["host.refund_known", "host.refunded"])
def test_a_template_goes_with_a_verb_that_provides_what_it_requires_or_says_nothing(verb: str):
    backend = Backend.objects.create(
        name="Refund", messenger="console", message_template="host.refund"
    )
    Subscription.objects.subscribe(Trigger.objects.watch(verb), backend)


def test_a_backends_page_says_all_that_does_not_fit_at_once():
    backend = Backend(
        name="x",
        messenger="pager",
        account="ops",
        message_template="no.such",
        options={"silent": 3},
    )
    with pytest.raises(ValidationError) as caught:
        backend.clean()
    assert set(caught.value.message_dict) == {"account", "message_template", "options"}
