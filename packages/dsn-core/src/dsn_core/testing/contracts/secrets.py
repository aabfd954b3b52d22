"""Proofs: no secret of the account is told to anybody but its service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsn_core.contract.report import Webhook
from dsn_core.plugins.values import describe
from dsn_core.testing.contracts.faults import demand, does_not_apply
from dsn_core.testing.contracts.proving import CALLBACK, Proof
from dsn_core.testing.contracts.results import Raised
from dsn_core.testing.contracts.revealing import holds, overhearing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from dsn_core.contract.messenger import Messenger
    from dsn_core.testing.contracts.stage import Server

SECRET = re.compile(r"(^|_)(credentials?|pass(word|phrase)|private_key|secret|token)$")
"""What a field is called that holds one. To mark one that everybody may know costs nothing."""
KEY = re.compile(r"(^|_)key$")
"""What holds one mostly; beside a secret it may only say which one is meant."""


class Keeping(Proof):
    """What is about the account's secrets."""

    def test_no_secret_is_in_an_outcome_or_an_error(self, server: Server) -> None:
        secrets = self._secrets_or_skip(server)
        for case, told in self._all_that_is_told(server):
            demand(
                not holds(told, secrets),
                f"What {self.name} gave for {case} holds a secret: write a reason of your own.",
                "secrets",
            )

    def test_no_secret_is_logged(
        self,
        server: Server,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        secrets = self._secrets_or_skip(server)
        with overhearing(caplog) as said:
            for case, _told in self._all_that_is_told(server, silence=self.hangs):
                for speaker, words in said():
                    demand(
                        not holds(words, secrets),
                        f"While {self.name} sent ({case}), {speaker} wrote a secret.",
                        "secrets",
                    )

    def test_no_secret_is_in_a_repr(self, server: Server) -> None:
        secrets = self._secrets_or_skip(server)
        one = self.made(server)
        shown = f"{one!r} {one.account!r} {one.options!r} {one.account}"
        demand(
            not holds(shown, secrets),
            f"The repr of {self.name} or of its account holds a secret: it needs "
            "option(secret=True).",
            "secrets",
        )

    def test_what_is_called_a_secret_is_marked_as_one(self) -> None:
        fields = describe(self.messenger.account_type)
        called = [SECRET] if any(one.info.secret for one in fields) else [SECRET, KEY]
        told = [
            one.name
            for one in fields
            if not one.info.secret and any(words.search(one.name) for words in called)
        ]
        demand(
            not told,
            f"The account of {self.name} has {', '.join(told)}, which a repr shows and nobody "
            "takes out of what the service says: it needs option(secret=True).",
            "secrets",
        )

    def _secrets_or_skip(self, server: Server) -> tuple[str, ...]:
        secrets = self.secrets(server)
        if not secrets:
            does_not_apply("The account has no secret.")
        return secrets

    def _all_that_is_told(self, server: Server, **more: object) -> Iterator[tuple[str, str]]:
        """For each thing that the service may say, and ``more``, all that comes of it."""
        yield "a message that was taken", self._told(server)
        replies = {name: case[0] for name, case in (self.refusals or {}).items()} | more
        replies |= {"a request to slow down": self.throttled, "a broken connection": self.drops}
        replies["an unreadable answer"] = self.unreadable
        quoting = (f"an answer that quotes the account: {each!r}" for each in self.quotes("…"))
        quotes = self.quotes(" ".join(self.secrets(server)))
        replies |= dict(zip(quoting, quotes, strict=True))
        for case, reply in replies.items():
            if reply is not None:
                self.say(server, reply)
                yield case, self._told(server)
        yield "a forged webhook", self._told_of_a_forgery(server)
        if not self.may_be_away:
            return
        one = self.made(server)
        self.stop(server)
        yield "a service that is away", self._told(server, one)

    def _told(self, server: Server, messenger: Messenger | None = None) -> str:
        results = self.results(server, self.envelope(), messenger=messenger)
        return " ".join(one.whole() if isinstance(one, Raised) else repr(one) for one in results)

    def _told_of_a_forgery(self, server: Server) -> str:
        forged = Webhook(method="POST", url=CALLBACK, body=b"{}")
        try:
            return repr(list(self.made(server).receive(forged)))
        except Exception as error:  # noqa: BLE001  # a plugin's code
            return Raised(error).whole()
