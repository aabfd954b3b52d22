"""Why somebody is told: the subscription that named her, and by what, as both are today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import FieldError
from django.utils.translation import gettext as _

from dsn_core.fanout.drafts import PUBLIC
from dsn_core.models import Trigger
from dsn_core.rendering.readers import readers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import Group
    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

    from dsn_core.admin.anchors import Anchors
    from dsn_core.models import Delivery, Subscription


def subscribed(delivery: Delivery, anchors: Anchors) -> Iterator[tuple[str, SafeString | str]]:
    """The rows of the story about the subscription."""
    subscription = delivery.subscription
    if subscription is None:
        yield _("Subscription"), _("It has been deleted.")
        return
    yield _("Subscription"), anchors.to(subscription)
    yield _("Trigger"), anchors.to_key(Trigger, subscription.trigger_id, subscription.trigger)
    yield _("Named by"), "; ".join(_named_by(delivery, subscription))


def _named_by(delivery: Delivery, subscription: Subscription) -> Iterator[str]:
    if delivery.recipient_key == PUBLIC:
        yield _("nobody: it is one message for all who read it")
        return
    found = list(_today(delivery, subscription))
    yield from found
    lists = [str(item) for item in (*subscription.recipient_paths, *subscription.recipient_sources)]
    if lists:
        words = _("also through %(names)s") if found else _("through %(names)s")
        yield words % {"names": ", ".join(lists)}
    elif not found:
        yield _("nothing that stands there today")


def _today(delivery: Delivery, subscription: Subscription) -> Iterator[str]:
    if not delivery.user_pk:
        if any(delivery.address in str(item) for item in subscription.addresses):
            yield _("the address itself")
        return
    if not readers([delivery.user_pk]):
        return
    if subscription.recipient_users.filter(pk=delivery.user_pk).exists():
        yield _("the user herself")
    for name in _groups(delivery, subscription):
        yield _("the group %(name)s") % {"name": name}


def _groups(
    delivery: Delivery, subscription: Subscription
) -> QuerySet[Group, str] | tuple[str, ...]:
    mine = subscription.recipient_groups.order_by("name").values_list("name", flat=True)
    try:
        return mine.filter(user=delivery.user_pk)  # type: ignore[misc]  # a key as text
    except FieldError:
        return ()  # A swapped user model without groups.
