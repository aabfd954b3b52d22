"""How each account of a messenger stands: can it be used, and if not, why?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from dsn_core.exceptions import DSNError
from dsn_core.plugins.accounts import account_names, account_path
from dsn_core.plugins.health import problems
from dsn_core.plugins.labels import words
from dsn_core.plugins.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsn_core.contract.messenger import Messenger, Problem
    from dsn_core.models import AccountState

    Held = Mapping[tuple[str, str], AccountState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One account; ``complaints`` keep it from sending, ``remarks`` do not."""

    account: str
    complaints: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Does nothing keep it from sending?"""
        return not self.complaints


def standings(messenger: type[Messenger], held: Held) -> Iterator[Standing]:
    """How each account that settings name stands, or why there is none."""
    try:
        names = account_names(messenger)
    except DSNError as error:
        yield Standing(account="default", complaints=(str(error),))
        return
    for name in names:
        yield _standing(messenger, name, held.get((messenger.key, name)))
    if not names:
        yield Standing(account="default", complaints=(_wanting(messenger),))


def _wanting(messenger: type[Messenger]) -> str:
    needed = [spec.name for spec in describe(messenger.account_type) if spec.required]
    return _("Not configured: %(path)s is missing from settings; it needs %(names)s.") % {
        "path": account_path(messenger.key, "default"),
        "names": ", ".join(needed),
    }


def _standing(messenger: type[Messenger], name: str, state: AccountState | None) -> Standing:
    found = problems(messenger, name)
    complaints = [_in_words(problem) for problem in found if problem.serious]
    if state is not None:
        complaints.append(_("It is held: %(reason)s") % {"reason": state.reason or state.account})
    return Standing(
        account=name,
        complaints=tuple(complaints),
        remarks=tuple(_in_words(problem) for problem in found if not problem.serious),
    )


def _in_words(problem: Problem) -> str:
    texts = (words(problem.message), words(problem.hint))
    return " ".join(f"{text.rstrip('.')}." for text in texts if text)
