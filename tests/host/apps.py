"""The host app, label ``host``."""

from __future__ import annotations

from django.apps import AppConfig


class HostConfig(AppConfig):
    """Stands for any project that uses DSN."""

    name = "tests.host"
    label = "host"
