"""What an e-mail account and an e-mail Backend may be told."""

from __future__ import annotations

from collections.abc import Mapping

from dsn_core import Fields, option


class Account(Fields):
    """What sends the mail, and in whose name.

    Name a ``mailer`` or a ``backend``, or neither: then the project's own mail settings are used.

    Example: ``{"backend": "anymail.backends.postmark.EmailBackend", "options": {"server_token": "…"}}``
    """  # noqa: E501

    mailer: str = option(
        default="", label="Mailer", help="An alias of settings.MAILERS, which Django 6.1 brought."
    )
    backend: str = option(
        default="",
        label="Mail backend",
        help="The dotted path of a Django mail backend; SMTP, where only options are given.",
    )
    options: Mapping[str, object] = option(
        default_factory=dict,
        label="Backend options",
        help="Keyword arguments of the mail backend, as in the OPTIONS of MAILERS.",
        secret=True,
    )
    from_email: str = option(
        default="",
        label="From",
        help="'shop@example.org' or 'The shop <shop@example.org>'; else DEFAULT_FROM_EMAIL.",
    )
    reply_to: tuple[str, ...] = option(
        default=(), label="Reply to", help="Addresses that answers go to, if not to the sender's."
    )
    domain: str = option(
        default="",
        label="Domain of message IDs",
        help="What stands after the @ of each Message-ID; else the domain of the From address.",
    )
    webhook_secret: str = option(
        default="",
        label="Webhook secret",
        help="'user:password', with which an e-mail service's webhooks must log in.",
        secret=True,
    )
    webhook_options: Mapping[str, object] = option(
        default_factory=dict,
        label="Webhook options",
        help="The key of the e-mail service's signature, by the name that the service's page has.",
        secret=True,
    )


class Options(Fields):
    """What one Backend does its own way. What is empty comes from the account."""

    from_email: str = option(default="", label="From", help="Instead of the account's.")
    reply_to: tuple[str, ...] = option(
        default=(), label="Reply to", help="Instead of the account's."
    )
    tags: tuple[str, ...] = option(
        default=(),
        label="Tags",
        help="By which an e-mail service groups its statistics; plain SMTP has none.",
    )
