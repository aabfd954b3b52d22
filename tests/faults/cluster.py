"""A PostgreSQL cluster of a test's own, which it may stop, start and break."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.services import lack

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
QUICK = (
    "-c fsync=off -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=16MB"
)
NAME = "dsn_test_own"


class Cluster:
    """Made empty in a folder of its own, on a port of its own; gone when it is closed."""

    def __init__(self) -> None:
        self._tools = _tools()
        self._home = Path(tempfile.mkdtemp(prefix="dsn-cluster-"))
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self._home, "postgres", "postgres")
        self.port = _free_port()
        self._call("initdb", "-D", self._data, "-U", "dsn", "-A", "trust", "--no-sync")
        self.start()
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {NAME}")

    @property
    def environment(self) -> dict[str, str]:
        """With it the suite's settings name this database."""
        return {
            "DSN_TEST_DATABASE": "postgres",
            "DSN_TEST_RUN": NAME.removeprefix("dsn_test_"),
            "PYTEST_XDIST_WORKER": "",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "dsn",
        }

    def start(self) -> None:
        options = f"-p {self.port} {QUICK}"
        log = str(self._home / "log")
        self._call("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str) -> None:
        self._call("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def close(self) -> None:
        if (self._home / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self._home)

    def connect(self, name: str = NAME) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="dsn", dbname=name, autocommit=True
        )

    def counted(self, state: str) -> int:
        """How many deliveries are in this state."""
        with self.connect() as connection:
            found = connection.execute(
                "SELECT count(*) FROM dsn_delivery WHERE state = %s", [state]
            ).fetchone()
        return int(str(found[0])) if found else 0

    @property
    def _data(self) -> str:
        return str(self._home / "data")

    def _call(self, tool: str, *arguments: str) -> None:
        who = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        subprocess.run(
            [self._tools / tool, *arguments],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=60,
            **who,  # type: ignore[call-overload]
        )


def _tools() -> Path:
    if not PLACES:
        lack("PostgreSQL's initdb")
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            lack("the user postgres")
    return PLACES[0]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
