"""No text may begin a header of its own."""

from __future__ import annotations

import pytest

from dsn_core import Attachment, Refusal, Refused
from dsn_email.accounts import Account, Options
from tests.email.posting import ADA, envelope, messenger, through

BREAKS = ["\n", "\r", "\r\n", "\u2028", "\x85", "\0"]


def refusal(server, sent, account=None, options=None):
    account = account or {}
    email = messenger(Account(options=server.options, **account), options)
    with email:
        outcome = email.send(sent)
    assert server.mail == []
    assert server.connections == 0, "it was refused before anybody was asked"
    assert isinstance(outcome, Refused)
    assert outcome.reason.splitlines() == [outcome.reason]
    return outcome.refusal


@pytest.mark.parametrize("mark", BREAKS)
def test_a_line_break_in_the_subject_costs_the_message(server, mark):
    sent = envelope(subject=f"Paid{mark}Bcc: all@example.org")

    assert refusal(server, sent) is Refusal.MESSAGE


@pytest.mark.parametrize("mark", BREAKS)
def test_a_line_break_in_the_address_costs_the_address(server, mark):
    sent = envelope(f"ada@example.org{mark}Bcc: all@example.org")

    assert refusal(server, sent) is Refusal.ADDRESS


@pytest.mark.parametrize("part", ["name", "content_type"])
def test_a_line_break_in_an_attachment_costs_the_message(server, part):
    fields = {"name": "a.txt", "content": b"", "content_type": "text/plain"}
    attachment = Attachment(**(fields | {part: f"{fields[part]}\nBcc: all@example.org"}))

    assert refusal(server, envelope(attachments=(attachment,))) is Refusal.MESSAGE


def test_a_line_break_in_the_key_costs_the_message(server):
    assert refusal(server, envelope(key="7\nBcc: all@example.org")) is Refusal.MESSAGE


@pytest.mark.parametrize(
    "own",
    [
        Options(from_email="Shop\nBcc: all@example.org <a@shop.example>"),
        Options(reply_to=("a@shop.example\nBcc: all@example.org",)),
        Options(tags=("paid\nBcc: all@example.org",)),
    ],
)
def test_a_line_break_in_a_backends_options_costs_its_messages(server, own):
    assert refusal(server, envelope(), options=own) is Refusal.MESSAGE


@pytest.mark.parametrize(
    "account",
    [
        {"from_email": "Shop\nBcc: all@example.org <a@shop.example>"},
        {"reply_to": ("a@shop.example\nBcc: all@example.org",)},
        {"domain": "shop.example>\nBcc: all@example.org"},
    ],
)
def test_a_line_break_in_the_account_holds_the_account_and_is_a_problem(server, account):
    assert refusal(server, envelope(), account) is Refusal.ACCOUNT

    (problem,) = messenger(Account(options=server.options, **account)).check()
    assert problem.serious


def test_an_address_with_a_comma_reaches_nobody_else(server):
    sent = envelope(f"{ADA},all@example.org")

    assert refusal(server, sent) is Refusal.ADDRESS


def test_a_body_may_look_like_headers(server):
    with through(server) as email:
        email.send(envelope(text="\nBcc: all@example.org\n.\nRSET\n"))

    (mail,) = server.mail
    assert mail.recipients == (ADA,)
    assert mail.message["Bcc"] is None
    assert mail.message.get_content().split() == ["Bcc:", "all@example.org", ".", "RSET"]
