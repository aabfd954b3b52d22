"""The contract of a messenger: what its author says of it, and all that is then proved."""

from __future__ import annotations

from dsn_core.testing.contracts.addressing import Addressing
from dsn_core.testing.contracts.batching import Batching
from dsn_core.testing.contracts.choosing import Choosing
from dsn_core.testing.contracts.form import Form
from dsn_core.testing.contracts.isolation import Isolation
from dsn_core.testing.contracts.refusing import Refusing
from dsn_core.testing.contracts.reporting import Reporting
from dsn_core.testing.contracts.secrets import Keeping
from dsn_core.testing.contracts.sending import Sending


class MessengerContract(
    Form, Choosing, Sending, Batching, Refusing, Keeping, Addressing, Isolation, Reporting
):
    """Subclass it in your tests, say how the service behaves, and pytest proves the rest.

    Its attributes and methods are described at ``Stage``. What makes no sense for a messenger is
    skipped, with the reason.

    Example::

        class TestAcme(MessengerContract):
            messenger = Acme
            addresses = ("ada", "bob", "eve")
            throttled = Answer(status=429, headers={"Retry-After": "7"})
            retry_after = 7
            refusals = {"nobody": (Answer(status=404), Refusal.ADDRESS)}

            @pytest.fixture
            def server(self):
                with AcmeServer() as server:
                    yield server

            def account(self, server):
                return {"url": server.url, "token": server.token, "timeout": 0.5}

            def arrived(self, server):
                return [Arrived(address=one["to"], text=one["text"]) for one in server.messages]
    """
