"""Mail backends as a project might have written them."""

from __future__ import annotations

from importlib import import_module

from django.core.mail.backends.base import BaseEmailBackend


class Counting(BaseEmailBackend):
    """It returns what its option `count` says."""

    def __init__(self, *, count=1, **kwargs):
        super().__init__(**kwargs)
        self.count = count

    def send_messages(self, messages):
        return self.count


class Raising(BaseEmailBackend):
    """It raises what its options say, when opened or when sending."""

    def __init__(self, *, opening=None, sending=None, **kwargs):
        super().__init__(**kwargs)
        self.opening = opening
        self.sending = sending
        self.closed = 0

    def open(self):
        if self.opening:
            raise self.opening
        return True

    def close(self):
        self.closed += 1
        raise RuntimeError("close() fails too")

    def send_messages(self, messages):
        if self.sending:
            raise self.sending
        return len(messages)


def not_a_backend(**kwargs):
    """Something importable that is no mail backend."""
    return kwargs


def __getattr__(name):
    """Subclasses of anymail's backends, such as ``PostmarkOfOurs``; made when asked for."""
    service, _, rest = name.partition("OfOurs")
    if rest or service == name:
        raise AttributeError(name)
    module = import_module(f"anymail.backends.{service.lower()}")
    return type(name, (module.EmailBackend,), {"__module__": __name__})
