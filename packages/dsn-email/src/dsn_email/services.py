"""The e-mail services that django-anymail speaks to, and how each proves that it is the one.

As read in django-anymail 15.2, ``anymail/webhooks/``; https://anymail.dev/en/stable/esps/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service.

    * ``name``: for people.
    * ``view``: the class of anymail that reads its webhooks; empty where there is none.
    * ``key``: that class's argument for the key of the service's signature; empty: none is made.
    * ``must_sign``: the signature is looked at always, so that a key is needed.
    * ``extras``: further arguments that an account may give.
    * ``carries``: does it take metadata along, and hand it back?
    * ``why``: why there is no view, for people.
    """

    name: str
    view: str = ""
    key: str = ""
    must_sign: bool = False
    extras: tuple[str, ...] = ()
    carries: bool = True
    why: str = ""


BREVO = Service(name="Brevo", view="anymail.webhooks.brevo.BrevoTrackingWebhookView")

SERVICES: Mapping[str, Service] = {
    # https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
    "amazon_ses": Service(
        name="Amazon SES",
        carries=False,
        why="Amazon SNS logs in only where it is asked to by HTTP 401, and django-anymail does "
        "not look at its signature: nothing would tell Amazon from a stranger.",
    ),
    "brevo": BREVO,
    "mailersend": Service(
        name="MailerSend",
        view="anymail.webhooks.mailersend.MailerSendTrackingWebhookView",
        key="signing_secret",
        must_sign=True,
        carries=False,
    ),
    "mailgun": Service(
        name="Mailgun",
        view="anymail.webhooks.mailgun.MailgunTrackingWebhookView",
        key="webhook_signing_key",
        must_sign=True,
    ),
    "mailjet": Service(name="Mailjet", view="anymail.webhooks.mailjet.MailjetTrackingWebhookView"),
    "mailtrap": Service(
        name="Mailtrap",
        view="anymail.webhooks.mailtrap.MailtrapTrackingWebhookView",
        key="tracking_secret",
    ),
    "mandrill": Service(
        name="Mandrill",
        view="anymail.webhooks.mandrill.MandrillCombinedWebhookView",
        key="webhook_key",
        must_sign=True,
        extras=("webhook_url",),
    ),
    "postal": Service(
        name="Postal",
        view="anymail.webhooks.postal.PostalTrackingWebhookView",
        key="webhook_key",
        must_sign=True,
        carries=False,
    ),
    "postmark": Service(
        name="Postmark", view="anymail.webhooks.postmark.PostmarkTrackingWebhookView"
    ),
    "resend": Service(
        name="Resend",
        view="anymail.webhooks.resend.ResendTrackingWebhookView",
        key="signing_secret",
    ),
    "scaleway": Service(
        name="Scaleway", carries=False, why="django-anymail reads none of Scaleway's."
    ),
    "sendgrid": Service(
        name="SendGrid",
        view="anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
        key="tracking_webhook_verification_key",
    ),
    "sendinblue": BREVO,
    "sparkpost": Service(
        name="SparkPost", view="anymail.webhooks.sparkpost.SparkPostTrackingWebhookView"
    ),
    "unisender_go": Service(
        name="Unisender Go",
        view="anymail.webhooks.unisender_go.UnisenderGoTrackingWebhookView",
        key="api_key",
        must_sign=True,
    ),
}
"""By the module of the service's mail backend in anymail."""


def service_of(backend: object) -> Service | None:
    """The service that ``backend``, an instance, sends through; None: it is none of anymail's.

    A project's own subclass of one of anymail's backends counts as that.
    """
    for cls in type(backend).__mro__:
        package, _, module = cls.__module__.rpartition(".")
        if package == "anymail.backends" and module in SERVICES:
            return SERVICES[module]
    return None
