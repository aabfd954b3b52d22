"""What a message may come from: a number, a short code, a name.

https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
"""

from __future__ import annotations

import re

WHATSAPP = "whatsapp:"
E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")


def sender_fault(sender: str, *, whatsapp: bool = False) -> str:
    """What is wrong with ``sender``, in words; empty where nothing is."""
    number = sender.removeprefix(WHATSAPP) if whatsapp else sender
    if E164.fullmatch(number):
        return ""
    if whatsapp:
        return f"The sender {sender!r} is no number in international form, which WhatsApp needs"
    if SHORT_CODE.fullmatch(sender) or NAME.fullmatch(sender):
        return ""
    if len(sender) > 11 and NAME.fullmatch(sender[:11]):
        return f"The sender {sender!r} is longer than 11 characters"
    return (
        f"The sender {sender!r} is neither a number in international form (+15017122661), nor a "
        "short code, nor a name of letters, digits and spaces"
    )


def on_channel(number: str, whatsapp: bool) -> str:
    """``number`` as Twilio wants it: with a prefix where it is reached by WhatsApp."""
    if not whatsapp or number.startswith(WHATSAPP):
        return number
    return WHATSAPP + number
