"""What an author forgot to say of her messenger, or said in a way that nobody hears."""

from __future__ import annotations

from difflib import get_close_matches
from inspect import isabstract
from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

KIT = __name__.rpartition(".")[0]
"""The package of the contracts."""
NEEDED = ("throttled", "refusals")
"""What no service is without, or says None."""
LIKENESS = 0.75


def unsaid(said: type) -> Iterator[str]:
    """What is wrong with this test class of a messenger, each a sentence without its stop."""
    messenger = getattr(said, "messenger", None)
    if not (isinstance(messenger, type) and issubclass(messenger, Messenger)):
        yield "it needs messenger = the class that is to be proved"
    elif isabstract(messenger):
        yield f"{messenger.__qualname__} lacks {', '.join(sorted(messenger.__abstractmethods__))}"
    names = set(_own_names(said))
    for name in NEEDED:
        if name not in names:
            yield f"it does not say {name}; where the service never does that: {name} = None"
    yield from _not_asked_for(said, names)
    yield from _no_cases(getattr(said, "refusals", None))


def _own_names(said: type) -> Iterator[str]:
    """What the author says, in the class or in one that it inherits."""
    for each in said.__mro__:
        if each is not object and each.__module__.rpartition(".")[0] != KIT:
            yield from vars(each)


def _not_asked_for(said: type, names: set[str]) -> Iterator[str]:
    """What is nearly a name of the contract, and values that it does not know.

    Fixtures, methods and classes of another name are the author's own.
    """
    contract = [each for each in said.__mro__ if each.__module__.rpartition(".")[0] == KIT]
    known = {"messenger", *(name for each in contract for name in vars(each))}
    asked = sorted(name for name in known if not name.startswith(("_", "test_", "pytest")))
    for name in sorted(names - known):
        if name.startswith(("_", "test_", "pytest", "setup_", "teardown_")):
            continue
        near = get_close_matches(name, asked, n=1, cutoff=LIKENESS)
        if near:
            yield f"the contract does not ask for {name}; did you mean {near[0]}?"
        elif not callable(value := getattr(said, name)) and not isinstance(value, property):
            yield f"the contract does not ask for {name}; a name of your own is _{name}"


def _no_cases(refusals: object) -> Iterator[str]:
    if refusals is None or isinstance(refusals, property):
        return
    if not isinstance(refusals, dict) or not refusals:
        yield "refusals holds no case; where the service refuses nothing: refusals = None"
        return
    for case, meaning in refusals.items():
        whole = isinstance(meaning, tuple) and len(meaning) in (2, 3)
        if not (whole and isinstance(meaning[1], Refusal)):
            yield f"its refusal {case!r} is neither (reply, Refusal) nor (reply, Refusal, Scope)"
