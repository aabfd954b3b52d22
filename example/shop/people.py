"""Who is in the shop: three customers, one of whom reads German, and its staff."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import Group, User

from shop.models import Customer, Order

ACCOUNTING, FRONT_DESK = "Accounting", "Front desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user, and what makes her staff or a customer."""

    username: str
    first_name: str
    last_name: str
    language: str = ""
    phone: str = ""
    groups: tuple[str, ...] = ()


CUSTOMERS = (
    Person(username="ada", first_name="Ada", last_name="Lovelace", language="en"),
    Person(
        username="joerg",
        first_name="Jörg",
        last_name="Müller",
        language="de",
        phone="01522 8817386",
    ),
    Person(username="layla", first_name="ليلى 🦉", last_name="حداد", language="en"),
)
STAFF = (
    Person(
        username="grace", first_name="Grace", last_name="Hopper", groups=(ACCOUNTING, FRONT_DESK)
    ),
    Person(username="konrad", first_name="Konrad", last_name="Zuse", groups=(FRONT_DESK,)),
    Person(username="mary", first_name="Mary", last_name="Jackson", groups=(FRONT_DESK,)),
    Person(username="rosa", first_name="Rosa", last_name="Peters", groups=(ACCOUNTING,)),
)
TOTALS = (Decimal("49.90"), Decimal("1250.00"), Decimal("12.50"))


def move_in() -> None:
    """Make everybody, and an order for each customer where there is none; twice does no harm."""
    for person in STAFF:
        user = _user(person, is_staff=True)
        user.groups.set(Group.objects.get_or_create(name=name)[0] for name in person.groups)
    for number, (person, total) in enumerate(zip(CUSTOMERS, TOTALS, strict=True), start=1001):
        customer, _made = Customer.objects.update_or_create(
            user=_user(person), defaults={"language": person.language, "phone": person.phone}
        )
        Order.objects.get_or_create(number=number, defaults={"customer": customer, "total": total})


def _user(person: Person, **flags: bool) -> User:
    names = {"first_name": person.first_name, "last_name": person.last_name}
    user, _made = User.objects.update_or_create(
        username=person.username,
        defaults={**names, "email": f"{person.username}@example.org", **flags},
    )
    return user
