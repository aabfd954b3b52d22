"""What a trial needs to know: which event the words are about, and where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.preview_form import event_of, offered_events, with_chosen
from dsn_core.admin.samples import PREFIX, offered_samples
from dsn_core.admin.waiting import LONG
from dsn_core.admin.words import moment
from dsn_core.contract.fields import Fields
from dsn_core.contract.messenger import Audience
from dsn_core.exceptions import DSNError
from dsn_core.fanout.addressing import AddressBook
from dsn_core.fanout.routes import Route, address_path
from dsn_core.models import AccountState, Address
from dsn_core.models.alias import alias
from dsn_core.plugins.accounts import account, with_account
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import error_words
from dsn_core.plugins.labels import words
from dsn_core.plugins.scrubbing import Scrubber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model
    from django.http import HttpRequest, QueryDict

    from dsn_core.contract.messenger import Messenger
    from dsn_core.models import Backend, Event


class AboutForm(forms.Form):
    """Asked by GET: the event that the words are about."""

    event = forms.ChoiceField(label=_("Event"))

    def __init__(self, request: HttpRequest, backend: Backend) -> None:
        offered = _offered(request, backend)
        given = request.POST if request.method == "POST" else request.GET
        self.key = str(given.get("event") or offered[0][0])
        self.chosen = _chosen(self.key, request)
        super().__init__({"event": self.key})
        field = self.fields["event"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = with_chosen(offered, self.chosen)


def _offered(request: HttpRequest, backend: Backend) -> Sequence[tuple[str, str]]:
    # Whoever may not see events sees what is in one only by a sample of her own.
    if request.user.has_perm("dsn.view_event"):
        return offered_events(request, [backend])
    return offered_samples([backend])


def _chosen(key: str, request: HttpRequest) -> Event | None:
    if not key.startswith(PREFIX) and not request.user.has_perm("dsn.view_event"):
        return None
    return event_of(key, request)


class TrialForm(forms.Form):
    """Posted: where it goes; or, where everybody sees it, that this is meant."""

    address = forms.CharField(max_length=500, widget=forms.TextInput(attrs={"size": 40}))
    everybody = forms.BooleanField(label=_("Yes, publish it: everybody will see it"))

    def __init__(
        self,
        data: QueryDict | None,
        *,
        backend: Backend,
        messenger: type[Messenger],
        own: str = "",
    ) -> None:
        super().__init__(data)
        self.backend, self.messenger = backend, messenger
        is_public = messenger.audience is Audience.PUBLIC
        del self.fields["address" if is_public else "everybody"]
        if not is_public:
            field = self.fields["address"]
            field.label = words(messenger.address_label) or gettext("Address")
            field.initial = own
            field.help_text = _origin(messenger, own)

    def clean_address(self) -> str:
        """As its messenger writes it, and none that is not to be used."""
        raw: str = self.cleaned_data["address"]
        try:
            value = with_account(self.messenger, self.backend.account).normalize_address(raw)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
            said = str(error) if isinstance(error, DSNError) else error_words(error)
            raise forms.ValidationError(scrubber_of(self.backend).text(said)) from None
        inactive = Address.objects.using(alias()).filter(
            messenger=self.messenger.key,
            account__in=("", self.backend.account),
            value__in=(raw, value),
            active=False,
        )
        for row in inactive[:1]:
            why = {"why": row.reason or row.get_kind_display()}
            raise forms.ValidationError(gettext("This address is not to be used: %(why)s") % why)
        return value

    def clean(self) -> dict[str, Any] | None:
        """Refuse where the service has asked the account to wait: to ask again may cost it."""
        key = {"messenger": self.backend.messenger, "account": self.backend.account}
        waiting = AccountState.objects.using(alias()).filter(**key, held_since=None)
        for state in waiting.filter(next_slot__gt=timezone.now()).exclude(reason=""):
            assert state.next_slot is not None
            said = {"until": moment(state.next_slot, LONG), "why": state.reason}
            words = gettext("The service wants this account to wait until %(until)s: %(why)s")
            raise forms.ValidationError(words % said)
        return super().clean()


def scrubber_of(backend: Backend) -> Scrubber:
    """What takes the secrets of the account of ``backend`` out of a text."""
    try:
        return Scrubber(account(catalog().messenger(backend.messenger), backend.account))
    except DSNError:
        return Scrubber(Fields())


def _origin(messenger: type[Messenger], own: str) -> str:
    if own:
        return gettext("Your own, as %(messenger)s would reach you.") % {
            "messenger": words(messenger.label)
        }
    return gettext("None is known of you: type one.")


def own_address(user: Model, backend: Backend, messenger: type[Messenger]) -> str:
    """Where ``user`` would be reached by ``backend``; empty where she would not."""
    route = Route(
        backend=backend,
        subscriptions=(),
        public=False,
        messenger=None,
        field=address_path(messenger),
    )
    places = AddressBook.of([user], [route]).places(user, route)
    return next((place.value for place in places if place.value and not place.code), "")
