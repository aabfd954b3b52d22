"""django-post_office in an environment of its own: told for each recipient, then ``send_queued``.

``python -m bench.post_office_peer WAY`` answers each line of its input with the seconds it took.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import django
import psycopg
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

from bench.child import answer
from bench.wording import COUNT, HTML, NUMBER, SUBJECT, TEXT, TOTAL, address, first_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.mail import EmailMessage

ONE_BY_ONE, TOGETHER, RENDERING = "one-by-one", "together", "rendering"
"""Told by ``mail.send`` in one transaction, or by ``mail.send_many``; or only what follows, where
the rendering is left to that."""
SENDER = "shop@example.org"


class NullBackend(BaseEmailBackend):
    """Accepts all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Say that they went out."""
        return len(email_messages)


def set_up(database: dict[str, str]) -> None:
    """Django with post_office as it is fastest: all in one batch, and no log of what went well."""
    settings.configure(
        SECRET_KEY="no secret",
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **database}},
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        POST_OFFICE={
            "BACKENDS": {"default": f"{NullBackend.__module__}.{NullBackend.__qualname__}"},
            "BATCH_SIZE": COUNT,
            "THREADS_PER_PROCESS": 1,
            "LOG_LEVEL": 1,
        },
    )
    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def tell(template: object, way: str) -> None:
    """Queue one mail for each recipient."""
    from django.db import transaction

    mail = import_module("post_office.mail")

    wanted = [
        {
            "recipients": address(one),
            "sender": SENDER,
            "template": template,
            "context": {"number": NUMBER, "total": TOTAL, "user": {"first_name": first_name(one)}},
            "render_on_delivery": way == RENDERING,
        }
        for one in range(COUNT)
    ]
    if way != ONE_BY_ONE:
        mail.send_many(wanted)
        return
    with transaction.atomic():
        for one in wanted:
            mail.send(**one)


def work(template: object, way: str) -> float:
    """One round; the seconds of what counts."""
    from django.db import connection

    mail = import_module("post_office.mail")

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE post_office_email CASCADE")
    started = time.perf_counter()
    tell(template, way)
    if way == RENDERING:
        started = time.perf_counter()
    sent, _, _ = mail.send_queued()
    seconds = time.perf_counter() - started
    if sent != COUNT:
        raise RuntimeError(f"{sent} of {COUNT} were sent.")
    return seconds


def main(way: str) -> None:
    """Answer, on a database of its own on the same server."""
    server = {name: os.environ[f"PEER_{name}"] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    name = f"bench_post_office_{os.getpid()}"
    place = " ".join(f"{part.lower()}='{value}'" for part, value in server.items())
    with psycopg.connect(f"{place} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            answer(partial(work, made(server, name), way))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def made(server: dict[str, str], name: str) -> object:
    """The template, stored as ours is."""
    set_up({**server, "NAME": name})
    models = import_module("post_office.models")
    return models.EmailTemplate.objects.create(
        name="paid", subject=SUBJECT, content=TEXT, html_content=HTML
    )


if __name__ == "__main__":
    main(sys.argv[1])
