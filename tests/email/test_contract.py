"""E-mail does what DSN expects of a messenger, by SMTP and through an e-mail service."""

from __future__ import annotations

import datetime as dt
import logging
import uuid

import pytest

from dsn_core import OptedOut, Receipt, Refusal, Scope
from dsn_core.testing import Answer, Arrived, HTTPServer, MessengerContract
from dsn_email.messenger import Email
from dsn_email.testing import DROP, HANG, SMTPServer
from tests.email.posting import ADA
from tests.email.reporting import AT, DELIVERED, LOGIN, webhook

USERS = {"login-of-the-shop": "pa55word-of-the-shop"}


class Contract(MessengerContract):
    """What is the same for both ways."""

    messenger = Email
    addresses = (ADA, "Bob.B@example.net", "eve@xn--bcher-kva.example")
    spellings = {f" {ADA} ": ADA, "ada@EXAMPLE.org": ADA, "eve@bücher.example": addresses[2]}
    not_addresses = ("", "ada", "ada@", "@example.org", "ada@example.org\nBcc: eve@example.org")


class TestSMTP(Contract):
    throttled = ("MAIL", "421 4.7.0 Too many messages from this connection")
    refusals = {
        "an unknown mailbox": (("RCPT", "550 5.1.1 No such user"), Refusal.ADDRESS),
        "what it takes for spam": (("END", "554 5.7.1 Spam"), Refusal.MESSAGE),
        "a wrong password": (("AUTH", "535 5.7.8 Authentication failed"), Refusal.ACCOUNT),
        "a greylist": (("RCPT", "450 4.2.0 Greylisted"), Refusal.RETRY, Scope.ADDRESS),
        "a server that shuts down": (("MAIL", "421 4.3.2 Bye"), Refusal.RETRY, Scope.ACCOUNT),
    }
    unreadable = ("END", "Thank you")
    hangs = ("END", HANG)
    drops = ("END", DROP)
    reports = False

    @pytest.fixture
    def server(self, caplog):
        caplog.set_level(logging.ERROR, logger="mail.log")  # the server's own
        with SMTPServer(users=USERS) as server:
            yield server

    def account(self, server):
        ((username, password),) = USERS.items()
        login = {"username": username, "password": password, "timeout": 1.0}
        return {"options": {**server.options, **login}}

    def arrived(self, server):
        return [_arrived(mail) for mail in server.mail]

    def say(self, server, reply, *, about=None):
        stage, deed = reply
        # Where a login is refused, smtplib tries another way to log in.
        times = 2 if stage == "AUTH" else 1
        server.answer(stage, deed, about=about.address if about else "", times=times)

    def quotes(self, words):
        return [("END", f"554 5.7.1 Not for {words}")]

    def secrets(self, server):
        return tuple(USERS.values())


def _arrived(mail):
    (address,) = mail.recipients
    number = mail.message["Message-ID"].strip("<>")
    text = mail.message.get_body(("plain",)).get_content()
    return Arrived(address=address, text=text, key=number, id=number)


class PostmarkServer(HTTPServer):
    """The part of Postmark that takes messages."""

    token = "t0ken-of-the-shop"

    def __init__(self):
        super().__init__()
        self.messages = {}

    def answer(self, call):
        if call.headers.get("x-postmark-server-token") != self.token:
            return Answer(status=401, json={"ErrorCode": 10, "Message": "Bad server token"})
        name = str(uuid.uuid4())
        self.messages[name] = call.json
        return Answer(
            json={"ErrorCode": 0, "Message": "OK", "MessageID": name, "To": call.json["To"]}
        )


def refusal(code, words):
    """How Postmark says no."""
    return Answer(status=422, json={"ErrorCode": code, "Message": words})


class TestPostmark(Contract):
    server_type = PostmarkServer
    throttled = Answer(status=429, headers={"Retry-After": "7"})
    retry_after = 7
    refusals = {
        "an address it cannot read": (
            refusal(300, f"Invalid 'To' address: '{ADA}'."),
            Refusal.ADDRESS,
        ),
        "a sender it does not know": (
            refusal(400, "The 'From' address is not a Sender Signature"),
            Refusal.MESSAGE,
        ),
        "a wrong token": (Answer(status=401), Refusal.ACCOUNT),
        "a fault of its own": (Answer(status=503), Refusal.RETRY, Scope.ACCOUNT),
    }
    signs_body = False

    def account(self, server):
        options = {"server_token": server.token, "api_url": server.url, "timeout": 1.0}
        return {
            "backend": "anymail.backends.postmark.EmailBackend",
            "options": options,
            "webhook_secret": LOGIN,
        }

    def secrets(self, server):
        return (server.token, LOGIN)

    def quotes(self, words):
        return [*super().quotes(words), refusal(300, words)]

    def arrived(self, server):
        return [
            Arrived(
                address=sent["To"],
                text=sent["TextBody"],
                key=next(each["Value"] for each in sent["Headers"] if each["Name"] == "Message-ID"),
                id=name,
            )
            for name, sent in server.messages.items()
        ]

    def webhooks(self, server, sent):
        at = dt.datetime.fromisoformat(AT)
        delivered = DELIVERED["postmark"] | {"MessageID": sent.provider_id}
        yield (
            webhook("postmark", delivered),
            [Receipt(provider_id=sent.provider_id, delivered=True, at=at)],
        )
        complained = {
            "RecordType": "SpamComplaint",
            "Email": ADA,
            "MessageID": sent.provider_id,
            "BouncedAt": AT,
        }
        yield (
            webhook("postmark", complained),
            [OptedOut(address=ADA, reason="Marked as spam", at=at)],
        )
