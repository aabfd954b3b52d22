"""The view at which services report: verified first, stored, answered at once.

Its URL is frozen: ``<mount>/<messenger>/<account>/``.
"""

from __future__ import annotations

import logging
import traceback
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import Error, transaction
from django.http import HttpResponse, HttpResponseNotFound, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dsn_core.conf import config, public_url
from dsn_core.contract.report import Forged, Webhook
from dsn_core.inbound.accounts import UNUSABLE, Source, is_own, source_of
from dsn_core.inbound.reports import apply
from dsn_core.inbound.storing import store
from dsn_core.pausing import capture_paused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from dsn_core.contract.report import Report
    from dsn_core.models import InboundReport


logger = logging.getLogger("dsn_core.inbound")

ViewT = TypeVar("ViewT", bound="Callable[..., HttpResponseBase]")

MOST_REPORTS = 10_000
"""One request holds so many at most; more is a messenger that finds no end."""
PROMPTLY = 0.03
"""Seconds for which reports are applied before the answer; the rest is the next sweep's."""
LONGEST_WORDS = 200


class TooManyReports(RuntimeError):
    """A messenger read more from one webhook than any service sends."""


def outside_transactions(view: ViewT) -> ViewT:
    """``view`` without ``ATOMIC_REQUESTS``, whichever database has it."""
    for database in settings.DATABASES:
        view = transaction.non_atomic_requests(using=database)(view)
    return view


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, messenger: str, account: str) -> HttpResponse:
    """Take one webhook: 204 where it is from the service, 403 where it is forged.

    A GET or HEAD only learns that somebody is there, as some services ask before they report.
    """
    try:
        source = source_of(messenger, account)
    except UNUSABLE as error:
        logger.warning("A webhook of %s came, but %s", messenger, error)
        return HttpResponse(status=503)
    if source is None or not is_own(type(source.messenger), "receive"):
        return HttpResponseNotFound()
    if request.method != "POST":
        return HttpResponse()
    try:
        webhook = _webhook(request)
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return HttpResponse(status=400)
    return _answer(source, webhook)


def _answer(source: Source, webhook: Webhook) -> HttpResponse:
    """Believe nothing before it is verified; store all of it, or ask for it again."""
    try:
        with capture_paused():
            waiting = store(source, _read(source, webhook))
    except Forged as error:
        words = _one_line(source.scrubber.text(error))
        logger.warning("A webhook of %s:%s is forged: %s", source.key, source.account, words)
        return HttpResponse(status=403)
    except Error as error:
        logger.warning("A webhook could not be stored: %s", type(error).__name__)
        return HttpResponse(status=503)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
        # Not its words: they may quote what somebody wrote.
        logger.warning("Reading a webhook of %s raised %s", source.key, _where(error))
        return HttpResponse(status=500)
    _apply(waiting)
    return HttpResponse(status=204)


def _read(source: Source, webhook: Webhook) -> list[Report]:
    """All that it reports. Raises ``TooManyReports``, and what the messenger raises."""
    reports = list(islice(source.messenger.receive(webhook), MOST_REPORTS + 1))
    if len(reports) > MOST_REPORTS:
        raise TooManyReports
    return reports


def _apply(waiting: list[InboundReport]) -> None:
    """It is stored: whatever happens now, the service need not come again."""
    try:
        apply(waiting, seconds=PROMPTLY)
    except Error as error:
        logger.warning("Reports wait for the next sweep: %s", type(error).__name__)


def _one_line(words: str) -> str:
    """A stranger's words for the log, which they must not forge either."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:LONGEST_WORDS]


def _where(error: BaseException) -> str:
    """The class of ``error``, and the line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    last = f" in {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + last


def _webhook(request: HttpRequest) -> Webhook:
    body = request.body  # before the form is read from it
    return Webhook(
        method=request.method or "",
        url=_public_url(request),
        headers={name.lower(): value for name, value in request.headers.items()},
        query={name: tuple(values) for name, values in request.GET.lists()},
        form={name: tuple(values) for name, values in request.POST.lists()},
        body=body,
    )


def _public_url(request: HttpRequest) -> str:
    """As the service knows it: behind a proxy only ``BASE_URL`` says which that is."""
    if not config().base_url:
        return request.build_absolute_uri()
    prefix = str(request.META.get("SCRIPT_NAME") or "")
    return public_url(request.get_full_path(), prefix)
