"""Phone numbers: what is one, and the one way to write it (E.164)."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from dsn_core import InvalidAddress
from dsn_sms.senders import WHATSAPP

FAULTS = {
    ValidationResult.TOO_SHORT: "is too short for a phone number",
    ValidationResult.TOO_LONG: "is too long for a phone number",
    ValidationResult.INVALID_LENGTH: "has a length that no number of its country has",
    ValidationResult.INVALID_COUNTRY_CODE: "has a country code that nobody has",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "has no area code",
}
PARSE_FAULTS = {
    NumberParseException.NOT_A_NUMBER: "is no phone number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "is too short for a phone number",
    NumberParseException.TOO_SHORT_NSN: "is too short for a phone number",
    NumberParseException.TOO_LONG: "is too long for a phone number",
}


def normalize(raw: str, *, region: str, whatsapp: bool) -> str:
    """The number ``raw`` in E.164, such as "+4915112345678"; with WhatsApp's prefix for WhatsApp.

    ``region`` (two letters, or empty) is the country of numbers without a country code. Raises
    ``InvalidAddress`` naming the fault and the way out. What is only unknown, and not impossible,
    passes: new ranges are given out faster than lists of them are renewed.
    """
    text = raw.strip()
    prefixed = text[: len(WHATSAPP)].lower() == WHATSAPP
    if prefixed and not whatsapp:
        raise InvalidAddress(
            f"{raw!r} is a WhatsApp address, and this account sends SMS; set its 'whatsapp'"
        )
    number = e164(text[len(WHATSAPP) :] if prefixed else text, region)
    return WHATSAPP + number if whatsapp else number


def normalize_inbound(sender: str) -> str:
    """The address that a message came from, as ``normalize`` would write it."""
    prefix = WHATSAPP if sender.lower().startswith(WHATSAPP) else ""
    try:
        return prefix + e164(sender[len(prefix) :].strip(), "")
    except InvalidAddress:
        # A short code or a name writes to us too.
        return sender.strip()


def e164(text: str, region: str) -> str:
    """``text`` in E.164. Raises ``InvalidAddress``."""
    text = text.removeprefix("tel:")
    if any(each.isalpha() or each in "@\r\n" for each in text):
        # Letters would be skipped, or dialled as on a keypad; either way it might be a stranger's.
        raise InvalidAddress(f"{text!r} is no phone number: it has more than digits and + ( ) - .")
    number = _parse(text, region)
    if number.extension:
        raise InvalidAddress(f"{text!r} has an extension, which a message cannot be sent to")
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != ValidationResult.IS_POSSIBLE:
        raise InvalidAddress(f"{text!r} {FAULTS.get(verdict, 'is no phone number')}")
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def is_region(region: str) -> bool:
    """Is it the code of a country that has phone numbers?"""
    return region.upper() in phonenumbers.SUPPORTED_REGIONS


def _parse(text: str, region: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(text, region.upper() or None)
    except NumberParseException as error:
        if error.error_type != NumberParseException.INVALID_COUNTRY_CODE:
            raise InvalidAddress(
                f"{text!r} {PARSE_FAULTS.get(error.error_type, 'is no phone number')}"
            ) from None
    if text.lstrip("( ").startswith(("+", "\uff0b")):
        raise InvalidAddress(f"{text!r} has a country code that nobody has")
    raise InvalidAddress(
        f"{text!r} has no country code; write it as +49…, or set the account's 'region'"
    )
