"""Connects: one receiver per signal and watched sender, and what wakes the index when it is not
read yet or no longer right. A model that nothing watches has no receiver of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import TYPE_CHECKING, cast

from django.core.signals import request_started, setting_changed
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models import signals as model_signals
from django.db.models.signals import m2m_changed, post_delete, post_migrate, pre_delete, pre_save

from dsn_core.builtin.verbs import core_verbs
from dsn_core.capture.before import PLACE
from dsn_core.capture.hearing import contain_errors, hear, hear_before_save, hear_saved
from dsn_core.capture.saving import wrap_saves
from dsn_core.capture.watching import Watch
from dsn_core.models.alias import alias
from dsn_core.models.parts import MODEL_VERBS
from dsn_core.models.revision import edited
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.signals import discover_apps

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model
    from django.dispatch import Signal

    from dsn_core.capture.ruling import Key
    from dsn_core.contract.verb import Verb

Receiver = Callable[..., None]
UID = "dsn.capture"
WAKERS = (pre_save, m2m_changed)
"""Sent before anything is written, so that the index is there when ``post_save`` is."""
DELETIONS = (pre_delete, post_delete)


class Listener:
    """Owns the watch and every receiver that is connected for it."""

    def __init__(self) -> None:
        self.watch = Watch(on_change=self.connect, on_stale=self.arm)
        self._lock = threading.RLock()
        self._connected: dict[Key, Receiver] = {}
        self._heard: set[str] = set()
        self._known: frozenset[Key] = frozenset()
        self._armed = False

    def start(self) -> None:
        """Listen to what tells that DSN is used, and wait. Touches no table, loads no plugin."""
        connection_created.connect(self._on_connection, dispatch_uid=UID)
        request_started.connect(self._on_request, dispatch_uid=UID)
        post_migrate.connect(self._on_migrated, dispatch_uid=UID)
        setting_changed.connect(self._on_setting, dispatch_uid=UID)
        edited.connect(self._on_edit, dispatch_uid=UID)
        self._hear_verbs((*core_verbs(), *_app_verbs()))
        self.arm()

    # What wakes the index

    def arm(self) -> None:
        """Until the index is read, hear every save and every relation, and load before a delete.

        ``pre_delete`` and ``post_delete`` are not connected: that would turn off Django's fast
        delete. Their ``has_listeners`` is asked before each delete, and loads first.
        """
        with self._lock:
            if self._armed:
                return
            self._armed = True
            self._known = frozenset(self._connected)
            for signal in WAKERS:
                signal.connect(self._wake, weak=False, dispatch_uid=f"{UID}.wake")
            for signal in DELETIONS:
                signal.has_listeners = partial(self._has_listeners, signal)  # type: ignore[method-assign]

    def _disarm(self) -> None:
        if not self._armed:
            return
        if not self.watch.is_current:
            self._known = frozenset(self._connected)
            return
        self._armed = False
        for signal in WAKERS:
            signal.disconnect(dispatch_uid=f"{UID}.wake")
        for signal in DELETIONS:
            vars(signal).pop("has_listeners", None)

    @contain_errors
    def _wake(self, signal: Signal, sender: object, **kwargs: object) -> None:
        """Load, then pass the signal on: a receiver connected while it is sent is not called, be
        it by this thread or by another; those in ``_known`` were there before it was sent."""
        known = self._known
        self._load()
        key: Key = (next(name for name in MODEL_VERBS if _signal(name) is signal), sender)
        if key not in known and key in self._connected:
            self._connected[key](sender=sender, signal=signal, **kwargs)

    def _has_listeners(self, signal: Signal, sender: object = None) -> bool:
        self._load()
        return type(signal).has_listeners(signal, sender)

    @contain_errors
    def _load(self) -> None:
        self.watch.current()
        self.connect()

    # What says that it is time to look

    @contain_errors
    def _on_connection(self, connection: BaseDatabaseWrapper, **_: object) -> None:
        name = connection.alias
        if name == alias() and connections[name] is connection:
            self._load()

    @contain_errors
    def _on_request(self, **_: object) -> None:
        self.watch.refresh_if_open()

    def _on_edit(self, using: str, **_: object) -> None:
        self.watch.edited(using)

    def _on_migrated(self, **_: object) -> None:
        self.watch.forget()

    def _on_setting(self, setting: str, **_: object) -> None:
        if setting in ("DSN", "INSTALLED_APPS", "DATABASE_ROUTERS"):
            self.watch.forget()

    # What is connected

    @contain_errors
    def connect(self) -> None:
        """Connect a receiver for each sender that is watched now, and no other."""
        with self._lock:
            wanted = self._wanted()
            for key in wanted - set(self._connected):
                self._connect(key)
            for key in set(self._connected) - wanted:
                self._disconnect(key)
            self._hear_verbs(catalog().verbs())
            wrap_saves(
                cast("type[Model]", sender) for verb, sender in wanted if verb == "post_save"
            )
            self._disarm()

    def _wanted(self) -> set[Key]:
        wanted: set[Key] = set()
        for index in self.watch.indexes():
            for (verb, sender), watched in index.watched.items():
                if sender is not None:
                    wanted.add((verb, sender))
                if verb == "pre_save" or (verb == "post_save" and watched.needs_before):
                    wanted |= {("pre_save", sender), ("post_save", sender)}
        return wanted

    def _connect(self, key: Key) -> None:
        verb, sender = key
        receiver = MAKERS.get(verb, _make_receiver)(self.watch, verb, sender)
        self._connected[key] = receiver
        _signal(verb).connect(receiver, sender=sender, weak=False, dispatch_uid=_uid(key))

    def _disconnect(self, key: Key) -> None:
        del self._connected[key]
        verb, sender = key
        _signal(verb).disconnect(sender=sender, dispatch_uid=_uid(key))

    def _hear_verbs(self, verbs: Iterable[Verb]) -> None:
        """Every other verb has one receiver of ours for good: it costs no save anything, and a
        signal that is sent before the index is read is heard."""
        for verb in verbs:
            if verb.signal is not None and verb.key not in (*MODEL_VERBS, *self._heard):
                self._heard.add(verb.key)
                receiver = _make_receiver(self.watch, verb.key, None)
                verb.signal.connect(receiver, weak=False, dispatch_uid=f"{UID}.{verb.key}")


def _app_verbs() -> Iterable[Verb]:
    return [cast("Verb", offer.item) for app in discover_apps() for offer in app.offers]


def _signal(verb: str) -> Signal:
    return cast("Signal", getattr(model_signals, verb))


def _uid(key: Key) -> str:
    return f"{UID}.{key[0]}"


def _make_receiver(watch: Watch, verb: str, sender: object) -> Receiver:
    key = (verb, sender)
    is_model_signal = verb in MODEL_VERBS

    def receive(signal: object, sender: object, **values: object) -> None:
        if is_model_signal and values.get("raw"):
            return
        watched = watch.current().watched.get(key)
        if watched is not None:
            hear(verb, sender, values, watched)

    return receive


def _make_relation_changed(watch: Watch, verb: str, sender: object) -> Receiver:
    inner = _make_receiver(watch, verb, sender)

    def receive(
        signal: object, sender: object, action: str, model: type[Model], **values: object
    ) -> None:
        if action.startswith("post_"):
            inner(signal, sender, action=action, model=model._meta.label_lower, **values)

    return receive


def _make_before_save(watch: Watch, verb: str, sender: object) -> Receiver:
    before, after = ("pre_save", sender), ("post_save", sender)

    def receive(
        signal: object, sender: object, instance: Model, raw: bool = False, **values: object
    ) -> None:
        if raw:
            return
        watched = watch.current().watched
        counting, later = watched.get(before), watched.get(after)
        # Asked first, here and below: most saves of a watched model are of other objects. One of
        # ours that is under way ends what it began.
        if (
            PLACE in instance._state.__dict__
            or (counting is not None and counting.rules_for(instance))
            or (later is not None and later.rules_for(instance))
        ):
            hear_before_save(instance, values, counting, later)

    return receive


def _make_saved(watch: Watch, verb: str, sender: object) -> Receiver:
    key = (verb, sender)

    def receive(
        signal: object, sender: object, instance: Model, raw: bool = False, **values: object
    ) -> None:
        if raw:
            return
        watched = watch.current().watched.get(key)
        if PLACE in instance._state.__dict__ or (
            watched is not None and watched.rules_for(instance)
        ):
            hear_saved(instance, values, watched)

    return receive


MAKERS: dict[str, Callable[[Watch, str, object], Receiver]] = {
    "pre_save": _make_before_save,
    "post_save": _make_saved,
    "m2m_changed": _make_relation_changed,
}


@cache
def listener() -> Listener:
    """The one of this process."""
    return Listener()
