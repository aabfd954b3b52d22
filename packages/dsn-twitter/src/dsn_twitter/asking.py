"""One question to X, and its outcome, whatever happens on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from dsn_twitter import answers
from dsn_twitter.connecting import Unread
from dsn_twitter.redacting import strike_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsn_core import Accepted, Refused
    from dsn_twitter.accounts import Account
    from dsn_twitter.connecting import Line


def ask(
    line: Line,
    question: Callable[[Line], requests.Response],
    kind: answers.Kind,
    account: Account,
    *,
    doubted: bool,
) -> Accepted | Refused:
    """Ask ``question`` over ``line``. ``doubted``: it may have been asked before."""
    try:
        outcome = answers.read(question(line), kind, doubted=doubted)
    except Unread as unread:
        outcome = answers.read_status(unread.status, kind)
    except requests.RequestException as error:
        outcome = answers.read_error(error)
    return strike_out(outcome, account)
