"""The contracts of message templates, gates and recipient sources: kept, and broken."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from dsn_core.builtin.gates import ActiveUsers
from dsn_core.builtin.sources import Actor, Staff, Superusers
from dsn_core.builtin.templates import Plain
from dsn_core.contract.gate import Candidate, Gate, Pass, Postpone, Suppress
from dsn_core.contract.occurrence import Occurrence, RecipientSource, To
from dsn_core.contract.template import MessageTemplate
from dsn_core.testing import GateContract, MessageTemplateContract, RecipientSourceContract

AT = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)

if TYPE_CHECKING:
    from collections.abc import Iterator


def happened(**parts) -> Occurrence:
    return Occurrence(verb="shop.refunded", at=AT, **parts)


def failure(contract, proof: str, *arguments) -> str:
    """What this proof says against it."""
    with pytest.raises(pytest.fail.Exception) as caught:
        getattr(contract(), proof)(*arguments)
    assert "Why, and what to do (" in str(caught.value)
    return str(caught.value)


# ── Kept ────────────────────────────────────────────────────────────────────────────────


class TestPlain(MessageTemplateContract):
    template = Plain
    languages = ("en", "ar")

    def occurrences(self):
        return [happened(action_object="an order"), happened(actor="Ada", target="desk")]


class Refunded(MessageTemplate):
    key = "shop.refunded"
    label = "Refunded"
    subject = "{{ amount }} back"
    text = "{{ why }}{% if coupon %} and {{ coupon }}{% endif %}"
    html = "<p>{{ why }}</p>"
    requires = ("amount", "why")


class TestRefunded(MessageTemplateContract):
    template = Refunded
    may_be_missing = ("coupon",)

    def occurrences(self):
        return [happened(values={"amount": 3, "why": "a scratch"})]


class Quiet(Gate):
    """Nobody at night, and never Bob."""

    key = "shop.quiet"
    label = "Quiet"

    def screen(self, candidates):
        for candidate in candidates:
            yield self.verdict(candidate.address)

    def verdict(self, address):
        if address == "bob":
            return Suppress(reason="Bob wants no more")
        return Pass() if address == "ada" else Postpone(until=AT, reason="Night")


class AboutQuiet(GateContract):
    gate = Quiet

    def candidates(self):
        return [
            Candidate(occurrence=happened(), backend="B", messenger="log", address=address, user=1)
            for address in ("ada", "bob", "eve")
        ]


class TestQuiet(AboutQuiet):
    pass


class TestActiveUsers(GateContract):
    gate = ActiveUsers

    def candidates(self):
        ada, bob = User(username="ada"), User(username="bob", is_active=False)
        return [
            Candidate(occurrence=happened(), backend="B", messenger="log", address="a", user=user)
            for user in (ada, bob, None)
        ]


class AboutStaff(RecipientSourceContract):
    source: ClassVar[type[RecipientSource]] = Staff

    def occurrences(self):
        users = get_user_model().objects
        ada = users.create_user("ada", is_staff=True, is_superuser=True)
        return [happened(actor=ada), happened(actor="a stranger")]


@pytest.mark.django_db
class TestStaff(AboutStaff):
    pass


@pytest.mark.django_db
class TestSuperusers(AboutStaff):
    source = Superusers


@pytest.mark.django_db
class TestActor(AboutStaff):
    source = Actor


# ── Broken ──────────────────────────────────────────────────────────────────────────────


def about(**broken):
    template = type("Broken", (Refunded,), broken)
    return type("Contract", (TestRefunded,), {"template": template})


@pytest.mark.parametrize(
    ("broken", "proof", "words"),
    [
        ({"key": "plain"}, "test_it_fulfils_the_contract", "has the key 'plain'"),
        ({"text": "{% nonsense %}"}, "test_it_has_words_for_each_occurrence", "nonsense"),
        (
            {"subject": "", "text": "{% if no %}x{% endif %}", "html": ""},
            "test_it_has_words_for_each_occurrence",
            "says nothing in 'en'",
        ),
        ({"requires": ("colour",)}, "test_what_it_requires_is_provided", "requires colour"),
        (
            {"html": "{{ why|safe }}"},
            "test_values_are_escaped_in_html_alone",
            "stands in the HTML of Broken unescaped",
        ),
        (
            {"text": "{% autoescape on %}{{ why }}{% endautoescape %}"},
            "test_values_are_escaped_in_html_alone",
            "is escaped in the plain text",
        ),
        (
            {"get_context": lambda self, context: None},
            "test_get_context_gives_a_mapping",
            "gave None",
        ),
    ],
)
def test_a_broken_template_is_told(broken, proof, words):
    assert words in failure(about(**broken), proof)


def test_an_actor_that_is_not_escaped_is_told():
    class Contract(about(html="<p>{{ why }} {{ actor|safe }}</p>")):
        def occurrences(self):
            return [happened(actor="Ada", values={"amount": 3, "why": "a scratch"})]

    said = failure(Contract, "test_values_are_escaped_in_html_alone")
    assert "stands in the HTML of Broken unescaped" in said


def test_a_name_that_nobody_provides_is_told(caplog):
    broken = about(text="{{ why }} {{ colour }}")
    said = failure(broken, "test_every_name_in_its_words_is_provided", caplog)
    assert "Broken uses colour, which nobody provides" in said


def active(user):
    return Pass() if user.is_active else Suppress(reason="Inactive")


def gate(screen):
    return type("Contract", (AboutQuiet,), {"gate": type("Broken", (Quiet,), {"screen": screen})})


@pytest.mark.parametrize(
    ("screen", "proof", "words"),
    [
        (
            lambda self, given: [Pass()],
            "test_each_candidate_is_given_one_verdict",
            "gave 1 verdicts on 3 candidates",
        ),
        (
            lambda self, given: [True for _ in given],
            "test_each_candidate_is_given_one_verdict",
            "which is no verdict",
        ),
        (
            lambda self, given: [Pass(), *[Suppress(reason="Late")] * (len(given) - 1)][
                : len(given)
            ],
            "test_verdicts_come_in_the_order_of_the_candidates",
            "must not depend on who stands beside it",
        ),
        (
            lambda self, given: [Pass()],
            "test_nobody_is_no_mistake",
            "gave 1 verdicts on 0 candidates",
        ),
        (
            lambda self, given: [active(one.user) for one in given],
            "test_a_bare_address_is_no_mistake",
            "raised AttributeError",
        ),
        (
            lambda self, given: [Suppress(reason=" ") for _ in given],
            "test_whoever_is_not_told_has_a_reason",
            "has no reason",
        ),
        (
            lambda self, given: [
                Postpone(until=AT.replace(tzinfo=None), reason="Night") for _ in given
            ],
            "test_a_moment_has_its_time_zone",
            "has a naive moment",
        ),
    ],
)
def test_a_broken_gate_is_told(screen, proof, words):
    assert words in failure(gate(screen), proof)


NUMBERS: Iterator[int] = iter(range(1, 100))


def source(recipients):
    class Broken(RecipientSource):
        key = "shop.broken"
        label = "Broken"

    Broken.recipients = recipients
    Broken.__abstractmethods__ = frozenset()

    class Contract(RecipientSourceContract):
        def occurrences(self):
            return [happened(action_object="an order")]

    Contract.source = Broken
    return Contract


@pytest.mark.parametrize(
    ("recipients", "proof", "words"),
    [
        (
            lambda self, one: ["ada@example.org"],
            "test_it_gives_users_and_addresses_alone",
            "neither a user nor a To",
        ),
        (lambda self, one: [To(address=" ")], "test_an_address_has_words", "leads nowhere"),
        (
            lambda self, one: [To(address=str(next(NUMBERS)))],
            "test_asked_again_it_gives_the_same",
            "gave others",
        ),
        (
            lambda self, one: [To(address=one.action_object.upper())],
            "test_what_is_about_nothing_is_no_mistake",
            "raised AttributeError",
        ),
    ],
)
def test_a_broken_source_is_told(recipients, proof, words):
    assert words in failure(source(recipients), proof)


@pytest.mark.parametrize(
    ("contract", "method", "proof"),
    [
        (TestRefunded, "occurrences", "test_it_has_words_for_each_occurrence"),
        (AboutQuiet, "candidates", "test_each_candidate_is_given_one_verdict"),
        (AboutStaff, "occurrences", "test_an_address_has_words"),
    ],
)
def test_a_contract_without_anything_to_look_at_says_what_it_needs(contract, method, proof):
    empty = type("Empty", (contract,), {method: lambda self: []})
    assert f"Empty.{method}() must give" in failure(empty, proof)
