"""What waits for a commit, in a test whose transaction is never committed."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from django.db import connections
from django.test import TestCase

from dsn_core.commits import CommitMark
from dsn_core.models.alias import alias, connection

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def commits_of_the_block() -> Iterator[None]:
    """Run what the block leaves to ``transaction.on_commit`` at its end, on every database.

    As Django's ``captureOnCommitCallbacks``: what was outside stays, and a savepoint that is rolled
    back takes its own away.
    """
    with ExitStack() as stack:
        # DSN's own last of all: what happened on another database is written there on its commit.
        for name in sorted(connections, key=lambda name: name != alias()):
            stack.enter_context(TestCase.captureOnCommitCallbacks(using=name, execute=True))
        yield


@contextmanager
def commits_of_our_own() -> Iterator[None]:
    """Run what DSN leaves to the commit of its own writes at the block's end, and forget it.

    An engine has no transaction around it. What is run here must not be run again by a block
    around it that captures callbacks; only marks stay, which say that their transaction is open.
    """
    database = connection()
    before = len(database.run_on_commit)
    with TestCase.captureOnCommitCallbacks(using=database.alias, execute=True):
        yield
    added = database.run_on_commit[before:]
    marks = [entry for entry in added if _is_mark(entry[1])]
    database.run_on_commit = [*database.run_on_commit[:before], *marks]


def _is_mark(callback: object) -> bool:
    return isinstance(getattr(callback, "__self__", None), CommitMark)
