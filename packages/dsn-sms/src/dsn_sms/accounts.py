"""What a Twilio account and an SMS Backend may be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dsn_core import Fields, option

API_URL = "https://api.twilio.com"


class Account(Fields):
    """Which Twilio account sends, and as whom.

    Example: ``{"account_sid": "AC…", "auth_token": "…", "from_number": "+15017122661"}``
    """

    account_sid: str = option(
        label="Account SID", help="It begins with AC and stands on the first page of the console."
    )
    auth_token: str = option(
        label="Auth token",
        help="Always needed: Twilio signs its webhooks with it, also where an API key sends.",
        secret=True,
    )
    api_key: str = option(
        default="", label="API key SID", help="It begins with SK; then it sends, not the token."
    )
    api_secret: str = option(default="", label="API key secret", secret=True)
    from_number: str = option(
        default="",
        label="Sender",
        help="A number in international form (+15017122661), a short code, or a name of up to 11 "
        "letters and digits. It or a messaging service is needed.",
    )
    messaging_service_sid: str = option(
        default="",
        label="Messaging service SID",
        help="It begins with MG. With a sender besides, that one must be in the service's pool.",
    )
    region: str = option(
        default="",
        label="Country of national numbers",
        help="Two letters, such as DE. Empty: only international numbers (+49…) are taken.",
    )
    whatsapp: bool = option(
        default=False,
        label="WhatsApp",
        help="Send by WhatsApp. It takes free text only within 24 hours of the person's own last "
        "message; outside of them Twilio refuses with 63016.",
    )
    codes: Mapping[str, object] = option(
        default_factory=dict,
        label="Meaning of codes",
        help="Instead of the built-in table: Twilio's code to retry, address, message, account or "
        "in_doubt.",
    )
    api_url: str = option(default=API_URL, label="API", help="Another edge of Twilio, or a test's.")
    timeout: float = option(
        default=10.0,
        label="Timeout",
        help="Seconds for a connection and for each silence; a whole answer has twice as long.",
    )


class Options(Fields):
    """What one Backend does its own way."""

    from_number: str = option(default="", label="Sender", help="Instead of the account's.")
    smart_encoded: bool = option(
        default=True,
        label="Smart encoding",
        help="Let Twilio write typographic quotes, dashes and the like in plain characters, so "
        "that they do not double the segments.",
    )
    max_segments: int = option(
        default=0, label="Most segments", help="0: as many as 1600 characters take."
    )
    over: Literal["cut", "refuse"] = option(
        default="cut",
        label="Of a longer text",
        help="Cut it, with an ellipsis, or refuse the message.",
    )
    validity_seconds: int | None = option(
        default=None,
        label="Worth sending for",
        help="Seconds that Twilio may keep it in its queue, 1 to 36000; a message that expires "
        "sooner is kept no longer than that.",
    )
