"""Two threads, each with a messenger of its own, as the core makes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dsn_core import Accepted
from tests.twitter.posting import dm, envelope, post


def test_threads_do_not_meet(server):
    def send(number):
        messenger = post(server) if number % 2 else dm(server)
        with messenger:
            return [messenger.send(envelope(f"{number} {n}")) for n in range(10)]

    with ThreadPoolExecutor(6) as threads:
        outcomes = [outcome for batch in threads.map(send, range(6)) for outcome in batch]

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len({outcome.provider_id for outcome in outcomes}) == 60
    assert len({sent.text for sent in server.posts}) == 30
