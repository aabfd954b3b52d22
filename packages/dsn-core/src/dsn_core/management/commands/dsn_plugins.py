"""``manage.py dsn_plugins``: what is installed, what it brings, what is wrong."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TypedDict

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseFailure
from django.db import transaction

from dsn_core.conf import config
from dsn_core.exceptions import InvalidSetting
from dsn_core.models.alias import alias
from dsn_core.plugins.accounts import account_names
from dsn_core.plugins.catalog import Catalog, catalog, make_catalog
from dsn_core.plugins.discovery import discover
from dsn_core.plugins.health import missing_messengers, probed_problems, problems
from dsn_core.plugins.signals import discover_apps
from dsn_core.records.holding import held_accounts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

    from django.core.management.base import CommandParser

    from dsn_core.contract.messenger import Problem
    from dsn_core.plugins.found import Found
    from dsn_core.plugins.offers import Fault


class Wrong(TypedDict):
    """Something that is wrong, and what to do about it."""

    message: str
    hint: str


class Brought(TypedDict):
    """One thing that a plugin brings and that is used."""

    kind: str
    key: str
    label: str


class PluginReport(TypedDict):
    """One entry point of a distribution."""

    distribution: str
    version: str
    module: str
    disabled: bool
    brings: list[Brought]
    faults: list[Wrong]


class AppReport(TypedDict):
    """One installed app with a ``signals`` module."""

    app: str
    module: str
    brings: list[Brought]
    faults: list[Wrong]


class AccountReport(TypedDict):
    """One account of a messenger. ``held``: why it is not used just now, None where it is."""

    usable: bool
    held: str | None
    problems: list[Wrong]


class MessengerReport(TypedDict):
    """One installed messenger."""

    label: str
    channel: str
    distribution: str
    configured: bool
    accounts: dict[str, AccountReport]


class Report(TypedDict):
    """What ``--json`` prints."""

    settings: list[Wrong]
    plugins: list[PluginReport]
    apps: list[AppReport]
    messengers: dict[str, MessengerReport]


class Command(BaseCommand):
    """Lists plugins. Exits with 0 whatever is wrong with them.

    With ``--probe`` the services of some accounts, or of all, are asked whether they take them;
    then it exits with 1 where one of these cannot be used.

    ``--json`` prints one object, whose names stay as they are within a major version::

        {"settings":   [{"message", "hint"}],          what is wrong with settings.DSN itself
         "plugins":    [{"distribution", "version", "module", "disabled",
                         "brings": [{"kind", "key", "label"}],
                         "faults": [{"message", "hint"}]}],
         "apps":       [{"app", "module", "brings", "faults"}],    verbs of apps' signals.py
         "messengers": {key: {"label", "channel", "distribution", "configured",
                              "accounts": {name: {"usable", "held",
                                                  "problems": [{"message", "hint"}]}}}}}

    ``module`` is what the entry point names. ``kind`` is messenger, message_template, verb,
    recipient_source or gate. ``brings`` holds what is used, so nothing that was refused.
    ``configured`` is true where at least one account is usable. ``usable`` is what settings and
    the messenger say; ``held`` is why the account is held nonetheless, or null. Where there is no
    database, or no table of DSN's, none is held.
    """

    help = "Lists the installed plugins: what each brings, and what is wrong with it."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs; a stable format")
        parser.add_argument(
            "--probe",
            nargs="*",
            metavar="MESSENGER[:ACCOUNT]",
            help="ask the services of these accounts, or of all, whether they take them; "
            "exits with 1 where one does not",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        probed = _chosen(options["probe"])
        report = make_report(probed)
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2, ensure_ascii=False))
        else:
            for line in lines_of(report):
                self.stdout.write(line)
        messengers = report["messengers"]
        if not all(messengers[key]["accounts"][name]["usable"] for key, name in probed):
            sys.exit(1)


def _chosen(names: list[str] | None) -> set[tuple[str, str]]:
    """The accounts that are to be asked: none, those that are named, or all."""
    if names is None:
        return set()
    try:
        known = {
            (key, account)
            for key in catalog().offers["messenger"]
            for account in account_names(catalog().messenger(key))
        }
    except InvalidSetting as error:
        raise CommandError(str(error)) from error
    return {one for name in names for one in _named(name, known)} if names else known


def _named(name: str, known: Collection[tuple[str, str]]) -> Collection[tuple[str, str]]:
    messenger, _colon, account = name.partition(":")
    found = {one for one in known if one[0] == messenger and account in ("", one[1])}
    if not found:
        all_names = ", ".join(sorted(map(":".join, known)))
        raise CommandError(f"There is no account {name!r}. There are: {all_names}.")
    return found


def make_report(probed: Collection[tuple[str, str]] = ()) -> Report:
    """All that the command shows; the services of the ``probed`` accounts are asked."""
    try:
        config()
    except InvalidSetting as error:
        found = make_catalog(discover(), discover_apps())
        wrong = Wrong(message=str(error), hint="Correct settings.DSN.")
        return _report(found, settings=[wrong], messengers={})
    missing = missing_messengers(catalog().offers["messenger"])
    settings = [
        Wrong(
            message=f'DSN["MESSENGERS"]["{key}"] is for a messenger that is not installed.',
            hint="Install a plugin that brings it, or take the entry out.",
        )
        for key in missing
    ]
    return _report(catalog(), settings=settings, messengers=_messengers(catalog(), probed))


def _report(
    found: Catalog, *, settings: list[Wrong], messengers: dict[str, MessengerReport]
) -> Report:
    return Report(
        settings=settings,
        plugins=[_plugin(found, plugin) for plugin in found.plugins],
        apps=[_app(found, app) for app in found.apps],
        messengers=messengers,
    )


def _plugin(found: Catalog, plugin: Found) -> PluginReport:
    return PluginReport(
        distribution=plugin.distribution,
        version=plugin.version,
        module=plugin.module,
        disabled=plugin.disabled,
        brings=_brought(found, plugin),
        faults=_wrongs(plugin.faults),
    )


def _app(found: Catalog, app: Found) -> AppReport:
    return AppReport(
        app=app.distribution,
        module=app.module,
        brings=_brought(found, app),
        faults=_wrongs(app.faults),
    )


def _brought(found: Catalog, plugin: Found) -> list[Brought]:
    return [
        Brought(kind=offer.kind, key=offer.key, label=offer.title)
        for offer in plugin.offers
        if found.offers[offer.kind].get(offer.key) is offer
    ]


def _wrongs(faults: Sequence[Fault | Problem]) -> list[Wrong]:
    return [Wrong(message=str(fault.message), hint=str(fault.hint)) for fault in faults]


def _messengers(found: Catalog, probed: Collection[tuple[str, str]]) -> dict[str, MessengerReport]:
    held = _held()
    return {key: _messenger(found, key, held, probed) for key in sorted(found.offers["messenger"])}


def _held() -> Mapping[tuple[str, str], str]:
    """Why which accounts are held. A site that has no tables yet holds none."""
    try:
        with transaction.atomic(using=alias()):
            return {account: state.reason for account, state in held_accounts().items()}
    except (DatabaseFailure, ImproperlyConfigured):
        return {}


def _messenger(
    found: Catalog,
    key: str,
    held: Mapping[tuple[str, str], str],
    probed: Collection[tuple[str, str]],
) -> MessengerReport:
    offer, messenger = found.offers["messenger"][key], found.messenger(key)
    accounts: dict[str, AccountReport] = {}
    for name in account_names(messenger):
        ask = probed_problems if (key, name) in probed else problems
        said = ask(messenger, name)
        accounts[name] = AccountReport(
            usable=not any(problem.serious for problem in said),
            held=held.get((key, name)),
            problems=_wrongs(said),
        )
    return MessengerReport(
        label=offer.title,
        channel=messenger.channel,
        distribution=offer.distribution,
        configured=any(account["usable"] for account in accounts.values()),
        accounts=accounts,
    )


def lines_of(report: Report) -> Iterator[str]:
    """The report as lines for people."""
    yield from _wrong_lines("settings.DSN", report["settings"])
    for plugin in report["plugins"]:
        disabled = " (disabled)" if plugin["disabled"] else ""
        yield f"{plugin['distribution']} {plugin['version']}  {plugin['module']}{disabled}"
        yield from _bringing_lines(plugin)
    for app in report["apps"]:
        yield f"app {app['app']}  {app['module']}"
        yield from _bringing_lines(app)
    yield from _account_lines(report["messengers"])


def _bringing_lines(plugin: PluginReport | AppReport) -> Iterator[str]:
    for brought in plugin["brings"]:
        yield f"  {brought['kind'].replace('_', ' '):17} {brought['key']:25} {brought['label']}"
    yield from _wrong_lines("wrong", plugin["faults"], indent="  ")


def _account_lines(messengers: dict[str, MessengerReport]) -> Iterator[str]:
    if messengers:
        yield "accounts"
    for key, messenger in messengers.items():
        if not messenger["accounts"]:
            yield f"  {key:25} not configured"
        for name, account in messenger["accounts"].items():
            yield f"  {f'{key} {name}':25} {_standing(account)}"
            word = "note" if account["usable"] else "wrong"
            yield from _wrong_lines(word, account["problems"], indent="    ")


def _standing(account: AccountReport) -> str:
    usable = "usable" if account["usable"] else "not usable"
    if account["held"] is None:
        return usable
    held = f"held: {' '.join(account['held'].split())}"
    return held if account["usable"] else f"{usable}, {held}"


def _wrong_lines(what: str, wrongs: Sequence[Wrong], *, indent: str = "") -> Iterator[str]:
    for wrong in wrongs:
        yield f"{indent}{what}: {wrong['message']}"
        if wrong["hint"]:
            yield f"{indent}  {wrong['hint']}"
