"""The app. Add ``"dsn_inbox"`` to INSTALLED_APPS."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    """The inbox of this site's users."""

    name = "dsn_inbox"
    label = "dsn_inbox"
    verbose_name = _("Inbox")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks. Touches no table."""
        from dsn_core.models.exact import let_readers_search
        from dsn_inbox.checks import register_checks

        let_readers_search(self.label)
        register_checks()
