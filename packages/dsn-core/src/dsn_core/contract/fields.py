"""How a plugin declares settings and options: annotated fields, from which any form is drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast, dataclass_transform, overload

T = TypeVar("T")


class LazyText(Protocol):
    """A text that is translated when it is shown, such as Django's ``gettext_lazy`` returns."""

    def __str__(self) -> str: ...
    def casefold(self) -> str:
        """As of ``str``: what tells a lazy text from any other object."""
        ...


Text = str | LazyText
"""A text for people: a plain ``str`` (a msgid, which the core translates) or a lazy one.

Example: ``label: ClassVar[Text] = gettext_lazy("Pager")``
"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OptionInfo:
    """What ``option()`` says about a field beyond its type and default."""

    label: Text = ""
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()
    secret: bool = False


INFO_KEY = "dsn"
"""Where ``dataclasses.Field.metadata`` holds the field's ``OptionInfo``."""


@overload
def option(
    *,
    default: T,
    label: Text = "",
    help: Text = "",
    choices: Sequence[tuple[str, Text]] = (),
    secret: bool = False,
) -> T: ...
@overload
def option(
    *,
    default_factory: Callable[[], T],
    label: Text = "",
    help: Text = "",
    choices: Sequence[tuple[str, Text]] = (),
    secret: bool = False,
) -> T: ...
@overload
def option(
    *,
    label: Text = "",
    help: Text = "",
    choices: Sequence[tuple[str, Text]] = (),
    secret: bool = False,
) -> Any: ...  # noqa: ANN401  as ``dataclasses.field``: the field's annotation has the last word
def option(
    *,
    default: object = dataclasses.MISSING,
    default_factory: object = dataclasses.MISSING,
    label: Text = "",
    help: Text = "",
    choices: Sequence[tuple[str, Text]] = (),
    secret: bool = False,
) -> object:
    """Describe one field of an ``Account`` or of ``Options``.

    ``label`` and ``help`` are shown beside the field; ``choices`` are pairs of a value and its
    label, for a ``str`` field; a ``secret`` is left out of every ``repr`` and only an account may
    have one. Without ``default`` or ``default_factory`` the field is required, which only an
    account's field may be.

    Raises ``ValueError`` where both a default and a factory of it are given.

    Example::

        class Account(Fields):
            token: str = option(label="Bot token", secret=True)
            timeout: float = option(default=10.0, label="Timeout", help="In seconds.")
    """
    info = OptionInfo(label=label, help=help, choices=tuple(choices), secret=secret)
    # The two sentinels are typed apart in typeshed, so the call is spelt through keywords.
    given = {"default": default, "default_factory": default_factory}
    kwargs = {name: value for name, value in given.items() if value is not dataclasses.MISSING}
    make = cast("Callable[..., object]", dataclasses.field)
    return make(**kwargs, repr=not secret, metadata={INFO_KEY: info})


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(option, dataclasses.field)
)
@dataclasses.dataclass(frozen=True, kw_only=True)
class Fields:
    """The base of ``Account`` and ``Options``: a subclass is a frozen, keyword-only dataclass.

    A field is ``str``, ``int``, ``float``, ``Decimal``, ``bool``, an ``Enum``, a ``Literal``, a
    tuple of ``str`` (``tuple[str, ...]``), or any of these ``| None``. An account's field, which
    is never drawn as a form, may also be ``Mapping[str, object]``: it is passed on unchanged.

    Values are converted to the field's type before an instance is made; making one by hand
    checks nothing. Raises ``ValueError`` at once where a default is mutable.

    Example::

        class Options(Fields):
            silent: bool = option(default=False, label="Without a sound")
            mode: Literal["HTML", "text"] = "HTML"
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)


def option_info(field: dataclasses.Field[object]) -> OptionInfo:
    """What ``option()`` said about ``field``; for a plain field, nothing."""
    metadata: Mapping[object, object] = field.metadata
    info = metadata.get(INFO_KEY)
    return info if isinstance(info, OptionInfo) else OptionInfo()
