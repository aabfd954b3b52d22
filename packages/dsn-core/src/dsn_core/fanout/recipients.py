"""Recipients: all that an event's subscriptions name, each once and united, in ascending order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from dsn_core.conf import config
from dsn_core.fanout.keys import Branch, Named, above, merged
from dsn_core.fanout.relations import NoSuchRelation, keys_along
from dsn_core.fanout.sources import Answer, ask
from dsn_core.models.alias import alias
from dsn_core.models.subscription import Subscription
from dsn_core.plugins.scrubbing import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsn_core.contract.occurrence import Occurrence
    from dsn_core.fanout.causes import Causes
    from dsn_core.fanout.keys import Key, Users
    from dsn_core.fanout.routes import Routing
    from dsn_core.plugins.catalog import Catalog

USERS = cast("models.ManyToManyField[Any, Any]", Subscription._meta.get_field("recipient_users"))

Bare = tuple[str, str]
"""A bare address, and the only messenger that it is for, or nothing."""


@dataclass(slots=True, kw_only=True)
class Recipients:
    """Reads the recipients of one event. A source is asked once, at first need."""

    occurrence: Occurrence
    routing: Routing
    users: Users
    catalog: Catalog
    causes: Causes
    _answers: dict[str, Answer] = field(default_factory=dict)

    def named_users(self, after: Key | None) -> Iterator[Named]:
        """Every user above ``after``, with all the subscriptions that name her."""
        return merged(self._branches(after))

    def named_addresses(self, after: Bare | None) -> Iterator[Named]:
        """Every bare address above ``after``; its key is a ``Bare``."""
        subscriptions = self.routing.subscriptions
        return merged(
            Branch(
                keys=above(sorted(set(self._bare_of(subscriptions[place]))), after),
                subscriptions=frozenset({place}),
            )
            for place in self._places()
        )

    def _branches(self, after: Key | None) -> Iterator[Branch]:
        for place in self._places():
            yield Branch(keys=self._members(place, after), subscriptions=frozenset({place}))
        for pk, places in self._grouped_by_group().items():
            yield Branch(keys=self._group_members(pk, after), subscriptions=places)
        for key, places in self._places_by("recipient_sources").items():
            keys = self._guarded_stream(key, self._answer(key), after)
            yield Branch(keys=keys, subscriptions=places)
        for path, places in self._places_by("recipient_paths").items():
            yield Branch(keys=self._along(path, places, after), subscriptions=places)

    def _places(self) -> list[int]:
        return sorted(self.routing.for_recipients())

    def _places_by(self, name: str) -> Mapping[str, frozenset[int]]:
        """Which subscriptions name each source or path."""
        found: dict[str, set[int]] = {}
        for place in self._places():
            for item in getattr(self.routing.subscriptions[place], name):
                found.setdefault(str(item), set()).add(place)
        return {item: frozenset(places) for item, places in found.items()}

    def _members(self, place: int, after: Key | None) -> Iterator[Key]:
        through = Subscription.recipient_users.through._base_manager.using(alias())
        rows = through.filter(subscription=self.routing.subscriptions[place].pk)
        return self.users.stream(rows, f"{USERS.m2m_reverse_field_name()}_id", after)

    def _grouped_by_group(self) -> Mapping[int, frozenset[int]]:
        places = {self.routing.subscriptions[place].pk: place for place in self._places()}
        through = Subscription.recipient_groups.through._base_manager.using(alias())
        pairs = through.filter(subscription__in=places).values_list("group_id", "subscription_id")
        found: dict[int, set[int]] = {}
        for group, subscription in pairs:
            found.setdefault(group, set()).add(places[subscription])
        return {group: frozenset(numbers) for group, numbers in found.items()}

    def _group_members(self, pk: int, after: Key | None) -> Iterator[Key]:
        try:
            groups = self.users.model._meta.get_field("groups")
        except FieldDoesNotExist:
            return  # A swapped user model without groups: nobody is in one.
        if not isinstance(groups, models.ManyToManyField) or groups.related_model is not Group:
            return
        through = cast("type[models.Model]", groups.remote_field.through)
        rows = through._base_manager.using(self.users.using)
        rows = rows.filter(**{groups.m2m_reverse_field_name(): pk})
        yield from self.users.stream(rows, f"{groups.m2m_field_name()}_id", after)

    def _along(self, path: str, places: frozenset[int], after: Key | None) -> Iterator[Key]:
        start = self.occurrence.action_object
        if not isinstance(start, models.Model):
            return
        with self.causes.guarded(f"path {path!r}"):
            try:
                yield from keys_along(start, path, self.users, after)
            except NoSuchRelation:
                # Where a trigger counts any model, those without the relation name nobody.
                if any(self.routing.subscriptions[n].trigger.action_object_model for n in places):
                    raise

    def _answer(self, key: str) -> Answer:
        if key not in self._answers:
            answer = ask(key, self.occurrence, self.users, self.catalog, self.causes)
            self._answers[key] = answer
        return self._answers[key]

    def _guarded_stream(self, key: str, answer: Answer, after: Key | None) -> Iterator[Key]:
        with self.causes.guarded(f"recipient source {key!r}"):
            yield from answer.stream(self.users, after)

    def _bare_of(self, subscription: Subscription) -> Iterable[Bare]:
        for text in subscription.addresses:
            yield self._parse(storable(str(text)))
        for key in subscription.recipient_sources:
            yield from self._answer(str(key)).addresses

    def _parse(self, text: str) -> Bare:
        """``sms:+49…`` is for that messenger only; any other colon is part of the address."""
        prefix, colon, rest = text.partition(":")
        known = (self.catalog.offers["messenger"], config().messengers, self.routing.messengers)
        if colon and any(prefix.strip() in keys for keys in known):
            return rest.strip(), prefix.strip()
        return text.strip(), ""
