"""The shop to click through: its pages, its admin, a worker, and a mailbox that prints.

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

from dsn_email.testing import SMTPServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_email.testing import Mail

HERE = Path(__file__).resolve().parent
MANAGE = (sys.executable, str(HERE / "manage.py"))
LOGIN = PASSWORD = "admin"
PATIENCE = 10.0
"""Seconds that a process may take to end before it is killed."""


def main() -> int:
    """Set up, start everything, print the mail until somebody presses Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0 or a taken one: any free one")
    port = free_port(parser.parse_args().port)
    # A terminal that is closed and `kill` end it as Ctrl-C does.
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.default_int_handler)
    with ExitStack() as house:
        server = house.enter_context(SMTPServer())
        os.environ["DJANGO_SETTINGS_MODULE"] = "shopsite.settings"
        os.environ["SHOP_SMTP_PORT"] = str(server.port)
        set_up()
        processes = [
            start(house, "runserver", "--noreload", f"127.0.0.1:{port}"),
            start(house, "dsn_worker"),
        ]
        greet(port, server)
        try:
            return watch(server, processes)
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


def greet(port: int, server: SMTPServer) -> None:
    """Where to click."""
    print(
        f"\n  The shop   http://127.0.0.1:{port}/\n"
        f"  Its admin  http://127.0.0.1:{port}/admin/   login {LOGIN}, password {PASSWORD}\n"
        f"  Its mail   is received on {server.host}:{server.port} and printed here\n"
        "  Ctrl-C     closes everything\n",
        flush=True,
    )


def watch(server: SMTPServer, processes: list[subprocess.Popen[bytes]]) -> int:
    """Print each message once; 1 as soon as one of the processes has ended by itself."""
    shown = 0
    while all(process.poll() is None for process in processes):
        for mail in server.mail[shown:]:
            print("\n".join(lines_of(mail)), flush=True)
            shown += 1
        time.sleep(0.2)
    print("One of the processes has ended; see above.", file=sys.stderr)
    return 1


def lines_of(mail: Mail) -> Iterator[str]:
    """A message, as in a terminal's mail program."""
    yield "┌── mail for " + ", ".join(mail.recipients)
    yield f"│ {mail.message['Subject']}"
    body = mail.message.get_body(("plain",))
    for line in body.get_content().splitlines() if body is not None else ():
        yield f"│   {line}"
    yield "└──"


if __name__ == "__main__":
    sys.exit(main())
