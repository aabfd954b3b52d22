"""One loop and one bot for a process, however many threads send, and whoever forks."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dsn_core import Accepted, Refusal
from dsn_telegram.bots import OFFICE
from dsn_telegram.messenger import Telegram
from dsn_telegram.testing import HANG, TelegramServer
from tests.telegram.posting import envelope, send, through

FORKING = """
import os, sys
sys.path.insert(0, ".")
from dsn_telegram.testing import HANG, TelegramServer
from dsn_telegram.bots import OFFICE
from tests.telegram.posting import send

def ask(said):
    outcome = send(SERVER, text=said)
    return getattr(outcome, "provider_id", "") or repr(outcome)

class SERVER:
    account = {"token": sys.argv[1], "api_url": sys.argv[2], "username": "shop_bot"}

print("before", ask("before"))
sys.stdout.flush()
child = {fork}()
if child == 0:
    print("kept", len(OFFICE._bots))
    print("child", ask("child"), ask("child again"))
    sys.stdout.flush()
    {ending}
_, status = os.waitpid(child, 0)
print("parent", ask("parent"), ask("parent again"), "status", status)
"""


def fork(server, ending="os._exit(0)", by="os.fork"):
    code = FORKING.replace("{ending}", ending).replace("{fork}", by)
    arguments = [sys.executable, "-c", code, server.token, server.url]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)"])
def test_a_forked_child_sends_and_so_does_its_parent_afterwards(server, ending):
    done = fork(server, ending)

    assert done.stdout.splitlines() == [
        "before 4711:1",
        "kept 0",
        "child 4711:2 4711:3",
        "parent 4711:4 4711:5 status 0",
    ], done.stderr


def test_a_fork_of_which_python_is_not_told_is_noticed_at_the_next_message(server):
    done = fork(server, by="__import__('ctypes').PyDLL(None).fork")

    assert done.stdout.splitlines() == [
        "before 4711:1",
        "kept 1",
        "child 4711:2 4711:3",
        "parent 4711:4 4711:5 status 0",
    ], done.stderr


def test_a_fork_in_the_middle_of_noting_a_part_blocks_nobody():
    code = """
import os
from dsn_telegram.resuming import UNFINISHED
with UNFINISHED._lock:  # As if another thread held it.
    child = os.fork()
    if child == 0:
        os._exit(len(UNFINISHED.take("key", ())))
print(os.waitpid(child, 0)[1])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)

    assert done.stdout == "0\n", done.stderr


ENDING = """
import atexit, sys, threading
sys.path.insert(0, ".")
atexit.register(lambda: print(*[thread.name for thread in threading.enumerate()]))
from tests.telegram.posting import send
class Server: account = {account}
send(Server, text="Hi")
"""


def test_a_process_hangs_up_when_it_ends(server):
    code = ENDING.replace("{account}", repr(server.account))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=20
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "MainThread\n", "")
    assert len(server.messages) == 1


def test_eight_threads_share_one_loop_and_one_bot(server):
    before = threading.active_count()
    loops = set()

    def work(number):
        telegram = through(server)
        found = [telegram.send(envelope(str(1000 + number))) for _ in range(10)]
        loops.update(t.name for t in threading.enumerate() if t.name == "dsn-telegram")
        return found

    with ThreadPoolExecutor(8) as pool:
        outcomes = [outcome for found in pool.map(work, range(8)) for outcome in found]
        running = [t for t in threading.enumerate() if t.name == "dsn-telegram"]

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len({outcome.provider_id for outcome in outcomes}) == 80
    assert (loops, len(running)) == ({"dsn-telegram"}, 1)
    assert threading.active_count() <= before + 1 + 16  # the loop, and the server's own


def test_each_account_has_a_bot_of_its_own():
    with TelegramServer() as one, TelegramServer(token="987654321:" + "B" * 35) as two:
        send(one), send(two), send(one)

        assert (len(one.messages), len(two.messages)) == (2, 1)


def test_all_bots_share_one_tls_context():
    with TelegramServer() as one, TelegramServer() as two:
        send(one), send(two)
        contexts = {
            id(bot.request._client._transport._pool._ssl_context) for bot in OFFICE._bots.values()
        }

    assert contexts == {id(OFFICE._tls)}


def test_connections_are_kept_and_used_again(server):
    for _ in range(20):
        send(server)

    assert len(OFFICE._bots) == 1
    (bot,) = OFFICE._bots.values()
    assert len(bot.request._client._transport._pool.connections) == 1


def test_after_closing_the_next_message_opens_it_again(server):
    send(server)
    OFFICE.close()
    OFFICE.close()

    assert not [t for t in threading.enumerate() if t.name == "dsn-telegram"]
    assert isinstance(send(server), Accepted)


def test_who_still_waits_when_it_is_closed_is_left_in_doubt(server):
    server.script(HANG)
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(send, server)
        while not server.calls:
            pass
        OFFICE.close()

    assert outcome.result().refusal is Refusal.IN_DOUBT


def test_the_core_may_run_as_many_threads_as_the_pool_has_places():
    from dsn_telegram.requesting import POOL

    assert Telegram.concurrency < POOL
