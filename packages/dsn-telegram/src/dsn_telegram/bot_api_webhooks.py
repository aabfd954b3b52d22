"""Where the updates of a Bot API server go, for ``dsn_telegram.testing``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsn_telegram.bot_api_posting import Refusal, bad

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsn_telegram.bot_api_questions import Question

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
FIRST = 1000
"""The number of the first update."""
CONFLICT = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"


class Webhooks:
    """The updates that wait, and the webhook, if one is set."""

    def __init__(self) -> None:
        self.url = ""
        self.secret = ""
        self.last_error: tuple[int, str] | None = None
        """When (Unix time) and why Telegram could not deliver an update."""
        self.waiting: list[dict[str, object]] = []
        self._last = FIRST - 1

    def queue(self, what: Mapping[str, object]) -> dict[str, object]:
        """Give ``what`` a number and let it wait."""
        self._last += 1
        update = {"update_id": self._last, **what}
        self.waiting.append(update)
        return update

    def fetch(self, question: Question) -> object:
        """Those that wait from ``offset`` on; those before it are confirmed, and forgotten.

        A negative ``offset`` counts from the last one.
        """
        if self.url:
            raise Refusal(409, CONFLICT)
        offset = question.number("offset") or 0
        if offset < 0:
            self.waiting = self.waiting[offset:]
        else:
            self.waiting = [each for each in self.waiting if int(str(each["update_id"])) >= offset]
        return self.waiting[: min(max(1, question.number("limit") or 100), 100)]

    def set(self, question: Question) -> object:
        """Set it. Raises ``Refusal``."""
        url, secret = question.text("url"), question.text("secret_token")
        if url and not url.startswith("https://"):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not SECRET.fullmatch(secret):
            raise bad("secret token contains unallowed characters")
        self.url, self.secret = url, secret
        return True

    def delete(self) -> object:
        """There is none any more; what waits is kept."""
        self.url, self.secret, self.last_error = "", "", None
        return True

    def info(self) -> object:
        """What getWebhookInfo says."""
        said: dict[str, object] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.waiting),
        }
        if self.last_error is not None:
            date, words = self.last_error
            said |= {"last_error_date": date, "last_error_message": words}
        return said
