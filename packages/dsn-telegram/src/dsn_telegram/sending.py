"""Sending one message, in one part or several, to one chat."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import TelegramError

from dsn_core import Accepted, InvalidAddress, Refusal, Refused
from dsn_telegram import answers
from dsn_telegram.addresses import Chat, read
from dsn_telegram.bots import OFFICE
from dsn_telegram.composing import Part, compose
from dsn_telegram.resuming import UNFINISHED

if TYPE_CHECKING:
    from telegram import Bot

    from dsn_core import Envelope
    from dsn_telegram.accounts import Account, Options

FINAL = (Refusal.ADDRESS, Refusal.MESSAGE)
"""After these nothing is tried again, so that no part can arrive twice."""
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def send(envelope: Envelope, account: Account, options: Options) -> Accepted | Refused:
    """What Telegram said to the message, or to the first part of it that failed."""
    try:
        chat = read(envelope.address)
    except InvalidAddress as error:
        return Refused(refusal=Refusal.ADDRESS, code="address", reason=str(error))
    parts = compose(envelope.message, as_html=options.mode == "HTML")
    if not parts:
        reason = "There are no words in it, and Telegram takes no empty message"
        return Refused(refusal=Refusal.MESSAGE, code="empty", reason=reason)
    if chat.is_group and chat.topic is None and options.thread_id:
        chat = replace(chat, topic=options.thread_id)
    sent = list(UNFINISHED.take(envelope.key, parts)) if len(parts) > 1 else []
    course = _Course(chat=chat, account=account, options=options, sent=sent)
    for part in parts[len(sent) :]:
        failure = course.send(part)
        if failure is not None:
            return course.broken_off(failure, envelope.key, parts)
    return course.arrived()


@dataclass(slots=True, kw_only=True)
class _Course:
    """One message on its way. ``sent`` are the ids of the parts that arrived."""

    chat: Chat
    account: Account
    options: Options
    sent: list[str]
    moved_to: str | None = None
    detail: dict[str, object] = field(default_factory=dict)

    def send(self, part: Part) -> Refused | None:
        """Send ``part``, once more where the refusal can be helped; None: it arrived."""
        while True:
            try:
                self.sent.append(self._ask(part))
            except TelegramError as error:
                remedied = self._remedy(error, part)
                if remedied is None:
                    return answers.refused(error, self.chat, self.account)
                part = remedied
            else:
                return None

    def arrived(self) -> Accepted:
        """All parts did. The first one's id is the message's."""
        if len(self.sent) > 1:
            self.detail["parts"] = list(self.sent)
        return Accepted(provider_id=self.sent[0], moved_to=self.moved_to, detail=self.detail)

    def broken_off(self, failure: Refused, key: str, parts: tuple[Part, ...]) -> Refused:
        """``failure`` as it counts for the whole message.

        Where some parts have arrived and the failure would let all be sent again, it is in doubt:
        whether a reader may see a part twice is for the Backend's ``in_doubt`` to say.
        """
        failure = replace(failure, moved_to=self.moved_to)
        if not self.sent:
            return failure
        reason = (
            f"{len(self.sent)} of {len(parts)} parts have arrived ({', '.join(self.sent)}), "
            f"then: {failure.reason}"
        )
        if failure.refusal in FINAL:
            return replace(failure, reason=reason)
        UNFINISHED.keep(key, parts, tuple(self.sent))
        return replace(failure, refusal=Refusal.IN_DOUBT, reason=reason)

    def _ask(self, part: Part) -> str:
        return OFFICE.ask(self.account, lambda bot: self._post(bot, part))

    async def _post(self, bot: Bot, part: Part) -> str:
        options = self.options
        message = await bot.send_message(
            chat_id=self.chat.id,
            text=part.html or part.text,
            parse_mode="HTML" if part.html else None,
            message_thread_id=self.chat.topic,
            disable_notification=options.silent or None,
            protect_content=options.protect or None,
            link_preview_options=None if options.preview else NO_PREVIEW,
            reply_markup=_keyboard(part) if part.buttons else None,
        )
        return f"{message.chat.id}:{message.message_id}"

    def _remedy(self, error: TelegramError, part: Part) -> Part | None:
        """The part to send again, and where to, each remedy once; None: there is none."""
        new = answers.moved_to(error)
        if new is not None and self.moved_to is None:
            self.chat = Chat(id=new)
            self.moved_to = str(new)
            return part
        if self.chat.topic is not None and answers.says(error, answers.THREAD_NOT_FOUND):
            self.detail["without_topic"] = self.chat.topic
            self.chat = Chat(id=self.chat.id)
            return part
        if part.html and answers.says(error, answers.CANNOT_PARSE):
            self.detail["as_text"] = answers.plain_words(error, self.account)
            return replace(part, html="")
        return None


def _keyboard(part: Part) -> InlineKeyboardMarkup:
    """One button a row."""
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(" ".join(action.label.split()) or action.url, url=action.url)]
            for action in part.buttons
        ]
    )
