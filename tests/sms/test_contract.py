"""SMS does what DSN expects of a messenger."""

from __future__ import annotations

from dsn_core import OptedIn, OptedOut, Receipt, Refusal, Scope
from dsn_core.testing import DRIP, Answer, Arrived, MessengerContract
from dsn_sms.messenger import SMS
from dsn_sms.testing import TwilioServer
from tests.sms.texting import ADA, CALLBACK, SHOP, posted


def refusal(status, code, words, **headers):
    """How Twilio says no."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status=status, json={"code": code, "message": words, "status": status}, headers=headers
    )


class TestSMS(MessengerContract):
    messenger = SMS
    server_type = TwilioServer
    addresses = (ADA, "+4915112345679", "+33612345678")
    spellings = {"+49 151 1234-5678": ADA, "tel:+49(151)12345678": ADA}
    not_addresses = ("", "ada", "0151 12345678", "+49", "whatsapp:+4915112345678")
    throttled = refusal(429, 20429, "Too Many Requests", Retry_After="7")
    retry_after = 7
    drips = DRIP
    refusals = {
        "a number that nobody has": (refusal(400, 21211, "Invalid 'To'"), Refusal.ADDRESS),
        "a person who wrote STOP": (refusal(400, 21610, "Unsubscribed"), Refusal.ADDRESS),
        "a text that is too long": (refusal(400, 21617, "Too long"), Refusal.MESSAGE),
        "a wrong token": (refusal(401, 20003, "Authenticate"), Refusal.ACCOUNT, Scope.ACCOUNT),
        "a full queue": (refusal(429, 21611, "Queue is full"), Refusal.RETRY, Scope.ACCOUNT),
        "a fault of its own": (refusal(500, 20500, "Internal Server Error"), Refusal.RETRY),
        "a gateway's fault": (Answer(status=502, body="<p>Bad gateway</p>"), Refusal.IN_DOUBT),
    }

    def account(self, server):
        return {**server.credentials, "from_number": SHOP, "timeout": 0.8}

    def arrived(self, server):
        return [Arrived(address=sent.to, text=sent.body, id=sent.sid) for sent in server.messages]

    def webhooks(self, server, sent):
        sid = sent.provider_id
        yield (
            posted(*server.callback(sid, "delivered")),
            [Receipt(provider_id=sid, delivered=True, code="delivered", id=f"{sid}:delivered")],
        )
        for word, report in (("STOP", OptedOut), ("START", OptedIn)):
            url, form, headers = server.inbound(ADA, SHOP, word, CALLBACK)
            yield (
                posted(url, form, headers),
                [report(address=ADA, reason=word, id=form["MessageSid"])],
            )
