"""E-mail: the same messages to one SMTP server in another process, over one kept connection."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from django.core.mail import EmailMultiAlternatives
from django.test import override_settings

from bench.interleaving import Case, timed
from bench.nothing import deliver, ensure_sent, queue, set_up
from bench.promises import AtLeastAsFast, Shown
from bench.serving import served
from bench.wording import HTML, SUBJECT, TEXT, address
from dsn_core import Accepted, Envelope, Message
from dsn_core.conf import WORKER
from dsn_email.accounts import Account, Options
from dsn_email.connecting import build_backend
from dsn_email.messenger import Email

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 100
ROUNDS = 15
SENDER = "shop@example.org"


@contextmanager
def email() -> Iterator[Case]:
    """``send_many`` of the messenger, as core calls it, beside a bare loop."""
    with served("email") as port:
        account = _account(port)
        messenger = Email(account=account, options=Options())

        def ours() -> None:
            envelopes = [
                Envelope(key=str(uuid.uuid4()), address=address(one), message=_message())
                for one in range(COUNT)
            ]
            with messenger:
                for outcome in messenger.send_many(envelopes):
                    if not isinstance(outcome, Accepted):
                        raise TypeError(f"It was not accepted: {outcome!r}")

        yield Case(
            floor_name="one kept connection",
            count=COUNT,
            rounds=ROUNDS,
            ours=ours,
            floor=partial(_loop, account),
            promise=AtLeastAsFast(0.85),
        )


@contextmanager
def email_delivery() -> Iterator[Case]:
    """The whole delivery: claimed, rendered, sent and recorded, beside that loop."""
    with served("email") as port:
        account = _account(port)
        options = {"options": account.options, "from_email": SENDER}
        with override_settings(
            DSN={"ENGINE": WORKER, "MESSENGERS": {Email.key: {"default": options}}}
        ):
            set_up(COUNT, Email.key)

            def ours() -> float:
                queue()
                seconds = timed(deliver)
                ensure_sent(COUNT)
                return seconds

            yield Case(
                floor_name="one kept connection",
                count=COUNT,
                rounds=ROUNDS,
                ours=ours,
                floor=partial(_loop, account),
                promise=Shown(),
            )


def _account(port: str) -> Account:
    return Account(options={"host": "127.0.0.1", "port": int(port)}, from_email=SENDER)


def _message() -> Message:
    return Message(subject=SUBJECT, text=TEXT, html=HTML)


def _loop(account: Account) -> None:
    """What a script would do, with the headers that ours has."""
    backend = build_backend(account, "bench")
    backend.open()
    for one in range(COUNT):
        headers = {
            "Message-ID": f"<{uuid.uuid4()}@example.org>",
            "Auto-Submitted": "auto-generated",
        }
        mail = EmailMultiAlternatives(SUBJECT, TEXT, SENDER, [address(one)], headers=headers)
        mail.attach_alternative(HTML, "text/html")
        if backend.send_messages([mail]) != 1:
            raise RuntimeError("It was not sent.")
    backend.close()
