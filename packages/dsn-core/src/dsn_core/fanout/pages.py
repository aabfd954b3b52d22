"""Pages: the recipients of an event, a thousand at a time, as drafts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from dsn_core.fanout.addressing import AddressBook, Found, address
from dsn_core.fanout.attributes import joins_for
from dsn_core.fanout.drafts import PUBLIC, Draft, fitting_key
from dsn_core.fanout.keys import chunks, page_size
from dsn_core.models.alias import alias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import Model

    from dsn_core.fanout.keys import Named
    from dsn_core.fanout.recipients import Bare, Recipients
    from dsn_core.fanout.routes import Route
    from dsn_core.models.subscription import Subscription

STAGES = ("public", "users", "addresses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far the fan-out has come: a stage, and the last recipient of it that is stored."""

    stage: str = STAGES[0]
    after: str | list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some drafts, and the place after them."""

    drafts: list[Draft]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Makes the drafts of one event from its recipients."""

    recipients: Recipients

    def after(self, place: Place) -> Iterator[Page]:
        """Everything that comes after ``place``.

        Users come before bare addresses: of two with one address, the person gets the message, in
        her own language.
        """
        first = STAGES.index(place.stage)
        for stage in STAGES[first:]:
            after = place.after if stage == place.stage else None
            yield from self._stage(stage, after)

    def _stage(self, stage: str, after: str | list[str] | None) -> Iterator[Page]:
        if stage == "public":
            yield from self._public(after)
        elif not self.recipients.routing.for_recipients():
            return
        elif stage == "users":
            yield from self._users(cast("str | None", after))
        else:
            yield from self._addresses(cast("list[str] | None", after))

    def _public(self, after: object) -> Iterator[Page]:
        routing = self.recipients.routing
        public = [route for route in routing.routes if route.public]
        if not public or after is not None:
            return
        drafts = [
            Draft(
                route=route,
                subscription=routing.subscriptions[route.subscriptions[0]],
                recipient_key=PUBLIC,
            )
            for route in public
        ]
        yield Page(drafts=drafts, place=Place(stage="public", after=PUBLIC))

    def _users(self, after: str | None) -> Iterator[Page]:
        users = self.recipients.users
        joins = joins_for(users.model, self._routes())
        named = self.recipients.named_users(None if after is None else users.parse(after))
        for chunk in chunks(named, page_size(alias())):
            loaded = users.load((item.key for item in chunk), joins)
            book = AddressBook.of(loaded.values(), self._routes())
            drafts = [
                draft
                for item in chunk
                if item.key in loaded
                for draft in self._of_user(item, loaded[item.key], book)
            ]
            yield Page(drafts=drafts, place=Place(stage="users", after=str(chunk[-1].key)))

    def _of_user(self, item: Named, user: Model, book: AddressBook) -> Iterator[Draft]:
        is_actor = self._is_actor(user)
        for route in self._routes():
            subscription, excluded = self._united(item, route, is_actor=is_actor)
            if subscription is None:
                continue
            places = book.places(user, route)
            for found in places:
                suffix = f":{found.row}" if len(places) > 1 else ""
                draft = Draft(
                    route=route,
                    subscription=subscription,
                    recipient_key=fitting_key(f"user:{user.pk}{suffix}"),
                    user=user,
                    is_excluded=excluded,
                )
                address(draft, found, self.recipients.causes)
                yield draft

    def _addresses(self, after: list[str] | None) -> Iterator[Page]:
        bare = None if after is None else (after[0], after[1])
        for chunk in chunks(self.recipients.named_addresses(bare), page_size(alias())):
            drafts = [draft for item in chunk for draft in self._of_address(item)]
            last = cast("Bare", chunk[-1].key)
            yield Page(drafts=drafts, place=Place(stage="addresses", after=list(last)))

    def _of_address(self, item: Named) -> Iterator[Draft]:
        value, messenger = cast("Bare", item.key)
        for route in self._routes():
            subscription, _excluded = self._united(item, route, is_actor=False)
            if subscription is None or messenger not in ("", route.backend.messenger):
                continue
            draft = Draft(route=route, subscription=subscription, recipient_key="")
            address(draft, Found(value=value), self.recipients.causes)
            draft.recipient_key = fitting_key(f"address:{draft.address}")
            yield draft

    def _routes(self) -> Sequence[Route]:
        return [route for route in self.recipients.routing.routes if not route.public]

    def _united(
        self, item: Named, route: Route, *, is_actor: bool
    ) -> tuple[Subscription | None, bool]:
        """The subscription that the delivery is for, and whether all exclude their actor."""
        subscriptions = self.recipients.routing.subscriptions
        naming = [subscriptions[n] for n in route.subscriptions if n in item.subscriptions]
        if not naming:
            return None, False
        if not is_actor:
            return naming[0], False
        welcoming = [subscription for subscription in naming if not subscription.exclude_actor]
        return (welcoming or naming)[0], not welcoming

    def _is_actor(self, user: Model) -> bool:
        actor = self.recipients.occurrence.actor
        if not isinstance(actor, self.recipients.users.concrete):
            return False
        return str(actor.pk) == str(user.pk)
