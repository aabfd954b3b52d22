"""A server for tests that speaks the part of X's API v2 which this package uses.

It verifies the signature of each request as X does, for the host that tweepy signs for, and
refuses what X refuses, in X's words.

Example::

    with XServer() as server:
        account = Account(**server.account)
        …
        assert server.posts[-1].text == "Order 7 is paid."
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dsn_core.testing import DRIP, DRIP_HEAD, DROP, HANG, Answer, Call, HTTPServer
from dsn_twitter.signing import is_signed, read_header
from dsn_twitter.weighing import HEAVIEST, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "DRIP",
    "DRIP_HEAD",
    "DROP",
    "HANG",
    "Answer",
    "Call",
    "DirectMessage",
    "Limit",
    "Post",
    "XServer",
    "problem",
]

SIGNED_FOR = "https://api.twitter.com"
PROBLEMS = "https://api.twitter.com/2/problems/"
USER_ID = "2244994945"
PARTICIPANT = re.compile(r"/2/dm_conversations/with/([^/]+)/messages")
VALID_ID = re.compile(r"[0-9]{1,19}")
REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")
LONGEST_DIRECT_MESSAGE = 10_000
WINDOW, DAY = 900, 86_400
CLOCK_SKEW = 300
"""Seconds by which a request's clock may be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post that the server took."""

    id: str
    text: str
    reply_settings: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """A direct message that the server took."""

    id: str
    participant_id: str
    conversation_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` requests in ``seconds``, told in headers that begin with ``name``."""

    name: str
    most: int
    seconds: int


POST_LIMITS = (Limit("x-rate-limit", 100, WINDOW), Limit("x-app-limit-24hour", 10_000, DAY))
MESSAGE_LIMITS = (
    Limit("x-rate-limit", 15, WINDOW),
    Limit("x-user-limit-24hour", 1_440, DAY),
    Limit("x-app-limit-24hour", 1_440, DAY),
)


def problem(
    status: int, title: str, detail: str, kind: str = "about:blank", **more: object
) -> Answer:
    """How X refuses: a problem of RFC 7807, whose type is ``kind`` below X's own address."""
    uri = kind if kind == "about:blank" else PROBLEMS + kind
    body = {"title": title, "detail": detail, "type": uri, "status": status, **more}
    return Answer(status=status, json=body)


TOO_MANY = problem(429, "Too Many Requests", "Too Many Requests")
UNAUTHORIZED = problem(401, "Unauthorized", "Unauthorized")
DUPLICATE = problem(
    403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."
)
TOO_LONG = problem(
    403,
    "Forbidden",
    "Your Tweet text is too long. For more information on how Twitter determines text length "
    "see https://github.com/twitter/twitter-text.",
)
NOT_TO_THEM = problem(
    403, "Forbidden", "You do not have permission to DM one or more participants."
)
APP_ONLY = problem(
    403,
    "Unsupported Authentication",
    "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint. Supported "
    "authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
    "unsupported-authentication",
)


class XServer(HTTPServer):
    """X on a free port of this machine, for as long as the ``with`` block lasts."""

    def __init__(
        self,
        *,
        participants: Iterable[str] | None = None,
        blocked: Iterable[str] = (),
        limits: bool = False,
        port: int = 0,
    ) -> None:
        """``participants`` are the users that there are (None: any), ``blocked`` those who want
        no direct message. With ``limits`` it counts as X does and answers 429 beyond.
        """
        super().__init__(port=port)
        self.keys = {
            "consumer_key": "xvz1evFS4wEEPTGEFPHBog",
            "consumer_secret": "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
            "access_token": f"{USER_ID}-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            "access_token_secret": "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        }
        self.participants = None if participants is None else set(participants)
        self.blocked = set(blocked)
        self.limits = limits
        self.post_limits = POST_LIMITS
        self.message_limits = MESSAGE_LIMITS
        self.posts: list[Post] = []
        self.direct_messages: list[DirectMessage] = []
        self._nonces: set[tuple[str, str]] = set()
        self._windows: dict[Limit, tuple[int, int]] = {}

    @property
    def account(self) -> dict[str, str]:
        """The settings of an account that comes here."""
        return {**self.keys, "api_url": self.url}

    def answer(self, call: Call) -> Answer:
        """What X would say."""
        refused = self._unauthorized(call)
        if refused is not None:
            return refused
        found = PARTICIPANT.fullmatch(call.path)
        if call.method == "POST" and call.path == "/2/tweets":
            return self._within(self.post_limits, lambda: self._post(call))
        if call.method == "POST" and found:
            return self._within(self.message_limits, lambda: self._write(call, found[1]))
        if call.method == "GET" and call.path == "/2/users/me":
            return Answer(json={"data": {"id": USER_ID, "name": "A shop", "username": "shop"}})
        return Answer(status=404)

    def _unauthorized(self, call: Call) -> Answer | None:
        authorization = call.headers.get("authorization", "")
        if authorization.lower().startswith("bearer "):
            return APP_ONLY
        header = read_header(authorization)
        query = [(name, value) for name, values in call.query.items() for value in values]
        secrets = (self.keys["consumer_secret"], self.keys["access_token_secret"])
        sound = (
            header.get("oauth_consumer_key") == self.keys["consumer_key"]
            and header.get("oauth_token") == self.keys["access_token"]
            and is_signed(header, call.method, SIGNED_FOR + call.path, query, secrets)
            and self._is_fresh(header.get("oauth_timestamp", ""), header.get("oauth_nonce", ""))
        )
        return None if sound else UNAUTHORIZED

    def _is_fresh(self, timestamp: str, nonce: str) -> bool:
        """Is it of now, and has it not been sent before?"""
        if not timestamp.isdecimal() or abs(int(timestamp) - time.time()) > CLOCK_SKEW:
            return False
        is_new = bool(nonce) and (timestamp, nonce) not in self._nonces
        self._nonces.add((timestamp, nonce))
        return is_new

    def _post(self, call: Call) -> Answer:
        body = _body(call)
        text, replies = body.get("text"), body.get("reply_settings")
        if not isinstance(text, str) or not text.strip():
            return _invalid("text", "The `text` of a post must not be empty.")
        if replies is not None and replies not in REPLY_SETTINGS:
            return _invalid("reply_settings", f"[{replies}] is not one of {REPLY_SETTINGS}")
        if weigh(text) > HEAVIEST:
            return TOO_LONG
        if any(post.text == text for post in self.posts):
            return DUPLICATE
        replies = replies if isinstance(replies, str) else None
        post = Post(id=self._next_id(), text=text, reply_settings=replies)
        self.posts.append(post)
        data = {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}
        return Answer(status=201, json={"data": data})

    def _write(self, call: Call, participant: str) -> Answer:
        text = _body(call).get("text")
        if not VALID_ID.fullmatch(participant):
            words = f"The `participant_id` path parameter value [{participant}] is not valid"
            return _invalid("participant_id", words)
        if not isinstance(text, str) or not text.strip():
            return _invalid("text", "The `text` of a message must not be empty.")
        if len(text) > LONGEST_DIRECT_MESSAGE:
            return _invalid("text", "The `text` of a message is too long.")
        known = self.participants is None or participant in self.participants
        if not known or participant in self.blocked:
            return NOT_TO_THEM
        message = DirectMessage(
            id=self._next_id(),
            participant_id=participant,
            conversation_id="-".join(sorted((participant, USER_ID), key=int)),
            text=text,
        )
        self.direct_messages.append(message)
        data = {"dm_event_id": message.id, "dm_conversation_id": message.conversation_id}
        return Answer(status=201, json={"data": data})

    def _within(self, limits: Iterable[Limit], do: Callable[[], Answer]) -> Answer:
        """Do it, where no limit is used up, and tell how much is left of each."""
        if not self.limits:
            return do()
        windows = {limit: self._window(limit) for limit in limits}
        used_up = any(used >= limit.most for limit, (_, used) in windows.items())
        answer = TOO_MANY if used_up else do()
        headers: dict[str, str] = {}
        for limit, (end, before) in windows.items():
            used = before if used_up else before + 1
            self._windows[limit] = (end, used)
            headers |= {
                f"{limit.name}-limit": str(limit.most),
                f"{limit.name}-remaining": str(max(0, limit.most - used)),
                f"{limit.name}-reset": str(end),
            }
        return replace(answer, headers={**answer.headers, **headers})

    def _window(self, limit: Limit) -> tuple[int, int]:
        """When the limit's window ends, and how much of it is used."""
        end, used = self._windows.get(limit, (0, 0))
        return (end, used) if end > time.time() else (int(time.time()) + limit.seconds, 0)

    def _next_id(self) -> str:
        return str(1_580_000_000_000_000_000 + len(self.posts) + len(self.direct_messages))


def _body(call: Call) -> dict[str, object]:
    try:
        body = json.loads(call.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _invalid(parameter: str, words: str) -> Answer:
    errors = [{"parameters": {parameter: []}, "message": words}]
    detail = "One or more parameters to your request was invalid."
    return problem(400, "Invalid Request", detail, "invalid-request", errors=errors)
