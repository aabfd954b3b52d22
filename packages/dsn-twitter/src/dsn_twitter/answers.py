"""What X answers, as outcomes. The only file that knows its fields, codes and limits.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors and …/rate-limits; the numbered
codes are those of https://developer.x.com/en/support/x-api/error-troubleshooting
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from enum import Enum

import requests

from dsn_core import Accepted, Refusal, Refused, Scope
from dsn_twitter.reaching import was_asked

ACCOUNT_CODES = frozenset({32, 64, 89, 99, 135, 215, 220, 226, 261, 326, 416})
ADDRESS_CODES = frozenset({34, 50, 63, 108, 150, 349, 476})
LATER_CODES = frozenset({88, 185, 344})
DUPLICATE_CODE = 187
ACCOUNT_TYPES = frozenset({"client-forbidden", "oauth1-permissions", "unsupported-authentication"})
DEAD_ENDS = frozenset({401, 402, 407, 410})
CAPPED = "usage-capped"

OF_ACCOUNT = re.compile(
    r"unsupported authentication|\bscopes?\b|oauth|\bclient\b|\bapp\b|enrol|access level|credits"
    r"|your account",
    re.IGNORECASE,
)
OF_ADDRESS = re.compile(
    r"participant|recipient|this user|one or more|follow(?:s|ing)? you|block|has been suspended",
    re.IGNORECASE,
)
PERHAPS_OF_ACCOUNT = re.compile(r"not permitted|suspended|locked", re.IGNORECASE)

LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
WINDOW = 900.0
"""Seconds of a limit that does not say when it ends."""
LONGEST_WAIT = 86_400.0

SAID = {
    400: "X does not accept this message",
    401: "X does not accept these keys; are all four of one app and user, and is the clock right?",
    402: "X wants to be paid: the credits of the app are used up",
    403: "X refuses",
    404: "X does not know what was asked for",
    413: "X finds this message too big",
    429: "X has had enough for now",
}


class Kind(Enum):
    """What X was asked to do, by the field of the answer that names it."""

    POST = "id"
    DIRECT_MESSAGE = "dm_event_id"


def read(response: requests.Response, kind: Kind, *, doubted: bool) -> Accepted | Refused:
    """The outcome of a request that X answered.

    ``doubted``: an earlier one may have arrived, so that a duplicate has been sent.
    """
    body = _json(response)
    if 200 <= response.status_code < 300:
        return _read_success(response, body, kind, doubted=doubted)
    return _read_refusal(response, body, kind, doubted=doubted)


def read_status(status: int, kind: Kind) -> Refused:
    """The outcome where X said how it went and broke off: no more than the status is known."""
    if 200 <= status < 300 or status >= 500:
        return _in_doubt(str(status), "X broke off in the middle of its answer")
    refusal, scope = _judge(status, {}, "", kind)
    return Refused(refusal=refusal, code=str(status), reason=_words(status, {}), scope=scope)


def read_error(error: requests.RequestException) -> Refused:
    """The outcome where there is no answer. Whether X was asked is what decides."""
    code = type(_innermost(error)).__name__
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in str(error):
        reason = "The certificate of what answered is not valid; is 'api_url' right?"
        return Refused(refusal=Refusal.ACCOUNT, code=code, reason=reason, scope=Scope.ACCOUNT)
    if isinstance(error, ValueError | requests.TooManyRedirects):
        # requests' InvalidURL, MissingSchema and their like.
        reason = "X is not where 'api_url' says, or a proxy in the environment cannot be used"
        return Refused(refusal=Refusal.ACCOUNT, code=code, reason=reason, scope=Scope.ACCOUNT)
    if was_asked(error):
        return _in_doubt(code, "X was asked and did not answer")
    reason = f"X cannot be reached ({code})"
    return Refused(refusal=Refusal.RETRY, code=code, reason=reason, scope=Scope.ACCOUNT)


def _read_success(
    response: requests.Response, body: Mapping[str, object], kind: Kind, *, doubted: bool
) -> Accepted | Refused:
    data, errors = _mapping(body.get("data")), _errors(body)
    sent = data.get(kind.value)
    if sent:
        detail: dict[str, object] = {}
        if data.get("dm_conversation_id"):
            detail["conversation_id"] = str(data["dm_conversation_id"])
        if errors:
            detail["errors"] = [_own_words(error) for error in errors]
        return Accepted(provider_id=str(sent), detail=detail)
    if errors:
        # Nothing was made: what counts is what X says about it.
        return _read_refusal(response, errors[0], kind, doubted=doubted)
    code = str(response.status_code)
    words = "Something answered that all is well, but not in X's words; is 'api_url' right?"
    return _in_doubt(code, words)


def _read_refusal(
    response: requests.Response, body: Mapping[str, object], kind: Kind, *, doubted: bool
) -> Accepted | Refused:
    status = _status(response, body)
    code = _code(status, body)
    if status < 500 and _is_duplicate(body):
        return _read_duplicate(code, body, doubted=doubted)
    if status >= 500:
        return _in_doubt(code, f"X had a fault of its own (HTTP {status}){_in_its_words(body)}")
    about = "page" if response.content and not body else _about(body)
    refusal, scope = _judge(status, body, about, kind)
    return Refused(
        refusal=refusal,
        code=code,
        reason=_words(status, body),
        scope=scope,
        retry_after=_wait(response) if refusal is Refusal.RETRY else None,
    )


def _judge(
    status: int, body: Mapping[str, object], about: str, kind: Kind
) -> tuple[Refusal, Scope]:
    codes = _codes(body)
    if _type(body) == CAPPED or status in DEAD_ENDS or status < 400 or codes & ACCOUNT_CODES:
        return Refusal.ACCOUNT, Scope.ACCOUNT
    if status in (408, 425, 429) or codes & LATER_CODES:
        return Refusal.RETRY, Scope.ACCOUNT
    if status in (403, 404):
        refusal = _judge_refusal(status, body, about, kind)
        return refusal, Scope.ACCOUNT if refusal is Refusal.ACCOUNT else Scope.MESSAGE
    if kind is Kind.DIRECT_MESSAGE and "participant_id" in about:
        return Refusal.ADDRESS, Scope.MESSAGE
    return Refusal.MESSAGE, Scope.MESSAGE


def _judge_refusal(status: int, body: Mapping[str, object], about: str, kind: Kind) -> Refusal:
    """403 and 404 mean the account, the address or the message: the words tell."""
    if about == "page":
        # Something in front of X answered, not its API.
        return Refusal.ACCOUNT
    to_somebody = kind is Kind.DIRECT_MESSAGE
    if to_somebody and _codes(body) & ADDRESS_CODES:
        return Refusal.ADDRESS
    if _type(body) in ACCOUNT_TYPES or OF_ACCOUNT.search(about):
        return Refusal.ACCOUNT
    if to_somebody and (status == 404 or OF_ADDRESS.search(about)):
        return Refusal.ADDRESS
    if status == 404 or PERHAPS_OF_ACCOUNT.search(about):
        return Refusal.ACCOUNT
    return Refusal.ADDRESS if to_somebody else Refusal.MESSAGE


def _read_duplicate(code: str, body: Mapping[str, object], *, doubted: bool) -> Accepted | Refused:
    if doubted:
        said = "X has it already, so the attempt that it did not answer had arrived"
        return Accepted(provider_id="", detail={"duplicate": said})
    reason = f"X has had these very words not long ago{_in_its_words(body)}"
    return Refused(refusal=Refusal.MESSAGE, code=code, reason=reason)


def _is_duplicate(body: Mapping[str, object]) -> bool:
    return DUPLICATE_CODE in _codes(body) or "duplicate" in _about(body).lower()


def _in_doubt(code: str, reason: str) -> Refused:
    return Refused(refusal=Refusal.IN_DOUBT, code=code, reason=reason)


def _wait(response: requests.Response) -> float:
    """Seconds until the last of the limits that are used up begins anew."""
    headers, now = response.headers, time.time()
    ends = {name: _number(headers.get(f"{name}-reset")) for name in LIMITS}
    used_up = [name for name in LIMITS if _number(headers.get(f"{name}-remaining")) == 0]
    resets = [end for name in used_up if (end := ends[name]) is not None]
    if not resets:
        after = _number(headers.get("retry-after"))
        resets = [now + after] if after is not None else [end for end in ends.values() if end]
    return min(max(1.0, max(resets, default=now + WINDOW) - now), LONGEST_WAIT)


def _number(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None


# ── The body ────────────────────────────────────────────────────────────────────────────


def _json(response: requests.Response) -> Mapping[str, object]:
    """The answer's JSON object; empty where it is none, such as a page of HTML."""
    try:
        return _mapping(response.json())
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _errors(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    errors = body.get("errors")
    found = [_mapping(error) for error in errors] if isinstance(errors, list) else []
    return [error for error in found if error]


def _codes(body: Mapping[str, object]) -> set[int]:
    """The numbered codes of API v1.1, which some answers still have."""
    codes = (part.get("code") for part in (body, *_errors(body)))
    return {code for code in codes if isinstance(code, int)}


def _status(response: requests.Response, body: Mapping[str, object]) -> int:
    """The HTTP status; of an error inside a success, its own or the one that its type implies."""
    if not 200 <= response.status_code < 300:
        return response.status_code
    status = body.get("status")
    if isinstance(status, int):
        return status
    implied = {"resource-not-found": 404, "not-authorized-for-resource": 403}
    return 403 if _type(body) in ACCOUNT_TYPES else implied.get(_type(body), 400)


def _type(body: Mapping[str, object]) -> str:
    """The kind of problem: the end of its URI, or of its title where X gives no URI."""
    if body.get("title") == "UsageCapExceeded":
        return CAPPED
    if body.get("title") == "Unsupported Authentication":
        return "unsupported-authentication"
    return str(body.get("type") or "").rstrip("/").rpartition("/")[2]


def _code(status: int, body: Mapping[str, object]) -> str:
    codes = _codes(body)
    if codes:
        return str(min(codes))
    kind = _type(body)
    return kind if kind and kind != "about:blank" else str(status)


def _about(body: Mapping[str, object]) -> str:
    """All that X says in words, and which parameters it names."""
    parts = [str(body.get(name) or "") for name in ("title", "detail", "reason", "error")]
    for error in _errors(body):
        parts += [_own_words(error), *map(str, _mapping(error.get("parameters")))]
    parameters = (body.get("parameter"), *_mapping(body.get("parameters")))
    return " ".join(filter(None, (*parts, *map(str, filter(None, parameters)))))


def _own_words(body: Mapping[str, object]) -> str:
    """X's title and detail, each once."""
    said = [str(body.get(name) or "").strip() for name in ("title", "detail", "message", "error")]
    return ": ".join(dict.fromkeys(filter(None, said)))


def _in_its_words(body: Mapping[str, object]) -> str:
    words = "; ".join(
        dict.fromkeys(filter(None, (_own_words(body), *map(_own_words, _errors(body)))))
    )
    return f" ({words})" if words else ""


def _words(status: int, body: Mapping[str, object]) -> str:
    plain = SAID.get(status, f"X answered HTTP {status}")
    if _type(body) == CAPPED:
        plain = "X's cap on what the app may use is reached"
    if _type(body) == "oauth1-permissions":
        plain = (
            "The app may not do this: let it write (and send direct messages), then make new "
            "access tokens"
        )
    return plain + _in_its_words(body)


# ── The network ─────────────────────────────────────────────────────────────────────────


def _innermost(error: BaseException) -> BaseException:
    """What lies under requests' and urllib3's own errors."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    return reason if isinstance(reason, BaseException) else error
