"""From a signal to a mailbox: people use the shop, and what a real SMTP server receives is shown.

Exits with 0 only if exactly the expected mail has arrived. ``--refuse ADDRESS`` makes the server
refuse that address, to see the demo fail.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import django

from dsn_email.testing import SMTPServer
from tabulating import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsn_core.models import Delivery

HEAD = ("EVENT", "TRIGGER", "RECIPIENT", "MESSENGER", "STATE", "SUBJECT AS RECEIVED")


@dataclass(frozen=True, slots=True, order=True)
class Letter:
    """A piece of mail: to whom, and the subject as a mail program shows it."""

    to: str
    subject: str


EXPECTED = (
    Letter("ada@example.org", "Thanks, Ada: order 1001 is paid"),
    Letter("joerg@example.org", "Danke, Jörg! Bestellung 1002 bezahlt"),
    Letter("layla@example.org", "Thanks, ليلى 🦉: order 1003 is paid"),
    Letter("grace@example.org", "1,250.00 EUR back for order 1002"),
    Letter("rosa@example.org", "1,250.00 EUR back for order 1002"),
    Letter("grace@example.org", "Konrad cancelled order 1003"),
    Letter("mary@example.org", "Konrad cancelled order 1003"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Somebody presses a button beside an order."""

    told: str
    username: str
    number: int
    button: str
    card: str = ""


STORY = (
    Scene(
        told="Ada pays order 1001.",
        username="ada",
        number=1001,
        button="pay",
        card="4242",
    ),
    Scene(
        told="Jörg pays order 1002. He reads German.",
        username="joerg",
        number=1002,
        button="pay",
        card="4242",
    ),
    Scene(
        told="Layla's card is empty: order 1003 was saved as paid, and is rolled back.",
        username="layla",
        number=1003,
        button="pay",
        card="0000",
    ),
    Scene(
        told="Layla pays order 1003 with another card.",
        username="layla",
        number=1003,
        button="pay",
        card="4242",
    ),
    Scene(
        told="Rosa of accounting refunds order 1002: accounting hears of it.",
        username="rosa",
        number=1002,
        button="refund",
    ),
    Scene(
        told="Konrad of the front desk cancels order 1003: the front desk hears of it, but not he.",
        username="konrad",
        number=1003,
        button="cancel",
    ),
)


def main() -> int:
    """Set up, act, drain, show, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refuse", metavar="ADDRESS", help="an address the server refuses")
    refused = parser.parse_args().refuse
    with tempfile.TemporaryDirectory(prefix="shop-") as folder, SMTPServer() as server:
        if refused:
            server.answer("RCPT", "550 5.1.1 No such mailbox", about=refused)
        start_django(Path(folder) / "shop.sqlite3", server)
        open_shop()
        use_shop()
        drain()
        return report(server)


def start_django(database: Path, server: SMTPServer) -> None:
    """Django, with a new database and with mail that goes to ``server``."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "shopsite.settings"
    os.environ["SHOP_DATABASE"] = str(database)
    os.environ["SHOP_SMTP_PORT"] = str(server.port)
    django.setup()
    print(f"A new shop in {database}; an SMTP server on {server.host}:{server.port}.\n")


def open_shop() -> None:
    """Tables, people, orders, and the three triggers with who hears of them."""
    from django.core.management import call_command

    from shop import notices, people

    call_command("migrate", verbosity=0)
    people.move_in()
    notices.set_up()


def use_shop() -> None:
    """What people do, by the shop's own pages; so DSN learns from the request who did it."""
    for scene in STORY:
        print(f"  · {scene.told}")
        press(scene)
    print("  · A note is added to order 1001. Its status stays, so nobody hears of it.")
    note_down(1001)


def press(scene: Scene) -> None:
    """Press the button. Raises where the page refuses it."""
    from django.contrib.auth.models import User
    from django.test import Client
    from django.urls import reverse

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(User.objects.get(username=scene.username))
    address = reverse(f"shop:{scene.button}", args=[scene.number])
    answer = browser.post(address, {"card": scene.card})
    if answer.status_code != 302:
        raise RuntimeError(f"{scene.told} The page answered {answer.status_code}.")


def note_down(number: int) -> None:
    """Save an order whose status does not change."""
    from shop.models import Order

    order = Order.objects.get(number=number)
    order.note = "wrapped as a gift"
    order.save()


def drain() -> None:
    """Whatever the inline engine has not sent after the commits."""
    from django.core.management import call_command

    said = StringIO()
    call_command("dsn_worker", "--once", stdout=said)
    print(f"  · A worker looks for what is left: {said.getvalue().strip()}\n")


def report(server: SMTPServer) -> int:
    """Print what DSN says beside what the server has; 0 where the mail is what it should be."""
    from dsn_core.models import Delivery

    received = {mail.message["Message-ID"].strip("<>"): mail for mail in server.mail}
    subjects = {key: str(mail.message["Subject"]) for key, mail in received.items()}
    deliveries = Delivery.objects.select_related("event", "subscription__trigger").order_by("pk")
    print(table(HEAD, [cells(each, subjects) for each in deliveries]) + "\n")
    arrived = [
        Letter(to, str(mail.message["Subject"])) for mail in server.mail for to in mail.recipients
    ]
    wrong = [*differences(arrived), *disagreements(deliveries, set(subjects))]
    for line in wrong:
        print(f"WRONG: {line}")
    if not wrong:
        print(f"Exactly the {len(EXPECTED)} expected messages have arrived, and no other.")
    return 1 if wrong else 0


def cells(delivery: Delivery, subjects: dict[str, str]) -> tuple[str, ...]:
    """One row of the table."""
    from dsn_core.models.payload import occurrence_of
    from shop.models import Order

    order = occurrence_of(delivery.event).action_object
    assert isinstance(order, Order)
    assert delivery.subscription is not None
    return (
        f"{delivery.event.verb} {order.number}",
        delivery.subscription.trigger.name,
        delivery.address or f"user {delivery.user_pk}",
        delivery.messenger,
        delivery.state,
        subjects.get(delivery.provider_id, f"(none: {delivery.code})"),
    )


def differences(arrived: Iterable[Letter]) -> Iterator[str]:
    """What is missing of the expected mail, and what came beside it."""
    have, want = Counter(arrived), Counter(EXPECTED)
    for letter in sorted((want - have).elements()):
        yield f"missing: to {letter.to}: {letter.subject}"
    for letter in sorted((have - want).elements()):
        yield f"not expected: to {letter.to}: {letter.subject}"


def disagreements(deliveries: Iterable[Delivery], received: set[str]) -> Iterator[str]:
    """Where DSN says another thing than the server. The Message-ID tells which is which."""
    for delivery in deliveries:
        arrived = delivery.provider_id in received
        if arrived != (delivery.state == "sent"):
            word = "arrived" if arrived else "did not arrive"
            yield f"delivery {delivery.key} is {delivery.state}, but its mail {word}"


if __name__ == "__main__":
    sys.exit(main())
