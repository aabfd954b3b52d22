"""Django system checks: what ``manage.py check`` says about DSN.

A plugin's fault is never an Error, because an Error stops ``migrate``. The ids are stable:

=========== =============================================================================
dsn.E001    ``settings.DSN`` cannot be used; nothing else is checked then
dsn.E002    ``DSN["ENGINE"]`` cannot be imported
dsn.E003    users, groups or some of DSN's tables are on another database than DSN
dsn.W001    a plugin is broken, or brings what cannot be used
dsn.W002    an app's ``signals`` cannot be imported: its signals are no verbs
dsn.W003    settings name a messenger that is not installed
dsn.W004    an account's values do not fit the messenger
dsn.W005    a messenger finds its account unusable
dsn.W006    ``DSN["DISABLED_PLUGINS"]`` names what is not installed
dsn.W007    ``ActorMiddleware`` stands before ``AuthenticationMiddleware``
dsn.W008    a path in ``DSN["ADDRESSES"]`` leads nowhere
dsn.W021    a Backend's messenger, account, template or options are gone or do not fit
dsn.W022    a Trigger's verb, model or condition is gone or does not fit
dsn.W023    a Subscription's recipient source is gone, or a template of it requires more
dsn.I001    events of an autocommit save are written after its commit
dsn.I002    a messenger has something to say about an account that it can use
dsn.I003    a messenger's service has nowhere to report to
=========== =============================================================================

W021 to W023 read the database, so only ``manage.py check --database`` and ``migrate`` see them.
I001 and I003 are reminders for production: ``manage.py check --deploy`` says them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Error as CheckError
from django.core.checks import Info, Tags, register
from django.core.checks import Warning as CheckWarning
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from dsn_core.conf import INLINE, WORKER, config
from dsn_core.exceptions import InvalidSetting
from dsn_core.fanout.attributes import attributes_of, gap_in
from dsn_core.inbound.accounts import accounts_with
from dsn_core.models.alias import WAY_TOGETHER, alias, what_is_apart
from dsn_core.models.fitness import unfit_rows
from dsn_core.plugins.accounts import account_names
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import error_words
from dsn_core.plugins.health import missing_messengers, own_problems, value_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.apps import AppConfig
    from django.core.checks import CheckMessage

    from dsn_core.contract.messenger import Messenger, Problem
    from dsn_core.models.fitness import Unfit

ACTOR_MIDDLEWARE = "dsn_core.middleware.ActorMiddleware"
AUTHENTICATION_MIDDLEWARE = "django.contrib.auth.middleware.AuthenticationMiddleware"
ROW_IDS = {"Backend": "dsn.W021", "Trigger": "dsn.W022", "Subscription": "dsn.W023"}


def register_checks() -> None:
    """Make ``manage.py check`` run the three below."""
    register(check_project)
    register(check_rows, Tags.database)
    register(check_deployment, deploy=True)


def check_project(
    *, app_configs: Sequence[AppConfig] | None = None, **_: object
) -> list[CheckMessage]:
    """All that can be told without the database."""
    if app_configs is not None and not any(app.label == "dsn" for app in app_configs):
        return []
    try:
        config()
    except InvalidSetting as error:
        return [CheckError(str(error), hint="Correct settings.DSN.", id="dsn.E001")]
    return [message for look in LOOKS for message in look()]


def check_deployment(*, app_configs: object = None, **_: object) -> list[CheckMessage]:
    """What only matters in production, and would be noise at every other command."""
    try:
        return [*_look_at_the_gap(), *_look_at_the_inbound()]
    except InvalidSetting:
        return []  # check_project says it


def check_rows(*, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """Stored rows that what is installed no longer fits. Before ``migrate`` there are none."""
    using = alias()
    if using not in (databases or ()):
        return []
    return [_row_message(row) for row in unfit_rows(using)]


def _row_message(row: Unfit) -> CheckMessage:
    message = f"{row.model} {row.name!r}: {row.message}"
    return CheckWarning(message, hint=row.hint, id=ROW_IDS[row.model])


def _look_at_engine() -> Iterator[CheckMessage]:
    path = config().engine
    try:
        import_string(path)
    except Exception as error:  # noqa: BLE001  whatever its import raises
        yield CheckError(
            f'DSN["ENGINE"] is {path!r}, which cannot be imported: {error_words(error)}',
            hint=f"Name {INLINE}, or {WORKER} and run dsn_worker, or another that is installed.",
            id="dsn.E002",
        )


def _look_at_databases() -> Iterator[CheckMessage]:
    apart = what_is_apart()
    if apart:
        yield CheckError(apart, hint=WAY_TOGETHER, id="dsn.E003")


def _look_at_plugins() -> Iterator[CheckMessage]:
    for plugin in catalog().plugins:
        for fault in plugin.faults:
            message = f"{plugin.distribution} {plugin.version}: {fault.message}"
            yield CheckWarning(message, hint=fault.hint or None, id="dsn.W001")
    for app in catalog().apps:
        for fault in app.faults:
            message = f"{app.distribution}: {fault.message}"
            yield CheckWarning(message, hint=fault.hint or None, id="dsn.W002")


def _look_at_accounts() -> Iterator[CheckMessage]:
    installed = catalog().offers["messenger"]
    for key in missing_messengers(installed):
        yield CheckWarning(
            f'DSN["MESSENGERS"]["{key}"] is for a messenger that is not installed.',
            hint=f"Install a plugin that brings it; installed are {', '.join(sorted(installed))}.",
            id="dsn.W003",
        )
    for key in installed:
        messenger = catalog().messenger(key)
        for name in account_names(messenger):
            yield from _account_messages(messenger, name)


def _account_messages(messenger: type[Messenger], name: str) -> Iterator[CheckMessage]:
    wrong = value_problems(messenger, name)
    for problem in wrong:
        yield CheckWarning(str(problem.message), hint=_hint(problem), id="dsn.W004")
    for problem in () if wrong else own_problems(messenger, name):
        message = f"{messenger.key}, account {name!r}: {problem.message}"
        if problem.serious:
            yield CheckWarning(message, hint=_hint(problem), id="dsn.W005")
        else:
            yield Info(message, hint=_hint(problem), id="dsn.I002")


def _hint(problem: Problem) -> str | None:
    return str(problem.hint) or None


def _look_at_disabled_plugins() -> Iterator[CheckMessage]:
    installed = {plugin.distribution for plugin in catalog().plugins}
    for name in sorted(config().disabled_plugins - installed):
        yield CheckWarning(
            f'DSN["DISABLED_PLUGINS"] names {name!r}, which is not an installed plugin.',
            hint=f"Take it out, or name one of {', '.join(sorted(installed))}.",
            id="dsn.W006",
        )


def _look_at_middleware() -> Iterator[CheckMessage]:
    order = list(settings.MIDDLEWARE)
    both = ACTOR_MIDDLEWARE in order and AUTHENTICATION_MIDDLEWARE in order
    if both and order.index(ACTOR_MIDDLEWARE) < order.index(AUTHENTICATION_MIDDLEWARE):
        yield CheckWarning(
            f"{ACTOR_MIDDLEWARE} stands before {AUTHENTICATION_MIDDLEWARE}.",
            hint="Put it after: before it, nobody is logged in yet, so that nobody is the actor.",
            id="dsn.W007",
        )


def _look_at_addresses() -> Iterator[CheckMessage]:
    for key, path in config().addresses.items():
        gap = gap_in(get_user_model(), path) if path else None
        if gap is None:
            continue
        model, name = gap
        yield CheckWarning(
            f'DSN["ADDRESSES"]["{key}"] is {path!r}, but {model._meta.label} has no {name!r}.',
            hint="Nobody is reached by it. Name a property, a method or one of its fields: "
            f"{', '.join(attributes_of(model))}.",
            id="dsn.W008",
        )


def _look_at_the_gap() -> Iterator[CheckMessage]:
    if config().atomic_saves or settings.DATABASES.get(alias(), {}).get("ATOMIC_REQUESTS"):
        return
    yield Info(
        "Outside transaction.atomic() a save is committed before Django sends post_save, so that "
        "a process killed between the two loses that one event.",
        hint='DSN["ATOMIC_SAVES"] = True puts the save of a watched model and its event into one '
        "transaction; ATOMIC_REQUESTS or atomic() do it for what they enclose.",
        id="dsn.I001",
    )


def _look_at_the_inbound() -> Iterator[CheckMessage]:
    """Accounts that settings name, of messengers that could hear what became of a message."""
    listening = [pair for pair in accounts_with("receive") if _is_configured(*pair)]
    lacks = _lacking(*listening[0]) if listening else None
    if lacks is None:
        return
    names = ", ".join(f"{key}:{name}" for key, name in listening)
    yield Info(
        f"The services behind {names} can report what became of a message and who wants no more, "
        f"but {lacks}.",
        hint='Set DSN["BASE_URL"] and include dsn_core.urls; or run dsn_poll, where the messenger '
        "can be asked.",
        id="dsn.I003",
    )


def _is_configured(key: str, account: str) -> bool:
    return account in config().messengers.get(key, {})


def _lacking(key: str, account: str) -> str | None:
    """What keeps a service from reporting, in words."""
    if not config().base_url:
        return 'DSN["BASE_URL"] is not set'
    try:
        reverse("dsn:webhook", kwargs={"messenger": key, "account": account})
    except NoReverseMatch:
        return "dsn_core.urls is not included in the project's URLs"
    except Exception:  # noqa: BLE001  a URLconf that cannot be imported: Django's own check says it
        return None
    return None


LOOKS = (
    _look_at_engine,
    _look_at_databases,
    _look_at_plugins,
    _look_at_accounts,
    _look_at_disabled_plugins,
    _look_at_middleware,
    _look_at_addresses,
)
