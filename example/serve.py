"""The shop to click through: its pages, its admin, a worker, and services that print.

Everything stays in ``example/var``; Ctrl-C ends all of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import django

from services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services import Received

HERE = Path(__file__).resolve().parent
MANAGE = (sys.executable, str(HERE / "manage.py"))
LOGIN = PASSWORD = "admin"
PATIENCE = 10.0
"""Seconds that a process may take to end before it is killed."""


def main() -> int:
    """Set up, start everything, print what they get until somebody presses Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0 or a taken one: any free one")
    port = free_port(parser.parse_args().port)
    # A terminal that is closed and `kill` end it as Ctrl-C does.
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.default_int_handler)
    with ExitStack() as house:
        services = house.enter_context(Services())
        os.environ["DJANGO_SETTINGS_MODULE"] = "shopsite.settings"
        os.environ["SHOP_BASE_URL"] = f"http://127.0.0.1:{port}"
        os.environ.update(services.environment())
        set_up()
        processes = [
            start(house, "runserver", "--noreload", f"127.0.0.1:{port}"),
            start(house, "dsn_worker"),
            start(house, "dsn_poll"),
        ]
        greet(port)
        try:
            return watch(services, processes)
        except KeyboardInterrupt:
            print("\nClosed.")
            return 0


def set_up() -> None:
    """Tables, people, triggers and a superuser; what is there already stays."""
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from shop import notices, people

    call_command("migrate", verbosity=0)
    people.move_in()
    notices.set_up()
    admin, _made = User.objects.get_or_create(
        username=LOGIN,
        defaults={"is_staff": True, "is_superuser": True, "email": "admin@example.org"},
    )
    admin.set_password(PASSWORD)
    admin.save()


def free_port(wanted: int) -> int:
    """``wanted``, or any free one where somebody else has it."""
    for port in (wanted, 0):
        with closing(socket.socket()) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(door.getsockname()[1])
    raise OSError("There is no free port on 127.0.0.1.")


def start(house: ExitStack, *command: str) -> subprocess.Popen[bytes]:
    """``manage.py`` with this command, which ends with the house."""
    # In a session of its own: Ctrl-C is for us, and we end it in good order.
    process = subprocess.Popen([*MANAGE, *command], cwd=HERE, start_new_session=True)
    house.callback(stop, process)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it; kill it where it does not."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def greet(port: int) -> None:
    """Where to click."""
    print(
        f"\n  The shop   http://127.0.0.1:{port}/\n"
        f"  Its admin  http://127.0.0.1:{port}/admin/   login {LOGIN}, password {PASSWORD}\n"
        "  What it sends is received by local servers and printed here; the inbox is the bell\n"
        "  Ctrl-C     closes everything\n",
        flush=True,
    )


def watch(services: Services, processes: list[subprocess.Popen[bytes]]) -> int:
    """Print each message once; 1 as soon as one of the processes has ended by itself."""
    shown: set[tuple[str, str, str]] = set()
    while all(process.poll() is None for process in processes):
        for each in services.received():
            if (key := (each.messenger, each.id, each.to)) not in shown:
                shown.add(key)
                print("\n".join(lines_of(each)), flush=True)
        time.sleep(0.2)
    print("One of the processes has ended; see above.", file=sys.stderr)
    return 1


def lines_of(received: Received) -> Iterator[str]:
    """A message, as in a terminal's mail program."""
    yield f"┌── {received.messenger} for {received.to}"
    head, *rest = received.words.splitlines() or [""]
    yield f"│ {head}"
    for line in rest:
        yield f"│   {line}"
    yield "└──"


if __name__ == "__main__":
    sys.exit(main())
