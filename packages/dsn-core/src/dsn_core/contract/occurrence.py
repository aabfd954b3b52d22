"""What happened, as a plugin sees it, and who should hear of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from dsn_core.contract.fields import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A frozen view of an event.

    * ``verb``: its key (``"post_save"``, ``"shop.refunded"``).
    * ``action_object``, ``actor``, ``target``: model instances with their own fields as they
      were when it happened (relations are read now), plain values, or None.
    * ``values``: what the signal provided besides.
    * ``changes``: for each field that changed, its value before and after; filled where a
      trigger asks for changes.
    * ``at``: when it happened, aware.

    Example: ``occurrence.action_object.customer``
    """

    verb: str
    at: datetime
    action_object: object = None
    actor: object = None
    target: object = None
    values: Mapping[str, object] = field(default_factory=dict)
    changes: Mapping[str, tuple[object, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """A bare address to tell, which belongs to no user.

    With ``messenger`` only Backends of that messenger use it; without, all that understand it.

    Example: ``To(address="+4915112345678", messenger="sms")``
    """

    address: str
    messenger: str = ""


class RecipientSource(ABC):
    """Recipients that depend on what happened, chosen in the admin by name.

    Example::

        class Watchers(RecipientSource):
            key = "shop.watchers"
            label = "Everybody who watches the article"

            def recipients(self, occurrence: Occurrence) -> Iterable[object]:
                return occurrence.action_object.watchers.all()
    """

    key: ClassVar[str]
    label: ClassVar[Text]
    description: ClassVar[Text] = ""

    @abstractmethod
    def recipients(self, occurrence: Occurrence) -> Iterable[object]:
        """Users, a queryset of them, or ``To`` for bare addresses.

        May be asked again for the same occurrence after a crash.
        """
