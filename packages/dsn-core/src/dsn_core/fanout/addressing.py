"""Addresses: where each recipient of a page is reached, and which addresses are not to be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist

from dsn_core.exceptions import InvalidAddress
from dsn_core.fanout.drafts import LONGEST_ADDRESS
from dsn_core.fanout.keys import chunks, page_size
from dsn_core.fanout.listing import any_of
from dsn_core.models.address import Address, InactiveKind
from dsn_core.models.alias import alias
from dsn_core.plugins.found import error_words
from dsn_core.plugins.scrubbing import storable
from dsn_core.records.addresses import why_not
from dsn_core.states import SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import Model

    from dsn_core.fanout.causes import Causes
    from dsn_core.fanout.drafts import Draft
    from dsn_core.fanout.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One place where a user may be reached: ``row`` is the Address row's id, if it is one.

    Without a ``value`` there is none, and ``reason`` may say why. A ``code`` says that she is not
    to be reached at all.
    """

    value: str = ""
    row: int | None = None
    reason: str = ""
    code: str = ""


@dataclass(slots=True, kw_only=True)
class AddressBook:
    """The Address rows of one page of users, in one query."""

    _rows: dict[tuple[str, str], list[Address]] = field(default_factory=dict)

    @classmethod
    def of(cls, users: Iterable[Model], routes: Iterable[Route]) -> AddressBook:
        """Read the rows of ``users``, also the inactive ones, for the messengers of ``routes``."""
        book = cls()
        messengers = {route.backend.messenger for route in routes}
        rows = Address.objects.using(alias()).filter(messenger__in=messengers)
        for keys in chunks((user.pk for user in users), page_size(alias())):
            for row in rows.filter(any_of("user", keys)).order_by("pk"):
                book._rows.setdefault((str(row.user_id), row.messenger), []).append(row)
        return book

    def places(self, user: Model, route: Route) -> list[Found]:
        """Where ``user`` is reached by ``route``: her rows, or else what the user herself says."""
        backend = route.backend
        rows = self._rows.get((str(user.pk), backend.messenger), ())
        hers = [row for row in rows if row.account in ("", backend.account)]
        used = [Found(value=row.value, row=row.pk) for row in hers if row.active]
        return used or [_without_rows(user, route, hers)]


def _without_rows(user: Model, route: Route, inactive: Sequence[Address]) -> Found:
    """What the user herself says, unless she has opted out: that is no leave to write elsewhere.

    A dead row only tells why there is none: she may have corrected what she says since.
    """
    for row in inactive:
        if row.kind == InactiveKind.OPTED_OUT:
            return _refused(row)
    said = read_attribute(user, route.field)
    return _refused(inactive[0]) if inactive and said == Found() else said


def _refused(row: Address) -> Found:
    return Found(value=row.value, row=row.pk, reason=row.reason, code=why_not(row))


def read_attribute(user: Model, path: str) -> Found:
    """What stands at the attribute path; what reading it raises touches this user only."""
    value: object = user
    try:
        for name in path.split(".") if path else ():
            value = None if value is None else getattr(value, name)
        text = "" if value is None or not path else str(value).strip()
    except ObjectDoesNotExist:
        return Found()
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a host's property
        return Found(reason=f"{path!r} raised {error_words(error)}")
    return Found(value=text)


def address(draft: Draft, found: Found, causes: Causes) -> None:
    """Write the address into ``draft`` as its messenger writes it, or why there is none."""
    draft.raw = draft.address = storable(found.value)
    if found.code:
        draft.suppress(found.code, found.reason)
        return
    if not found.value:
        draft.suppress(SuppressedBy.NO_ADDRESS, found.reason)
        return
    what = f"messenger {draft.route.backend.messenger!r} normalising an address"
    draft.left_out = True
    with causes.guarded(what, has_secrets=True):
        try:
            draft.address = storable(str(draft.route.normalize(draft.raw)))
        except InvalidAddress as error:
            draft.suppress(SuppressedBy.INVALID_ADDRESS, str(error))
        draft.left_out = False
    if len(draft.address) > LONGEST_ADDRESS and not draft.code:
        draft.suppress(SuppressedBy.INVALID_ADDRESS, f"It is longer than {LONGEST_ADDRESS}.")


def veto(drafts: Sequence[Draft]) -> None:
    """Suppress those whose address is inactive, whoever's row says so."""
    passing = [draft for draft in drafts if draft.passes and draft.address]
    inactive = _inactive(passing)
    for draft in passing:
        row = _veto_of(draft, inactive)
        if row is not None:
            draft.suppress(why_not(row), row.reason)


def _inactive(drafts: Iterable[Draft]) -> Mapping[tuple[str, str], list[Address]]:
    values: dict[str, set[str]] = {}
    for draft in drafts:
        values.setdefault(draft.route.backend.messenger, set()).update((draft.raw, draft.address))
    found: dict[tuple[str, str], list[Address]] = {}
    for messenger, wanted in values.items():
        rows = Address.objects.using(alias()).filter(messenger=messenger, active=False)
        for chunk in chunks(wanted, page_size(alias())):
            for row in rows.filter(any_of("value", chunk)):
                found.setdefault((messenger, row.value), []).append(row)
    return found


def _veto_of(draft: Draft, inactive: Mapping[tuple[str, str], list[Address]]) -> Address | None:
    backend = draft.route.backend
    for value in (draft.address, draft.raw):
        for row in inactive.get((backend.messenger, value), ()):
            if row.account in ("", backend.account):
                return row
    return None
