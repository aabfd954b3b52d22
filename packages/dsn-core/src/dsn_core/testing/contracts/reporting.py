"""Proofs: a webhook is believed only if it is the service's, and then read as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Messenger
from dsn_core.contract.report import Forged, Webhook
from dsn_core.plugins.scrubbing import PLACES
from dsn_core.plugins.values import describe
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.proving import CALLBACK, Proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsn_core.contract.report import Report
    from dsn_core.testing.contracts.stage import Server

OTHER = "another-secret-of-the-same-kind"


class Reporting(Proof):
    """What is about reports that come in."""

    def test_a_true_webhook_is_read(self, server: Server) -> None:
        one = self.made(server)
        for webhook, wanted in self._webhooks(server):
            try:
                found = list(one.receive(webhook))
            except Forged as error:
                fault(f"A true webhook was refused: {error}", "webhooks")
            demand(
                found == list(wanted),
                f"A webhook reports {list(wanted)!r}; {self.name} read {found!r}.",
                "webhooks",
            )

    def test_a_webhook_that_is_read_twice_says_the_same(self, server: Server) -> None:
        for webhook, _wanted in self._webhooks(server):
            first, second = (list(self.made(server).receive(webhook)) for _ in range(2))
            demand(
                first == second,
                f"Read again, {first!r} became {second!r}: core could not tell a repeat.",
                "webhooks",
            )

    def test_a_forged_webhook_is_refused(self, server: Server) -> None:
        for webhook, _wanted in self._webhooks(server):
            for how, forged in self._forgeries(webhook):
                self._must_refuse(self.made(server), forged, how)
            other = self._other_secrets(server)
            self._must_refuse(self.made(server, **other), webhook, "of another account")

    def test_nothing_is_believed_where_nothing_reports(self, server: Server) -> None:
        self._needs_receive()
        if self.reports:
            does_not_apply("The service sends webhooks.")
        anything = Webhook(method="POST", url=CALLBACK, body=b"{}")
        self._must_refuse(self.made(server), anything, "of a service that sends none")

    def _webhooks(self, server: Server) -> Sequence[tuple[Webhook, Sequence[Report]]]:
        self._needs_receive()
        if not self.reports:
            does_not_apply("This account's service sends no webhooks.")
        found = list(self.webhooks(server, self.accepted(server)))
        demand(
            found,
            f"{self.name} has receive(): let webhooks() give true webhooks, or nothing is proved.",
            "webhooks",
        )
        return found

    def _needs_receive(self) -> None:
        if self.messenger.receive is Messenger.receive:
            does_not_apply("The messenger receives no webhooks.")

    def _forgeries(self, webhook: Webhook) -> Iterator[tuple[str, Webhook]]:
        yield "without its headers and query", replace(webhook, headers={}, query={})
        if not self.signs_body:
            return
        if webhook.form:
            more = {**webhook.form, "forged": ("1",)}
            yield (
                "with a changed form",
                replace(webhook, form=more, body=webhook.body + b"&forged=1"),
            )
        else:
            yield "with a changed body", replace(webhook, body=webhook.body + b" ")

    def _other_secrets(self, server: Server) -> dict[str, object]:
        given, account = self.account(server), self.messenger.account_type
        return {
            spec.name: _other(given[spec.name])
            for spec in describe(account)
            if spec.info.secret and given.get(spec.name)
        }

    def _must_refuse(self, one: Messenger, webhook: Webhook, how: str) -> None:
        try:
            found = list(one.receive(webhook))
        except Forged:
            return
        except Exception as error:  # noqa: BLE001  # a plugin's code
            fault(
                f"A webhook {how} raised {type(error).__name__} instead of Forged.",
                "webhooks",
            )
        fault(f"A webhook {how} was believed: {self.name} read {found!r}.", "webhooks")


def _other(value: object) -> object:
    """Another secret of this shape; of a mapping, each text in it, but not where a service is."""
    if isinstance(value, Mapping):
        return {name: each if name in PLACES else _other(each) for name, each in value.items()}
    return OTHER if isinstance(value, str) else value
