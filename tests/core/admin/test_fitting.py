"""Templates are offered where their `requires` fit; what no longer does is shown and kept."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group

from dsn_core.contract.verb import Verb
from dsn_core.models import Backend, Subscription, Trigger
from dsn_core.plugins.offers import Offer
from tests.core.admin.forms import form_values
from tests.host.models import Order

if TYPE_CHECKING:
    from django.http import HttpResponse

    from dsn_core.plugins.found import Found

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strange")]

CHARGED = "tests.charged"
WHY = (
    "The template 'tests.demanding' of backend 'Demanding' requires amount, which post_save does "
    "not provide: it provides created, using, update_fields. tests.charged would."
)


@pytest.fixture
def stranger(stranger: Found) -> Found:
    """It brings a verb, too, with the amount that the demanding template wants."""
    item = Verb(key=CHARGED, provides={"amount": Decimal})
    brought = Offer(
        kind="verb", key=CHARGED, label="", item=item, distribution="dsn-tests", version="7.1"
    )
    stranger.offers.append(brought)
    return stranger


@pytest.fixture
def demanding() -> Backend:
    return Backend.objects.create(
        name="Demanding", messenger="log", message_template="tests.demanding"
    )


@pytest.fixture
def plain() -> Backend:
    return Backend.objects.create(name="Plain", messenger="log", message_template="dsn.plain")


@pytest.fixture
def heard(plain) -> Subscription:
    """Of orders that are saved, which says nothing of an amount."""
    trigger = Trigger.objects.watch("post_save", Order, name="Saved")
    return Subscription.objects.subscribe(trigger, plain, name="Who hears")


@pytest.fixture
def unfit(heard, demanding) -> Subscription:
    """Stored when the template required less."""
    heard.backends.add(demanding)
    return heard


def url_of(row: Subscription | Trigger | Backend) -> str:
    return f"/admin/dsn/{row._meta.model_name}/{row.pk}/change/"


def offered(response: HttpResponse, inline: bool = False) -> list[str]:
    """The labels of the backends to tick."""
    context = response.context  # type: ignore[attr-defined]  # of the test client
    page = context["inline_admin_formsets"][1].formset if inline else None
    form = page.forms[0] if page else context["adminform"].form
    return [label for _pk, label in form.fields["backends"].widget.choices]


@pytest.mark.parametrize("inline", [False, True])
def test_a_backend_whose_template_does_not_fit_is_not_offered(boss, heard, demanding, inline):
    url = url_of(heard.trigger if inline else heard)
    assert offered(boss.get(url), inline) == ["Plain · Log"]


def test_it_is_offered_where_the_verb_provides_what_it_needs(boss, heard, demanding):
    Trigger.objects.update(verb=CHARGED)
    assert offered(boss.get(url_of(heard))) == ["Demanding · Log", "Plain · Log"]


def test_all_are_offered_while_no_trigger_is_chosen(boss, heard, demanding):
    page = boss.get("/admin/dsn/subscription/add/")
    assert offered(page) == ["Demanding · Log", "Plain · Log"]


@pytest.mark.parametrize("inline", [False, True])
def test_one_that_no_longer_fits_is_marked_and_kept(boss, unfit, inline):
    url = url_of(unfit.trigger if inline else unfit)
    response = boss.get(url)
    marked = "Demanding · Log (its template does not fit)"
    assert offered(response, inline) == [marked, "Plain · Log"]
    assert boss.post(url, form_values(response)).status_code == 302
    assert {backend.name for backend in unfit.backends.all()} == {"Demanding", "Plain"}


def test_one_that_no_longer_fits_is_said_above_the_form(boss, unfit):
    assert WHY in boss.get(url_of(unfit)).context["dsn_notices"]


def test_one_that_is_chosen_all_the_same_is_refused_with_who_provides_what(boss, heard, demanding):
    values = form_values(boss.get(url_of(heard))) | {"backends": [str(demanding.pk)]}
    form = boss.post(url_of(heard), values).context["adminform"].form
    assert form.errors["backends"] == [WHY]


def test_another_verb_is_held_against_what_is_subscribed_already(boss, heard, demanding):
    Trigger.objects.update(verb=CHARGED)
    heard.backends.set([demanding])
    url = url_of(heard.trigger)
    values = form_values(boss.get(url)) | {"verb": "post_save"}
    response = boss.post(url, values)
    form = response.context["inline_admin_formsets"][1].formset.forms[0]
    assert "which post_save does not provide" in form.errors["backends"][0]


def test_a_misspelt_path_is_refused_with_the_one_that_was_meant(boss, heard):
    values = form_values(boss.get(url_of(heard))) | {"recipient_paths": "custmer"}
    [words] = boss.post(url_of(heard), values).context["adminform"].form.errors["recipient_paths"]
    assert words.endswith(" Did you mean 'customer'?")


def templates(response: HttpResponse) -> dict[str, str]:
    field = response.context["adminform"].form.fields["message_template"]  # type: ignore[attr-defined]
    found: dict[str, str] = {}
    for key, label in field.widget.choices:
        found |= dict(label) if isinstance(label, list) else {key: label}
    return found


def test_a_subscribed_backend_is_offered_fitting_templates_only(boss, heard, plain):
    assert "tests.demanding" not in templates(boss.get(url_of(plain)))
    assert "tests.demanding" in templates(boss.get("/admin/dsn/backend/add/?messenger=log"))


def test_a_template_that_no_longer_fits_is_marked_and_kept(boss, unfit, demanding):
    response = boss.get(url_of(demanding))
    found = templates(response)
    assert found["tests.demanding"] == "tests.demanding (does not fit its triggers)"
    values = form_values(response) | {"name": "Renamed"}
    assert values["message_template"] == "tests.demanding"
    assert boss.post(url_of(demanding), values).status_code == 302
    assert Backend.objects.get(pk=demanding.pk).message_template == "tests.demanding"


def test_a_template_that_does_not_fit_is_refused_in_words(boss, heard, plain):
    values = form_values(boss.get(url_of(plain))) | {"message_template": "tests.demanding"}
    form = boss.post(url_of(plain), values).context["adminform"].form
    assert form.errors["message_template"] == [WHY.replace("'Demanding'", "'Plain'")]


def test_few_groups_are_ticked_and_many_are_searched(boss, heard):
    Group.objects.create(name="G0")
    assert 'type="checkbox" name="recipient_groups"' in boss.get(url_of(heard)).content.decode()
    Group.objects.bulk_create(Group(name=f"G{number}") for number in range(1, 30))
    page = boss.get(url_of(heard)).content.decode()
    assert 'name="recipient_groups" data-' in page or "recipient_groups_keys" in page
    assert "G17" not in page


def test_of_many_groups_those_chosen_are_kept(boss, heard):
    Group.objects.bulk_create(Group(name=f"G{number}") for number in range(30))
    chosen, added = Group.objects.get(name="G7"), Group.objects.get(name="G8")
    heard.recipient_groups.add(chosen)
    values = form_values(boss.get(url_of(heard))) | {"recipient_groups_keys": str(added.pk)}
    assert boss.post(url_of(heard), values).status_code == 302
    assert set(heard.recipient_groups.all()) == {chosen, added}


def test_where_there_is_no_backend_yet_the_page_says_so(boss):
    page = boss.get("/admin/dsn/trigger/add/").content.decode()
    assert "There is none yet: add one first." in page
