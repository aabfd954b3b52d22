"""Proofs: a webhook is believed only if it is the service's, and then read as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Messenger
from dsn_core.contract.report import Forged, Linked, Webhook
from dsn_core.plugins.scrubbing import PLACES
from dsn_core.plugins.values import describe
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.forging import forgeries, proofs
from dsn_core.testing.contracts.proving import CALLBACK, Proof
from dsn_core.testing.contracts.results import Raised
from dsn_core.testing.contracts.revealing import holds

if TYPE_CHECKING:
    from collections.abc import Sequence

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
            for report in first:
                demand(
                    isinstance(report, Linked) or report.id or getattr(report, "at", None),
                    f"{report!r} has neither id nor at: sent once more, by the service or by "
                    "somebody who kept it, it would count again. Give the service's own id, or "
                    "make one of what it names, such as its message and status.",
                    "webhooks",
                )

    def test_a_forged_webhook_is_refused(self, server: Server) -> None:
        for webhook, _wanted in self._webhooks(server):
            for how, forged in forgeries(webhook, signed=self.signs_body):
                self._must_refuse(server, self.made(server), forged, how)
            other = self.made(server, changes=self._other_secrets(server))
            self._must_refuse(server, other, webhook, "of another account")

    def test_an_account_without_its_secret_believes_nobody(self, server: Server) -> None:
        unset = {
            spec.name: spec.default
            for spec in describe(self.messenger.account_type)
            if spec.info.secret and not spec.required
        }
        for webhook, _wanted in self._webhooks(server):
            if not unset:
                does_not_apply("The account has no secret that may be left out.")
            for how, forged in forgeries(webhook, signed=False):
                words = f"{how}, for an account without {', '.join(unset)},"
                self._must_refuse(server, self.made(server, changes=unset), forged, words)

    def test_a_signature_is_compared_in_constant_time(self, server: Server) -> None:
        for webhook, _wanted in self._webhooks(server):
            for name, without, watching, seen in proofs(webhook):
                if self._believes(server, without):
                    continue
                self._believes(server, watching)
                demand(
                    not seen.compared,
                    f"{self.name} compares {name!r} with == or !=: the time that it takes tells "
                    "a stranger how much of it is right. Use hmac.compare_digest.",
                    "webhooks",
                )

    def test_nothing_is_believed_where_nothing_reports(self, server: Server) -> None:
        self._needs_receive()
        if self.reports:
            does_not_apply("The service sends webhooks.")
        anything = Webhook(method="POST", url=CALLBACK, body=b"{}")
        one = self.made(server)
        self._must_refuse(server, one, anything, "of a service that sends none")

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

    def _other_secrets(self, server: Server) -> dict[str, object]:
        given, account = self.account(server), self.messenger.account_type
        return {
            spec.name: _other(given[spec.name])
            for spec in describe(account)
            if spec.info.secret and given.get(spec.name)
        }

    def _believes(self, server: Server, webhook: Webhook) -> bool:
        try:
            list(self.made(server).receive(webhook))
        except Exception:  # noqa: BLE001  # a plugin's code
            return False
        return True

    def _must_refuse(self, server: Server, one: Messenger, webhook: Webhook, how: str) -> None:
        try:
            found = list(one.receive(webhook))
        except Forged as error:
            demand(
                not holds(Raised(error).whole(), self.secrets(server)),
                f"What {self.name} says of a webhook {how} holds a secret.",
                "secrets",
            )
            return
        except Exception as error:  # noqa: BLE001  # a plugin's code
            fault(
                f"A webhook {how} raised {type(error).__name__} instead of Forged: verify before "
                "anything of it is read, and compare bytes.",
                "webhooks",
            )
        fault(f"A webhook {how} was believed: {self.name} read {found!r}.", "webhooks")


def _other(value: object) -> object:
    """Another secret of this shape; of a mapping, each text in it, but not where a service is."""
    if isinstance(value, Mapping):
        return {name: each if name in PLACES else _other(each) for name, each in value.items()}
    return OTHER if isinstance(value, str) else value
