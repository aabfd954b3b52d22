"""A verb: something that happens, and what is known when it does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dsn_core.contract.fields import Text


class SignalLike(Protocol):
    """What the core needs of ``django.dispatch.Signal``."""

    def connect(
        self,
        receiver: Callable[..., object],
        sender: object | None = ...,
        weak: bool = ...,
        dispatch_uid: Hashable | None = ...,
    ) -> None:
        """Call ``receiver`` whenever the signal is sent by ``sender``, or by anybody."""
        ...

    def disconnect(
        self,
        receiver: Callable[..., object] | None = ...,
        sender: object | None = ...,
        dispatch_uid: str | None = ...,
    ) -> bool:
        """Call it no more; True where it was connected."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """Something that a Trigger can wait for.

    * ``key``: dotted: ``shop.order_paid``.
    * ``signal``: the Django signal that says it; None for one that is only emitted.
    * ``label``: for people, in the admin.
    * ``provides``: each name the signal sends along, with its Python type or, for a model, its
      label (``"shop.Order"``). Conditions and templates may use these names. Left empty it says
      nothing: then any name may be used, and none is checked beforehand.

    Example: ``Verb(key="shop.refunded", signal=refunded, provides={"amount": Decimal})``
    """

    key: str
    signal: SignalLike | None = None
    label: Text = ""
    provides: Mapping[str, type | str] = field(default_factory=dict)
