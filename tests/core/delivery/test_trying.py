"""``dsn_send``: one message at once, and the service's own words."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Audience, Messenger
from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.exceptions import InvalidAddress
from dsn_core.models import AccountState, Delivery, Event

pytestmark = pytest.mark.django_db


class Account(Fields):
    token: str = option(secret=True)


class Options(Fields):
    loud: bool = False
    times: int = 1


class Bell(Messenger[Account, Options]):
    key = "bell"
    label = "Bell"
    channel = "push"
    supports_actions = True
    sent: list[object] = []
    answer: object = None

    def send(self, envelope):
        self.sent.append((self.options, envelope))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or Accepted(provider_id="b-1")

    def normalize_address(self, raw):
        if " " in raw:
            raise InvalidAddress(f"{raw!r} has a space in it")
        return raw.lower()


@pytest.fixture
def bell(install, settings):
    Bell.sent, Bell.answer = [], None
    install(Bell)
    settings.DSN = {"MESSENGERS": {"bell": {"default": {"token": "t0ken-of-bell"}}}}
    return Bell


def send(*arguments: str) -> str:
    said = io.StringIO()
    call_command("dsn_send", *arguments, stdout=said)
    return said.getvalue()


def test_it_says_what_the_service_calls_the_message(bell):
    said = send(
        "bell", "ADA", "Hi", "--subject", "Paid", "--action", "See=https://shop.example/?a=1"
    )
    assert said == "bell took it to ada, by the account 'default'. It calls it b-1.\n"
    ((_, envelope),) = bell.sent
    assert envelope.address == "ada"
    assert envelope.message.text == "Paid\n\nHi"
    assert envelope.message.actions[0].url == "https://shop.example/?a=1"


def test_nothing_is_stored(bell):
    send("bell", "ada", "Hi")
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_options_are_the_backends_own(bell):
    send("bell", "ada", "Hi", "--option", "loud=true", "--option", "times=3")
    assert bell.sent[0][0] == Options(loud=True, times=3)


def test_an_unknown_option_is_named(bell):
    with pytest.raises(CommandError, match=r"^bell has no option 'lound'; it has loud, times\.$"):
        send("bell", "ada", "Hi", "--option", "lound=true")


def test_an_option_of_a_wrong_kind_is_named(bell):
    words = r"""^options\["times"\] is 'often', which is not a whole number\.$"""
    with pytest.raises(CommandError, match=words):
        send("bell", "ada", "Hi", "--option", "times=often")
    assert not bell.sent


def test_where_there_are_no_options_that_is_said(bell, monkeypatch):
    monkeypatch.setattr(bell, "options_type", Fields)
    with pytest.raises(CommandError, match=r"^bell has no option 'loud'; it has none\.$"):
        send("bell", "ada", "Hi", "--option", "loud=true")


def test_a_wrong_token_holds_the_account_and_names_the_way_out(bell):
    bell.answer = Refused(
        refusal=Refusal.ACCOUNT, code="401", reason="The token t0ken-of-bell is not known"
    )
    with pytest.raises(CommandError) as raised:
        send("bell", "ada", "Hi")
    assert "The token [secret] is not known" in str(raised.value)
    assert 'Mend DSN["MESSENGERS"]["bell"]["default"]' in str(raised.value)
    state = AccountState.objects.get()
    assert state.held_since
    assert state.reason == "The token [secret] is not known"


def test_a_refusal_of_the_address_holds_nothing(bell):
    bell.answer = Refused(refusal=Refusal.ADDRESS, code="404", reason="Nobody there")
    with pytest.raises(CommandError, match="404: Nobody there\nNothing will ever arrive"):
        send("bell", "ada", "Hi")
    assert not AccountState.objects.filter(held_since__isnull=False).exists()


def test_a_bug_of_the_messenger_is_named_without_its_secrets(bell):
    bell.answer = KeyError("t0ken-of-bell")
    with pytest.raises(CommandError, match=r"KeyError: '\[secret\]'"):
        send("bell", "ada", "Hi")


@pytest.mark.parametrize("answer", ["taken", Refused(refusal="no", code="1", reason="")])  # type: ignore[arg-type]
def test_what_is_no_outcome_is_named(bell, answer):
    bell.answer = answer
    with pytest.raises(CommandError, match="which is no whole outcome"):
        send("bell", "ada", "Hi")


@pytest.mark.parametrize("name", ["normalize_address", "measure"])
def test_a_bug_before_it_is_sent_is_named_without_its_secrets(bell, monkeypatch, name):
    def broken(self, raw):
        raise KeyError("t0ken-of-bell")

    monkeypatch.setattr(bell, "max_length", 3)
    monkeypatch.setattr(bell, name, broken)
    with pytest.raises(CommandError, match=r"bell cannot make it ready: KeyError: '\[secret\]'"):
        send("bell", "ada", "Hi there" if name == "measure" else "Hi")
    assert not bell.sent


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bel", "ada", "Hi"), "No installed plugin brings the messenger 'bel'"),
        (("bell", "a da", "Hi"), "'a da' has a space in it"),
        (("bell", "-", "Hi"), "bell needs an address"),
        (("bell", "ada", "Hi", "--account", "ops"), r'\["ops"\] is missing from settings'),
        (("bell", "ada", "Hi", "--option", "loud"), "'loud' is no NAME=VALUE"),
    ],
)
def test_bad_input_is_named(bell, arguments, words):
    with pytest.raises(CommandError, match=words):
        send(*arguments)
    assert not bell.sent


def test_a_public_messenger_takes_no_address(bell, monkeypatch):
    monkeypatch.setattr(bell, "audience", Audience.PUBLIC)
    assert send("bell", "-", "Hi") == ("bell took it, by the account 'default'. It calls it b-1.\n")


@pytest.mark.parametrize("address", ["ada", ""])
def test_whoever_names_somebody_does_not_post_to_everybody(bell, monkeypatch, address):
    monkeypatch.setattr(bell, "audience", Audience.PUBLIC)
    words = "^bell speaks to everybody; write - for the address.$"
    with pytest.raises(CommandError, match=words):
        send("bell", address, "Only for you")
    assert not bell.sent


def test_a_path_leads_to_the_site(bell, settings):
    settings.DSN = {**settings.DSN, "BASE_URL": "https://shop.example"}
    send("bell", "ada", "Hi", "--action", "Order=/orders/7/")
    assert bell.sent[0][1].message.actions[0].url == "https://shop.example/orders/7/"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/orders/7/", r"'Order' cannot be sent: /orders/7/ is a path.*set DSN\[\"BASE_URL\"\]"),
        ("javascript:alert(1)", "'Order' cannot be sent: it begins with 'javascript:'"),
        ("orders/7/", "'Order' cannot be sent: it names no scheme"),
        ("mailto:", "'Order' cannot be sent: it leads nowhere"),
    ],
)
def test_an_action_that_no_template_could_send_is_refused(bell, url, words):
    with pytest.raises(CommandError, match=words):
        send("bell", "ada", "Hi", "--action", f"Order={url}")
    assert not bell.sent
