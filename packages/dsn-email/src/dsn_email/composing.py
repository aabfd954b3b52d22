"""From an envelope to one of Django's e-mail messages."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from dsn_core import InvalidAddress, Refusal, Refused
from dsn_email.addresses import ascii_domain, bare_address, is_one_line, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core import Action, Attachment, Envelope, Message
    from dsn_email.accounts import Account, Options

LONGEST_WORD = 76
"""What fits on a line of a header; a longer word Python would write as an encoded one."""


def compose(
    envelope: Envelope, account: Account, options: Options
) -> EmailMultiAlternatives | Refused:
    """The e-mail for ``envelope``; or why there can be none, which no server need be asked."""
    refused = _sender_refused(account, options) or _unsafe(envelope, options)
    if refused is not None:
        return refused
    try:
        address = normalize(envelope.address)
    except InvalidAddress as error:
        return Refused(refusal=Refusal.ADDRESS, code="InvalidAddress", reason=str(error))
    return _compose(envelope, address, account, options)


def sender(account: Account, options: Options) -> str:
    """What stands in the From header."""
    return options.from_email or account.from_email or str(settings.DEFAULT_FROM_EMAIL)


def account_addresses(account: Account, options: Options) -> tuple[str, ...]:
    """All that must be an address for the account to send: its domain too, after some name."""
    domain = (f"postmaster@{account.domain}",) if account.domain else ()
    return (sender(account, options), *account.reply_to, *domain)


def message_id(key: str, account: Account, options: Options) -> str:
    """The Message-ID of the delivery ``key``, the same on every attempt; without brackets."""
    return f"{key}@{_domain(account, options)}"


def plain_text(message: Message) -> str:
    """The text part: the message's text, which the core always gives; then its actions."""
    if not message.actions:
        return message.text
    links = "\n".join(f"{action.label}: {action.url}" for action in message.actions)
    return "\n\n".join(filter(None, (message.text.rstrip(), links)))


def html_part(message: Message) -> str:
    """The HTML part with the actions as links at its end; empty where the message has no HTML."""
    if not message.html or not message.actions:
        return message.html
    links = "".join(map(_link, message.actions))
    at = message.html.lower().rfind("</body>")
    at = len(message.html) if at < 0 else at
    return message.html[:at] + links + message.html[at:]


def _compose(
    envelope: Envelope, address: str, account: Account, options: Options
) -> EmailMultiAlternatives:
    message = envelope.message
    email = EmailMultiAlternatives(
        subject=message.subject,
        body=plain_text(message),
        from_email=sender(account, options),
        to=[address],
        reply_to=list(options.reply_to or account.reply_to),
        headers=_headers(envelope, account, options),
    )
    if message.html:
        email.attach_alternative(html_part(message), "text/html")
    for attachment in message.attachments:
        email.attach(attachment.name, attachment.content, _content_type(attachment))
    if options.tags:
        # django-anymail reads it; no other backend looks at it.
        email.tags = list(options.tags)  # type: ignore[attr-defined]
    return email


def _headers(envelope: Envelope, account: Account, options: Options) -> dict[str, str]:
    headers = {
        "Message-ID": f"<{message_id(envelope.key, account, options)}>",
        "Auto-Submitted": "auto-generated",
    }
    root = _thread_root(envelope.thread, _domain(account, options))
    if envelope.thread and len(root) <= LONGEST_WORD:
        headers["In-Reply-To"] = headers["References"] = root
    return headers


def _thread_root(thread: str, domain: str) -> str:
    """An id that no message has. All that refer to it stand together in the reader's mailbox."""
    return f"<{uuid5(NAMESPACE_URL, f'dsn:{thread}').hex[:20]}@{domain}>"


def _domain(account: Account, options: Options) -> str:
    if account.domain:
        return ascii_domain(account.domain)
    return bare_address(sender(account, options)).rpartition("@")[2]


def _sender_refused(account: Account, options: Options) -> Refused | None:
    """The Backend's own mistake costs its messages; the account's holds them all."""
    own = (options.from_email, *options.reply_to)
    shared = account_addresses(account, options)
    for refusal, addresses in ((Refusal.MESSAGE, own), (Refusal.ACCOUNT, shared)):
        try:
            for address in filter(None, addresses):
                bare_address(address)
        except InvalidAddress as error:
            return Refused(refusal=refusal, code="InvalidAddress", reason=f"Sender: {error}")
    return None


def _unsafe(envelope: Envelope, options: Options) -> Refused | None:
    """A text with a line break in it could add headers of its own, such as a Bcc."""
    for what, text in _header_texts(envelope, options):
        if not is_one_line(text):
            return Refused(
                refusal=Refusal.MESSAGE,
                code="HeaderInjection",
                reason=f"The {what} contains a line break: {text!r}",
            )
    return None


def _header_texts(envelope: Envelope, options: Options) -> Iterator[tuple[str, str]]:
    yield "subject", envelope.message.subject
    yield "key", envelope.key
    for attachment in envelope.message.attachments:
        yield "name of an attachment", attachment.name
        yield "content type of an attachment", attachment.content_type
    for tag in options.tags:
        yield "tag", tag


def _content_type(attachment: Attachment) -> str:
    """What Django can take: something/something."""
    whole = re.fullmatch(r"[^/\s]+/[^/\s].*", attachment.content_type)
    return attachment.content_type if whole else "application/octet-stream"


def _link(action: Action) -> str:
    return f'<p><a href="{escape(action.url)}">{escape(action.label)}</a></p>'
