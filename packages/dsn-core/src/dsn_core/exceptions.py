"""One class for each mistake; what a caller would catch anyway is its base."""

from __future__ import annotations


class DSNError(Exception):
    """The base of DSN's own errors."""


class InvalidAddress(DSNError, ValueError):
    """This cannot be an address of this messenger.

    Example: ``raise InvalidAddress(f"{raw!r} has no @")``
    """


class InvalidSetting(DSNError, ValueError):
    """A value in ``settings.DSN`` cannot be used; the message begins with its path."""


class InvalidFields(DSNError, TypeError):
    """An ``Account`` or ``Options`` class declares a field that the core cannot draw."""


class InvalidValues(DSNError, ValueError):
    """Stored options, or an account's settings, do not fit what the messenger declares."""


class NotInstalled(DSNError, LookupError):
    """Nothing that is installed has this key."""


class UnknownVerb(NotInstalled):
    """No installed app or plugin provides this verb."""


class InvalidTrigger(DSNError, ValueError):
    """What a Trigger should wait for makes no sense; the message says which part and why."""


class InvalidSubscription(DSNError, ValueError):
    """Who should hear, or through what, makes no sense; the message says which and why."""


class InvalidCondition(DSNError, ValueError):
    """A condition names a field, an operator or a value that cannot be."""


class InvalidTransition(DSNError, ValueError):
    """A delivery in this state cannot go into that one."""


class InvalidReport(DSNError, TypeError):
    """A messenger's ``receive`` or ``poll`` gave what is no report."""


class PollFailed(DSNError, RuntimeError):
    """A service could not be asked for its reports, or its answer not be read."""


class TemplateRefused(DSNError, ValueError):
    """A message template cannot be compiled or rendered; the message names the part and line."""
