"""What came of asking one plugin, or one app, for what it brings."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsn_core.plugins.offers import Fault, Offer

if TYPE_CHECKING:
    from collections.abc import Iterator

CORE = "dsn-core"
"""The distribution whose offers stay where another has the same key."""


@dataclass(slots=True, kw_only=True)
class Found:
    """One plugin (or an app's ``signals``), and what came of asking it.

    ``distribution`` is a normalised name, an app's label for an app; ``module`` is what its entry
    point names; ``advice`` is what to do where nothing better is known.
    """

    distribution: str
    version: str
    module: str
    disabled: bool = False
    advice: str = ""
    offers: list[Offer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, message: str, hint: str = "") -> None:
        """Note that something is wrong with this plugin."""
        self.faults.append(Fault(distribution=self.distribution, message=message, hint=hint))


@contextmanager
def guarded(found: Found, doing: str) -> Iterator[None]:
    """Note what a stranger's code raises, and go on. Only Ctrl-C gets through.

    An import may also exit, or raise what test tools raise, which is no ``Exception``.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  see above
        found.blame(f"{doing} raised {error_words(error)}", _hint_for(found, error))


def error_words(error: BaseException) -> str:
    """An error's class and message; the class alone where its message cannot be shown."""
    name = type(error).__name__
    try:
        message = str(error)
    except Exception:  # noqa: BLE001  ``__str__`` is the plugin's own code
        return f"{name}."
    return f"{name}: {message}" if message else f"{name}."


def _hint_for(found: Found, error: BaseException) -> str:
    missing = error.name if isinstance(error, ImportError) else None
    if not isinstance(missing, str) or _top(missing) == _top(found.module):
        name = found.distribution
        return found.advice or f"Mend or uninstall {name}, or name it in DSN['DISABLED_PLUGINS']."
    if isinstance(error, ModuleNotFoundError):
        return f"Install what provides the module {missing!r}."
    return f"Install a version of {_top(missing)!r} that {found.distribution} works with."


def _top(module: str) -> str:
    return module.partition(".")[0]
