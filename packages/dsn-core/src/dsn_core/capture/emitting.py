"""``emit``: say by hand that something happened, where Django sends no signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async

from dsn_core.capture.hearing import contain_errors, hear
from dsn_core.capture.index import Watched
from dsn_core.capture.listening import listener
from dsn_core.models.parts import MODEL_VERBS
from dsn_core.models.payload import unwrapped
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping


def emit(
    verb: str,
    *,
    action_object: object = None,
    actor: object = None,
    target: object = None,
    using: str | None = None,
    **values: object,
) -> None:
    """Capture ``verb`` as its signal would, for ``bulk_create()``, ``update()`` and raw SQL.

    ``using`` is the database alias of what happened, by default the action object's. Like a
    signal, it raises nothing into the caller (unless ``DSN["CAPTURE_ERRORS"]`` is ``"raise"``:
    then also ``UnknownVerb``).

    Example: ``emit("shop.order_paid", action_object=order, amount=order.total)``
    """
    thing = unwrapped(action_object)
    given = {"action_object": thing, "actor": actor, "target": target, "using": using}
    _emit(verb, thing, values | {name: value for name, value in given.items() if value is not None})


@contain_errors
def _emit(verb: str, thing: object, values: Mapping[str, object]) -> None:
    catalog().verb(verb)
    watched = listener().watch.current().watched
    sender = type(thing) if verb in MODEL_VERBS else None
    hear(verb, sender, values, watched.get((verb, sender), Watched()))


async def aemit(
    verb: str,
    *,
    action_object: object = None,
    actor: object = None,
    target: object = None,
    using: str | None = None,
    **values: object,
) -> None:
    """``emit`` for async code, which cannot reach the database itself.

    Example: ``await aemit("shop.order_paid", action_object=order)``
    """
    await sync_to_async(emit)(
        verb, action_object=action_object, actor=actor, target=target, using=using, **values
    )
