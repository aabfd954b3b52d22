"""A test message from a backend's page: who may send it, where it goes, and what is said of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import resolve
from django.utils import timezone

from dsn_core.contract.messenger import Audience
from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.models import AccountState, Address, Backend, Delivery, Event, StoredTemplate, Trigger
from dsn_core.models.payload import encode
from dsn_core.models.subscription import Subscription
from tests.core.admin.strangers import Pager
from tests.host.models import Order

if TYPE_CHECKING:
    from dsn_core.contract.message import Envelope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strange", "accounts")]


class Service:
    """What stands at the other end of the pager."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []
        self.answer: Accepted | Refused = Accepted(provider_id="p-1")

    def send(self, envelope: Envelope) -> Accepted | Refused:
        self.sent.append(envelope)
        return self.answer


@pytest.fixture
def service(monkeypatch) -> Service:
    made = Service()
    monkeypatch.setattr(Pager, "send", lambda _pager, envelope: made.send(envelope))
    return made


@pytest.fixture
def backend() -> Backend:
    StoredTemplate.objects.create(
        key="shop.paid", text="{{ user.username }}: {{ action_object.number }}"
    )
    return Backend.objects.create(
        name="Pager: paid", messenger="pager", message_template="shop.paid", options={"old": 1}
    )


def url_of(backend: Backend) -> str:
    return f"/admin/dsn/backend/{backend.pk}/trial/"


def told_of(backend: Backend, number: str = "A-7") -> Event:
    """An event that leads to ``backend``."""
    trigger = Trigger.objects.watch("post_save", Order, name="Paid")
    Subscription.objects.subscribe(trigger, backend, name="Who hears")
    payload = {"action_object": encode(Order(pk=7, number=number))}
    return Event.objects.create(verb="post_save", trigger_ids=[trigger.pk], payload=payload)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_one_message_goes_to_the_address_with_the_words_of_the_event(boss, service, backend):
    event = told_of(backend)
    values = {"address": "+49 151", "event": event.pk}
    response = boss.post(url_of(backend), values, follow=True)
    [envelope] = service.sent
    assert (envelope.address, envelope.message.text) == ("+49151", "boss: A-7")
    assert said(response) == [
        "A test was sent to +49151. The service took it. It calls it p-1.",
    ]
    assert not Delivery.objects.exists()


def test_it_is_in_the_log_of_the_backend(boss, service, backend):
    boss.post(url_of(backend), {"address": "+49151"})
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user.get_username()) == (str(backend.pk), "boss")
    assert "A test was sent to +49151. The service took it." in entry.get_change_message()


def test_a_look_at_the_page_sends_nothing(boss, service, backend):
    response = boss.get(url_of(backend), {"address": "+49151"})
    assert response.status_code == 200
    assert service.sent == []
    assert not LogEntry.objects.exists()


def test_it_goes_to_one_s_own_address(boss, service, backend):
    Address.objects.create(messenger="pager", value="+4917", user=User.objects.get())
    page = boss.get(url_of(backend)).content.decode()
    assert 'value="+4917"' in page
    assert "Your own, as Pager would reach you." in page


def test_who_has_no_address_types_one(boss, service, backend):
    assert "None is known of you: type one." in boss.get(url_of(backend)).content.decode()
    response = boss.post(url_of(backend), {"address": ""})
    assert list(response.context["form"].errors) == ["address"]
    assert service.sent == []


@pytest.mark.parametrize("codename", ["view_backend", "add_backend", "delete_backend"])
def test_who_may_not_change_the_backend_sends_nothing(staff, service, backend, codename):
    client = staff(codename, "view_event")
    assert client.get(url_of(backend)).status_code == 403
    assert client.post(url_of(backend), {"address": "+49151"}).status_code == 403
    assert service.sent == []


def test_who_may_not_see_events_sends_a_sample_only(staff, service, backend):
    event = told_of(backend)
    client = staff("change_backend")
    offered = client.get(url_of(backend)).context["about"].fields["event"].choices
    assert [words for _key, words in offered] == ["A sample: “Paid”"]
    response = client.post(url_of(backend), {"address": "+49151", "event": event.pk})
    assert response.status_code == 200
    assert service.sent == []


@pytest.mark.parametrize(("may_see", "number"), [(True, "A-9"), (False, "")])
def test_a_sample_is_about_the_newest_object_that_she_may_see(
    staff, service, backend, may_see, number
):
    told_of(backend)
    Order.objects.create(number="A-8")
    Order.objects.create(number="A-9")
    client = staff("change_backend", *(["view_order"] if may_see else []))
    client.post(url_of(backend), {"address": "+49151"})
    assert service.sent[0].message.text == f"clerk: {number}".strip()


def test_what_the_service_refuses_is_said_without_a_secret(boss, service, backend):
    service.answer = Refused(refusal=Refusal.MESSAGE, code="413", reason="s3cr3t-token is long")
    response = boss.post(url_of(backend), {"address": "+49151"}, follow=True)
    [words] = said(response)
    assert words.startswith(
        "A test to +49151 was tried. The service will never take this message. It said: 413: "
    )
    assert "s3cr3t-token" not in response.content.decode()
    assert "s3cr3t-token" not in LogEntry.objects.get().get_change_message()


def test_an_address_that_cannot_be_is_refused_at_its_field(boss, service, backend):
    response = boss.post(url_of(backend), {"address": "0151"})
    assert response.context["form"].errors == {"address": ["'0151' does not begin with +"]}
    assert service.sent == []


def test_nothing_goes_to_an_address_that_has_opted_out(boss, service, backend):
    off = {"active": False, "kind": "opted_out", "reason": "STOP"}
    Address.objects.create(messenger="pager", value="+49151", **off)
    response = boss.post(url_of(backend), {"address": "+49 151"})
    assert response.context["form"].errors == {"address": ["This address is not to be used: STOP"]}
    assert service.sent == []


def test_an_account_that_was_asked_to_wait_is_not_tried(boss, service, backend):
    AccountState.objects.create(
        messenger="pager",
        account="default",
        next_slot=timezone.now() + timedelta(hours=1),
        reason="429",
    )
    response = boss.post(url_of(backend), {"address": "+49151"})
    assert "The service wants this account to wait" in str(response.context["form"].errors)
    assert service.sent == []


def test_a_held_account_is_said_and_may_be_tried(boss, service, backend):
    """A test shows whether what was mended works."""
    held = {"held_since": timezone.now(), "reason": "401 Unauthorized"}
    AccountState.objects.create(messenger="pager", account="default", **held)
    assert "It is held: 401 Unauthorized" in boss.get(url_of(backend)).content.decode()
    boss.post(url_of(backend), {"address": "+49151"})
    assert len(service.sent) == 1


def test_what_everybody_would_see_is_asked_for_first(boss, service, backend, monkeypatch):
    monkeypatch.setattr(Pager, "audience", Audience.PUBLIC)
    response = boss.post(url_of(backend), {})
    assert list(response.context["form"].errors) == ["everybody"]
    assert service.sent == []
    response = boss.post(url_of(backend), {"everybody": "on"}, follow=True)
    assert [envelope.address for envelope in service.sent] == [""]
    assert said(response) == ["A test was published. The service took it. It calls it p-1."]


def test_words_that_cannot_be_made_are_not_sent(boss, service, backend):
    StoredTemplate.objects.update(text="{% include 'x.txt' %}")
    response = boss.post(url_of(backend), {"address": "+49151"}, follow=True)
    assert "Nothing was sent." in said(response)[0]
    assert service.sent == []
    assert not LogEntry.objects.exists()


def test_a_backend_whose_messenger_is_gone_cannot_be_tried(boss, backend):
    Backend.objects.update(messenger="gone")
    change = f"/admin/dsn/backend/{backend.pk}/change/"
    assert url_of(backend) not in boss.get(change).content.decode()
    response = boss.post(url_of(backend), {"address": "+49151"}, follow=True)
    assert said(response) == ["Its messenger is not installed: nothing can be sent."]


def test_the_backend_s_page_leads_there(boss, backend):
    page = boss.get(f"/admin/dsn/backend/{backend.pk}/change/").content.decode()
    assert f'href="{url_of(backend)}"' in page


def test_no_service_is_asked_within_the_transaction_of_a_request(backend):
    view: Any = resolve(url_of(backend)).func
    assert view._non_atomic_requests == {"default"}


def test_a_backend_that_is_not_there_is_said_to_be_missing(boss):
    assert boss.get("/admin/dsn/backend/4711/trial/").status_code == 404
    assert boss.get("/admin/dsn/backend/x/trial/").status_code == 404
