"""A Twilio for tests, on a free port of this machine: it takes, refuses and reports like it.

Example::

    with TwilioServer() as server:
        account = Account(from_number="+15005550006", **server.credentials)
        server.opted_out.add("+4915112345678")
        …                                        # send
        assert server.messages[0].body == "Paid"
        url, form, headers = server.callback(server.messages[0].sid, "delivered")
        …                                        # post the form there, with these headers
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from dsn_core.testing import DRIP, DRIP_HEAD, DROP, HANG, Answer, Call, HTTPServer
from dsn_sms.opting import START_WORDS, STOP_WORDS
from dsn_sms.pretending import DATE, Fault, SentSMS, fault_of, message_json, new_sid

if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection, Mapping

__all__ = ["DRIP", "DRIP_HEAD", "DROP", "HANG", "Answer", "Call", "SentSMS", "TwilioServer", "sign"]

ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
AUTH_TOKEN = "token-of-the-test-account"

Posted = tuple[str, dict[str, str], dict[str, str]]
"""A webhook: its URL, its form and its headers."""


def sign(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """The ``X-Twilio-Signature`` of ``form`` posted to ``url``.

    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _basic(pair: tuple[str, str]) -> str:
    """The header by which a user and her password log in."""
    return "Basic " + base64.b64encode(":".join(pair).encode()).decode()


class TwilioServer(HTTPServer):
    """Twilio's Messages and Account resources, for as long as the ``with`` block lasts.

    ``messages`` is what it took, ``opted_out`` holds the numbers that wrote STOP, ``calls`` every
    request. ``script(Answer(…))``, ``HANG`` and ``DROP`` make it do otherwise. Twilio's magic
    numbers do what they do there: https://www.twilio.com/docs/iam/test-credentials
    """

    def __init__(
        self,
        *,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        api_keys: Mapping[str, str] | None = None,
        senders: Collection[str] | None = None,
        status: str = "active",
        kind: str = "Full",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``api_keys`` are SIDs and secrets; ``senders`` what may stand in ``From`` (None: all).

        ``status`` and ``kind`` are the account's: active, suspended or closed; Full or Trial.
        """
        super().__init__(port=port, tls=tls)
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.api_keys = dict(api_keys or {})
        self.senders = senders
        self.status = status
        self.kind = kind
        self.opted_out: set[str] = set()
        self.messages: list[SentSMS] = []

    @property
    def credentials(self) -> dict[str, str]:
        """The fields of an account that come here."""
        return {
            "account_sid": self.account_sid,
            "auth_token": self.auth_token,
            "api_url": self.url,
        }

    @property
    def path(self) -> str:
        """Where the account is."""
        return f"/2010-04-01/Accounts/{self.account_sid}"

    def answer(self, call: Call) -> Answer:
        """What Twilio would say."""
        fault = self._stranger(call)
        if fault is not None:
            return fault.answer()
        if (call.method, call.path) == ("POST", f"{self.path}/Messages.json"):
            return self._take(call)
        if (call.method, call.path) == ("GET", f"{self.path}/Messages.json"):
            return Answer(json=self._page())
        if (call.method, call.path) == ("GET", f"{self.path}.json"):
            return self._account(call)
        return Fault(404, "20404", f"The requested resource {call.path} was not found").answer()

    def callback(self, sid: str, status: str, *, error_code: str | int = "") -> Posted:
        """What Twilio posts to the message's StatusCallback: URL, form and signed headers.

        Raises ``LookupError`` where no message has this SID, or it asked for no callback.
        """
        message = next((each for each in self.messages if each.sid == sid), None)
        if message is None or not message.status_callback:
            raise LookupError(f"No message {sid!r} asked for a callback")
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "From": message.sender,
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
            "To": message.to,
        }
        if message.service:
            form["MessagingServiceSid"] = message.service
        if error_code:
            form["ErrorCode"] = str(error_code)
        return self._posted(message.status_callback, form)

    def inbound(
        self, sender: str, to: str, body: str, url: str, *, opt_out_type: str = ""
    ) -> Posted:
        """What Twilio posts to ``url`` when ``sender`` writes ``body`` to our number ``to``.

        ``opt_out_type`` (STOP, START, HELP) is what Advanced Opt-Out adds. The words by which
        Twilio itself opts people out and in change ``opted_out``.
        """
        word = opt_out_type or body.strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add(sender)
        elif word in START_WORDS:
            self.opted_out.discard(sender)
        sid = new_sid()
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": body,
            "From": sender,
            "MessageSid": sid,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": to,
        }
        if opt_out_type:
            form["OptOutType"] = opt_out_type
        return self._posted(url, form)

    def _posted(self, url: str, form: dict[str, str]) -> Posted:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(url, form, self.auth_token),
        }
        return url, form, headers

    def _stranger(self, call: Call) -> Fault | None:
        """Why who calls is not let in; None: she is."""
        users = {self.account_sid: self.auth_token, **self.api_keys}
        if call.headers.get("authorization", "") not in map(_basic, users.items()):
            return Fault(401, "20003", "Authenticate")
        return None

    def _take(self, call: Call) -> Answer:
        form = call.form
        fault = fault_of(form, self.opted_out, self.senders)
        if self.status != "active":
            fault = Fault(403, "20005", f"Account {self.account_sid} is not active")
        if fault is not None:
            return fault.answer()
        message = SentSMS(
            sid=new_sid(),
            to=form["To"],
            body=form["Body"],
            sender=form.get("From", ""),
            service=form.get("MessagingServiceSid", ""),
            status_callback=form.get("StatusCallback", ""),
            form=form,
        )
        self.messages.append(message)
        return Answer(status=201, json=message_json(message, self.account_sid))

    def _page(self) -> dict[str, object]:
        newest = [message_json(each, self.account_sid) for each in self.messages[::-1][:50]]
        uri = f"{self.path}/Messages.json?PageSize=50&Page=0"
        return {"messages": newest, "page": 0, "page_size": 50, "uri": uri, "next_page_uri": None}

    def _account(self, call: Call) -> Answer:
        """An API key may not ask for it: https://www.twilio.com/docs/iam/api-keys"""
        if call.headers["authorization"] != _basic((self.account_sid, self.auth_token)):
            return Fault(401, "20003", "Authenticate").answer()
        return Answer(json=self._account_json())

    def _account_json(self) -> dict[str, object]:
        return {
            "sid": self.account_sid,
            "owner_account_sid": self.account_sid,
            "friendly_name": "The shop",
            "status": self.status,
            "type": self.kind,
            "auth_token": self.auth_token,
            "date_created": DATE,
            "date_updated": DATE,
            "uri": f"{self.path}.json",
            "subresource_uris": {"messages": f"{self.path}/Messages.json"},
        }
