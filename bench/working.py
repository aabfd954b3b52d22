"""A ``dsn_worker`` that has started already: each line of its input is one ``--once``."""

from __future__ import annotations

import io

import django


def main() -> None:
    """Work on the database of whoever started this process."""
    django.setup()
    from django.core.management import call_command

    from bench.child import answer
    from bench.nothing import installed

    def work() -> None:
        call_command("dsn_worker", "--once", stdout=io.StringIO())

    with installed():
        work()
        answer(work)


if __name__ == "__main__":
    main()
