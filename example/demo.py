"""From a signal to a mailbox: people use the shop, and what each service receives is shown.

The services are local servers that speak SMTP, Telegram's, Twilio's and X's protocols. Exits with 0
only if exactly the expected messages have arrived. ``--refuse ADDRESS`` makes the mail server
refuse that address, to see the demo fail.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import django

from services import Received, Services
from tabulating import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsn_core.models import Delivery

HEAD = ("EVENT", "TRIGGER", "RECIPIENT", "MESSENGER", "STATE", "FIRST LINE AS RECEIVED")


ADA_ON_TELEGRAM = 4711


@dataclass(frozen=True, slots=True, order=True)
class Letter:
    """A message: by what, to whom, and its first line; of mail, the subject."""

    messenger: str
    to: str
    words: str


EXPECTED = (
    Letter("email", "ada@example.org", "Thanks, Ada: order 1001 is paid"),
    Letter("telegram", "4711", "Thanks, Ada: order 1001 is paid"),
    Letter("inbox", "ada", "Thanks, Ada: order 1001 is paid"),
    Letter("email", "joerg@example.org", "Danke, Jörg! Bestellung 1002 bezahlt"),
    Letter("inbox", "joerg", "Danke, Jörg! Bestellung 1002 bezahlt"),
    Letter("email", "layla@example.org", "Thanks, ليلى 🦉: order 1003 is paid"),
    Letter("inbox", "layla", "Thanks, ليلى 🦉: order 1003 is paid"),
    Letter("email", "grace@example.org", "1,250.00 EUR back for order 1002"),
    Letter("email", "rosa@example.org", "1,250.00 EUR back for order 1002"),
    Letter(
        "sms",
        "+4915228817386",
        "1.250,00 EUR für Bestellung 1002 sind auf dem Weg zurück zu Ihnen.",
    ),
    Letter("email", "grace@example.org", "Konrad cancelled order 1003"),
    Letter("email", "mary@example.org", "Konrad cancelled order 1003"),
    Letter(
        "x_post",
        "everybody",
        "Back in the shop: what somebody ordered for 12.50 EUR, and does not want after all.",
    ),
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
        told="Rosa of accounting refunds order 1002: accounting hears of it, and Jörg by SMS.",
        username="rosa",
        number=1002,
        button="refund",
    ),
    Scene(
        told="Konrad of the front desk cancels order 1003: the others there hear of it, and X.",
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
    with tempfile.TemporaryDirectory(prefix="shop-") as folder, Services() as services:
        if refused:
            services.mail.answer("RCPT", "550 5.1.1 No such mailbox", about=refused)
        start_django(Path(folder) / "shop.sqlite3", services)
        open_shop()
        connect_ada(services)
        use_shop()
        drain()
        confirm(services)
        return report(services)


def start_django(database: Path, services: Services) -> None:
    """Django, with a new database and with messages that go to ``services``."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "shopsite.settings"
    os.environ["SHOP_DATABASE"] = str(database)
    os.environ.update(services.environment())
    django.setup()
    print(f"A new shop in {database}; on 127.0.0.1 listen")
    for name, server in (
        ("an SMTP server", services.mail),
        ("Telegram's Bot API", services.telegram),
        ("Twilio's API", services.sms),
        ("X's API", services.x),
    ):
        print(f"  {name:<19} on port {server.port}")
    print()


def open_shop() -> None:
    """Tables, people, orders, and the three triggers with who hears of them."""
    from django.core.management import call_command

    from shop import notices, people

    call_command("migrate", verbosity=0)
    people.move_in()
    notices.set_up()


def connect_ada(services: Services) -> None:
    """Ada presses *Connect Telegram* in the shop, and Start in Telegram."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(User.objects.get(username="ada"))
    page = browser.post(reverse("dsn:link", args=["telegram", "default"]))
    (token,) = re.findall(r"https://t\.me/shop_bot\?start=([\w-]+)", page.content.decode())
    services.telegram.user_says(ADA_ON_TELEGRAM, f"/start {token}")
    call_command("dsn_poll", "telegram", "--once", stdout=StringIO())
    print("  · Ada connects her Telegram: she follows her link, and presses Start.")


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


def confirm(services: Services) -> None:
    """Twilio reports, by a signed webhook, that the SMS has arrived."""
    from django.test import Client

    for sent in services.sms.messages:
        url, form, headers = services.sms.callback(sent.sid, "delivered")
        signed = {"X-Twilio-Signature": headers["X-Twilio-Signature"]}
        answer = Client(SERVER_NAME="localhost").post(urlsplit(url).path, form, headers=signed)
        if answer.status_code != 204:
            raise RuntimeError(f"The receipt was answered with {answer.status_code}.")


def report(services: Services) -> int:
    """Print what DSN says beside what the services have; 0 where that is what it should be."""
    from dsn_core.models import Delivery

    received = [*services.received(), *in_inboxes()]
    by_id = {(each.messenger, each.id): each.headline for each in received}
    deliveries = Delivery.objects.select_related("event", "subscription__trigger").order_by("pk")
    print(table(HEAD, [cells(each, by_id) for each in deliveries]) + "\n")
    arrived = [Letter(each.messenger, each.to, each.headline) for each in received]
    wrong = [*differences(arrived), *disagreements(deliveries, set(by_id))]
    for line in wrong:
        print(f"WRONG: {line}")
    if not wrong:
        print(f"Exactly the {len(EXPECTED)} expected messages have arrived, and no other.")
    return 1 if wrong else 0


def in_inboxes() -> Iterator[Received]:
    """What the shop's own inboxes hold."""
    from dsn_inbox.models import InboxMessage

    for message in InboxMessage.objects.select_related("user"):
        yield Received(
            messenger="inbox",
            id=str(message.key),
            to=message.user.get_username(),
            words=message.subject,
        )


def cells(delivery: Delivery, received: dict[tuple[str, str], str]) -> tuple[str, ...]:
    """One row of the table."""
    from dsn_core.models.payload import occurrence_of
    from shop.models import Order

    order = occurrence_of(delivery.event).action_object
    assert isinstance(order, Order)
    assert delivery.subscription is not None
    return (
        f"{delivery.event.verb.removeprefix('shop.')} {order.number}",
        delivery.subscription.trigger.name,
        recipient(delivery),
        delivery.messenger,
        delivery.state,
        received.get((delivery.messenger, delivery.provider_id), f"(none: {delivery.code})"),
    )


def recipient(delivery: Delivery) -> str:
    """Whom it is for: the address, or who is reached by no address of the world outside."""
    from django.contrib.auth.models import User

    if not delivery.user_pk:
        return delivery.address or "everybody"
    username = User.objects.get(pk=delivery.user_pk).get_username()
    return username if delivery.address in ("", delivery.user_pk) else delivery.address


def differences(arrived: Iterable[Letter]) -> Iterator[str]:
    """What is missing of the expected messages, and what came beside them."""
    have, want = Counter(arrived), Counter(EXPECTED)
    for letter in sorted((want - have).elements()):
        yield f"missing: to {letter.to} by {letter.messenger}: {letter.words}"
    for letter in sorted((have - want).elements()):
        yield f"not expected: to {letter.to} by {letter.messenger}: {letter.words}"


def disagreements(deliveries: Iterable[Delivery], received: set[tuple[str, str]]) -> Iterator[str]:
    """Where DSN says another thing than the service. The service's own id tells which is which."""
    for delivery in deliveries:
        arrived = (delivery.messenger, delivery.provider_id) in received
        if arrived != (delivery.state in ("sent", "delivered")):
            word = "arrived" if arrived else "did not arrive"
            yield f"delivery {delivery.key} is {delivery.state}, but its message {word}"


if __name__ == "__main__":
    sys.exit(main())
