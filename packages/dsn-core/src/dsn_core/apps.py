"""The app: label ``dsn``. Touches no table when it starts."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DSNConfig(AppConfig):
    """Makes DSN listen, and registers its checks."""

    name = "dsn_core"
    label = "dsn"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen. The index is read when the database is first used, plugins when it is."""
        from dsn_core.capture.listening import listener
        from dsn_core.checks import register_checks
        from dsn_core.doorbell import load_engine
        from dsn_core.models.exact import let_readers_search

        let_readers_search(self.label)
        register_checks()
        listener().start()
        load_engine()
