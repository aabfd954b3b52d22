"""One client for the threads of a process, another for each process."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from subprocess import run

from dsn_core.testing import Answer
from dsn_sms.connecting import line_of
from tests.sms.texting import account_at, envelope, through

FORKING = """
import os, sys
from dsn_core import Accepted, Envelope, Message
from dsn_sms.accounts import Account, Options
from dsn_sms.connecting import line_of
from dsn_sms.messenger import SMS
account = Account(
    account_sid=sys.argv[1], auth_token=sys.argv[2], api_url=sys.argv[3], from_number="+15005550006"
)
sms = SMS(account=account, options=Options())

def send(words):
    outcome = sms.send(Envelope(key="k", address="+4915112345678", message=Message(text=words)))
    assert isinstance(outcome, Accepted), outcome

send("before")
line = line_of(account)
child = os.fork()
assert (line_of(account) is line) is bool(child)
for _ in range(20):
    send("parent" if child else "child")
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_messenger_made_for_each_batch_keeps_the_client(server):
    account = account_at(server)

    assert line_of(account) is line_of(account_at(server))
    assert line_of(account) is not line_of(account_at(server, auth_token="another"))
    assert line_of(account) is not line_of(account_at(server, timeout=3))


def test_each_thread_hears_its_own_answer(server):
    sms, line = through(server), line_of(account_at(server))
    for seconds in ("10", "20"):
        server.script(Answer(status=429, headers={"Retry-After": seconds}))

    first = sms.send(envelope())
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(sms.send, envelope()).result()

    assert (first.retry_after, second.retry_after) == (10, 20)
    assert line.headers["Retry-After"] == "10"


def test_threads_share_a_client(server):
    sms = through(server)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: sms.send(envelope(str(number))), range(80)))

    assert {each.provider_id for each in outcomes} == {each.sid for each in server.messages}
    assert sorted(int(each.body) for each in server.messages) == list(range(80))


def test_a_fork_has_a_client_of_its_own(server):
    arguments = [server.account_sid, server.auth_token, server.url]
    command = [sys.executable, "-W", "error", "-c", FORKING, *arguments]
    done = run(command, capture_output=True, text=True, timeout=30)

    assert done.returncode == 0, done.stderr
    words = [message.body for message in server.messages]
    assert {word: words.count(word) for word in words} == {"before": 1, "parent": 20, "child": 20}
