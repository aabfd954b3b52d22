"""Prints `reference/features.md`: what each of our messengers can do, by its class's own flags.

python docs/features.py > docs/reference/features.md
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsn_core import Messenger

ROOT = Path(__file__).resolve().parents[1]

NO = "\N{EN DASH}"

Cell = Callable[["type[Messenger]"], str]

INTRODUCTION = """\
# What each messenger can do

This page is made of the classes' own flags, and a test compares it with them. What becomes of a
part for which a messenger has no place, [Say one thing on many
channels](../how-to/say-one-thing-on-many-channels.md) says. After a change of a class:

```console
$ python docs/features.py > docs/reference/features.md
```
"""


def flag(name: str) -> Cell:
    """Whether the class says yes."""
    return lambda messenger: "yes" if getattr(messenger, name) else NO


def value(name: str) -> Cell:
    """What the class says, if anything."""

    def cell(messenger: type[Messenger]) -> str:
        found = getattr(messenger, name)
        return f"`{found}`" if found not in (None, "") else NO

    return cell


def text(name: str) -> Cell:
    """What the class says, in words."""
    return lambda messenger: str(getattr(messenger, name)) or NO


def overrides(name: str) -> Cell:
    """Whether the class has a method of its own."""
    from dsn_core import Messenger

    base = getattr(Messenger, name)
    return lambda messenger: "yes" if getattr(messenger, name) is not base else NO


def longest(messenger: type[Messenger]) -> str:
    """How long a text may be, and in whose units."""
    from dsn_core import Messenger

    if messenger.max_length is None:
        return "any"
    units = "" if messenger.measure is Messenger.measure else ", as it counts itself"
    return f"{messenger.max_length:,}{units}"


def beyond(messenger: type[Messenger]) -> str:
    """What becomes of a longer text."""
    from dsn_core import Overflow

    words = {
        Overflow.TRUNCATE: "is cut at a word",
        Overflow.REFUSE: "is refused",
        Overflow.SPLIT: "is sent in parts",
    }
    return NO if messenger.max_length is None else words[messenger.overflow]


def audience(messenger: type[Messenger]) -> str:
    """Whom one message is for."""
    return {"recipient": "each recipient", "public": "everybody"}[messenger.audience.value]


def rate_per_address(messenger: type[Messenger]) -> str:
    """How often one address may be sent to; some services treat a group otherwise."""
    from dsn_core import Messenger

    varies = messenger.address_rate is not Messenger.address_rate
    return value("rate_per_address")(messenger) + (", or by the kind of address" if varies else "")


def tables() -> Mapping[str, Mapping[str, Cell]]:
    """The tables of the page: by heading, their columns."""
    return {
        "What a message may hold": {
            "Subject": flag("supports_subject"),
            "HTML": flag("supports_html"),
            "Files": flag("supports_attachments"),
            "Buttons": flag("supports_actions"),
            "Longest text": longest,
            "A longer one": beyond,
        },
        "Whom it reaches": {
            "Channel": value("channel"),
            "One message for": audience,
            "An address is": text("address_label"),
            "Of a user": value("user_field"),
            "People link themselves": overrides("link_url"),
        },
        "What comes back": {
            "Receipts by webhook": overrides("receive"),
            "Fetched reports": overrides("poll"),
            "A repeated message is dropped by the service": flag("idempotent"),
        },
        "How fast": {
            "Rate of an account": value("rate"),
            "Rate of an address": rate_per_address,
            "At once": value("concurrency"),
        },
        "What it says of itself": {
            "Checks the account's values": overrides("check"),
            "Asks the service (probe)": overrides("probe"),
            "Remarks in a preview": overrides("remarks"),
        },
    }


def messengers() -> list[tuple[str, type[Messenger]]]:
    """The distribution and the class of each messenger that this tree brings."""
    from dsn_core.plugins.catalog import catalog

    ours = {path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")}
    found = catalog()
    offers = found.offers["messenger"].values()
    return sorted(
        (
            (offer.distribution, found.messenger(offer.key))
            for offer in offers
            if offer.distribution in ours
        ),
        key=lambda pair: (pair[0] != "dsn-core", pair[0], pair[1].key),
    )


def page() -> str:
    """The whole page."""
    found = messengers()
    parts = [INTRODUCTION, *_brought(found)]
    for heading, columns in tables().items():
        rows = ((f"`{one.key}`", *(cell(one) for cell in columns.values())) for _home, one in found)
        parts += [f"\n## {heading}\n\n", *_table(("Messenger", *columns), rows)]
    return "".join(parts)


def _brought(found: Iterable[tuple[str, type[Messenger]]]) -> Iterator[str]:
    rows = (
        (f"`{one.key}`", str(one.label), f"`{home}`", str(one.description)) for home, one in found
    )
    yield "\n"
    yield from _table(("Messenger", "In the chooser", "Comes with", "What it does"), rows)


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = tuple(names)
    yield f"| {' | '.join(names)} |\n"
    yield f"|{'---|' * len(names)}\n"
    for row in rows:
        yield f"| {' | '.join(row)} |\n"


if __name__ == "__main__":
    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "dsn_core"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_I18N=False,
    )
    django.setup()
    sys.stdout.write(page())
