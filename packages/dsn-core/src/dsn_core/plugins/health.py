"""Whether an account can be used, as far as settings and the messenger itself can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dsn_core.conf import config
from dsn_core.contract.messenger import Problem
from dsn_core.exceptions import InvalidFields, InvalidSetting, InvalidValues
from dsn_core.plugins.accounts import CORE_NAMES, account, account_names, account_path, account_rate
from dsn_core.plugins.found import error_words
from dsn_core.plugins.scrubbing import Scrubber

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsn_core.contract.messenger import Messenger


def account_problems(messenger: type[Messenger]) -> Mapping[str, tuple[Problem, ...]]:
    """All that is wrong with each account of ``messenger``; empty where it can be used."""
    return {name: problems(messenger, name) for name in account_names(messenger)}


def problems(messenger: type[Messenger], name: str) -> tuple[Problem, ...]:
    """What is wrong with one account: its values, or else what the messenger says of them."""
    return value_problems(messenger, name) or own_problems(messenger, name)


def value_problems(messenger: type[Messenger], name: str) -> tuple[Problem, ...]:
    """Where the values in settings do not fit the messenger's ``Account``."""
    found: list[Problem] = []
    try:
        account(messenger, name)
    except (InvalidValues, InvalidFields) as error:
        found.append(Problem(message=str(error), hint="Correct settings.DSN."))
    for rate in CORE_NAMES:
        try:
            account_rate(messenger, name, rate)
        except InvalidSetting as error:
            found.append(Problem(message=str(error), hint="Correct settings.DSN."))
        except InvalidValues:
            break
    return tuple(found)


def own_problems(messenger: type[Messenger], name: str) -> tuple[Problem, ...]:
    """What ``Messenger.check`` says of an account whose values fit; a raise is a problem too."""
    return _said(messenger, name, "check")


def probed_problems(messenger: type[Messenger], name: str) -> tuple[Problem, ...]:
    """``problems``, and what the service says where none of them is serious. Asks the network."""
    offline = problems(messenger, name)
    if any(problem.serious for problem in offline):
        return offline
    return offline + _said(messenger, name, "probe")


def _said(
    messenger: type[Messenger], name: str, method: Literal["check", "probe"]
) -> tuple[Problem, ...]:
    values = account(messenger, name)
    scrubber = Scrubber(values)
    found: list[Problem] = []
    try:
        instance = messenger(account=values, options=messenger.options_type(), account_name=name)
        for problem in getattr(instance, method)():
            found.append(_as_text(problem, scrubber))  # noqa: PERF401  a raise loses none
    except (Exception, SystemExit) as error:  # noqa: BLE001  a stranger's code
        message = f"{method}() of {account_path(messenger.key, name)} raised {error_words(error)}"
        found.append(Problem(message=scrubber.text(message), hint="Report it to its authors."))
    return tuple(found)


def missing_messengers(installed: Mapping[str, object]) -> tuple[str, ...]:
    """The keys under ``DSN["MESSENGERS"]`` that no installed plugin brings."""
    return tuple(key for key in config().messengers if key not in installed)


def _as_text(problem: Problem, scrubber: Scrubber) -> Problem:
    """The problem with its texts evaluated, here where that is guarded."""
    return Problem(
        message=scrubber.text(problem.message),
        hint=scrubber.text(problem.hint),
        serious=problem.serious,
    )
