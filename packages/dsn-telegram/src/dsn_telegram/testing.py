"""A Bot API server for tests, on a free port of this machine, that refuses what Telegram refuses.

Example::

    with TelegramServer() as server:
        server.block(4711)
        …                                   # send with {"token": server.token, "api_url": server.url}
        assert server.messages[0].text == "Order 7 is paid."
        update = server.user_says(42, "/start Zq3…")     # for getUpdates, or to post to a webhook
"""  # noqa: E501

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dsn_core.testing import DROP, HANG, Answer, Call, HTTPServer
from dsn_telegram.bot_api_chats import Chats, kind_of
from dsn_telegram.bot_api_limits import Limits
from dsn_telegram.bot_api_posting import Post, Refusal, read_post
from dsn_telegram.bot_api_questions import Question, read
from dsn_telegram.bot_api_webhooks import Webhooks

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["DROP", "HANG", "TOKEN", "Answer", "Call", "Sent", "TelegramServer", "refusal"]

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake1"
USERNAME = "shop_bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that the server accepted.

    ``entities`` have their places in UTF-16 units of ``text``; ``buttons`` are pairs of a label
    and a URL, row after row; ``raw`` is what was asked, as it came.
    """

    chat_id: int
    message_id: int
    text: str
    entities: tuple[Mapping[str, object], ...] = ()
    thread: int | None = None
    buttons: tuple[tuple[str, str], ...] = ()
    silent: bool = False
    protected: bool = False
    preview: bool = True
    raw: Mapping[str, object]

    @property
    def markup(self) -> str:
        """The text as it was sent, with its tags."""
        return str(self.raw["text"])


class TelegramServer(HTTPServer):
    """Telegram, for as long as the ``with`` block lasts. It knows every chat, until told not to."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = USERNAME,
        chats: Iterable[int | str] | None = None,
        limits: bool = False,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``chats`` are those it knows, besides who writes to the bot; None: all there are.

        With ``limits`` a message beyond Telegram's rates is refused, without any tolerance.
        """
        super().__init__(port=port, tls=tls)
        self.token = token
        self.username = username
        self._known = None if chats is None else frozenset(chats)
        self._keeps_limits = limits
        self.reset()

    def reset(self) -> None:
        """Begin anew: nothing was asked, sent or ordered, and every chat is open."""
        with self.lock:
            self.calls.clear()
            self._orders.clear()
            self.messages: list[Sent] = []
            self.too_many: list[float] = []
            """When a limit was exceeded, in monotonic seconds."""
            self.webhooks = Webhooks()
            self._chats = Chats(self.username, self._known)
            self._limits = Limits() if self._keeps_limits else None

    @property
    def account(self) -> dict[str, str]:
        """An account for ``settings.DSN["MESSENGERS"]["telegram"]`` that sends here."""
        return {"token": self.token, "api_url": self.url, "username": self.username}

    def forget(self, chat: int | str, topic: int | None = None) -> None:
        """There is no such chat, or in that chat no such topic."""
        with self.lock:
            self._chats.forget(chat, topic)

    def block(self, chat: int) -> dict[str, object]:
        """A person blocks the bot, or a group throws it out. Returns the update."""
        with self.lock:
            self._chats.closed.add(chat)
            return self.webhooks.queue(self._chats.membership(chat, "member", "kicked"))

    def unblock(self, chat: int) -> dict[str, object]:
        """She unblocks it; the group takes it back. Returns the update."""
        with self.lock:
            self._chats.closed.discard(chat)
            return self.webhooks.queue(self._chats.membership(chat, "kicked", "member"))

    def migrate(self, old: int, new: int) -> dict[str, object]:
        """The group ``old`` becomes the supergroup ``new``. Returns the update."""
        with self.lock:
            self._chats.moved[old] = new
            words = {"migrate_to_chat_id": new}
            return self.webhooks.queue({"message": self._chats.message(old, words)})

    def user_says(self, chat: int, text: str) -> dict[str, object]:
        """Somebody writes ``text`` in ``chat``. Returns the update, which getUpdates gives too."""
        with self.lock:
            return self.webhooks.queue({"message": self._chats.message(chat, {"text": text})})

    def answer(self, call: Call) -> Answer:
        """As Telegram would."""
        try:
            return self._answer(call)
        except ValueError as error:  # A body or a field is not what it says that it is.
            return refusal(400, f"Bad Request: can't parse the request: {error}")

    def _answer(self, call: Call) -> Answer:
        question = read(call)
        if question is None:
            return refusal(404, "Not Found")
        if question.token != self.token:
            well_formed = question.token.partition(":")[0].isdigit()
            return refusal(401, "Unauthorized") if well_formed else refusal(404, "Not Found")
        method = self._methods.get(question.method.lower())
        if method is None:
            return refusal(404, "Not Found: method not found")
        try:
            return Answer(json={"ok": True, "result": method(self, question)})
        except Refusal as said:
            return refusal(said.status, str(said), said.parameters)

    def _send_message(self, question: Question) -> object:
        post = read_post(question)
        chat_id = self._chats.find(question.chat(), post.thread)
        self._keep_limits(chat_id)
        return self._accept(chat_id, post)

    def _keep_limits(self, chat_id: int) -> None:
        if self._limits is None:
            return
        is_group = kind_of(chat_id) != "private"
        now = time.monotonic()
        wait = self._limits.wait(chat_id, is_group=is_group, now=now)
        if wait:
            self.too_many.append(now)
            words = f"Too Many Requests: retry after {wait}"
            raise Refusal(429, words, {"retry_after": wait})

    def _accept(self, chat_id: int, post: Post) -> object:
        sent = Sent(chat_id=chat_id, message_id=len(self.messages) + 1, **post.parts())
        self.messages.append(sent)
        words: dict[str, object] = {"text": sent.text, "entities": list(sent.entities)}
        if sent.thread is not None:
            words |= {"message_thread_id": sent.thread, "is_topic_message": True}
        message = self._chats.message(chat_id, words, by_the_bot=True)
        return message | {"message_id": sent.message_id}

    def _get_me(self, question: Question) -> object:
        return self._chats.bot

    def _get_updates(self, question: Question) -> object:
        return self.webhooks.fetch(question)

    def _set_webhook(self, question: Question) -> object:
        return self.webhooks.set(question)

    def _delete_webhook(self, question: Question) -> object:
        return self.webhooks.delete()

    def _get_webhook_info(self, question: Question) -> object:
        return self.webhooks.info()

    _methods: ClassVar[Mapping[str, Callable[[TelegramServer, Question], object]]] = {
        "sendmessage": _send_message,
        "getme": _get_me,
        "getupdates": _get_updates,
        "setwebhook": _set_webhook,
        "deletewebhook": _delete_webhook,
        "getwebhookinfo": _get_webhook_info,
    }


def refusal(
    status: int, description: str, parameters: Mapping[str, object] | None = None
) -> Answer:
    """An answer in which Telegram says no, to ``script`` it."""
    said: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return Answer(status=status, json=said | ({"parameters": parameters} if parameters else {}))
