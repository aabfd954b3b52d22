"""The actor is the user of the request that is served, in sync and in async views."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path

from dsn_core.models import Event, Trigger
from tests.host.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


def save(request):
    Order.objects.create()
    return HttpResponse()


async def asave(request):
    await Order.objects.acreate()
    return HttpResponse()


urlpatterns = [path("save/", save), path("asave/", asave)]


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "dsn_core.middleware.ActorMiddleware",
    ]
    Trigger.objects.watch("post_save", Order)


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada")


@pytest.mark.parametrize("url", ["/save/", "/asave/"])
def test_the_user_of_a_sync_request_is_the_actor(ada, url):
    client = Client()
    client.force_login(ada)
    client.get(url)
    assert Event.objects.latest("id").actor == f"auth.user:{ada.pk}"


@pytest.mark.parametrize("url", ["/save/", "/asave/"])
def test_the_user_of_an_async_request_is_the_actor(ada, url):
    async def visit() -> None:
        client = AsyncClient()
        await client.aforce_login(ada)
        await client.get(url)
        await sync_to_async(connections.close_all)()

    asyncio.run(visit())
    assert Event.objects.latest("id").actor == f"auth.user:{ada.pk}"


def test_nobody_is_the_actor_of_an_anonymous_request_nor_after_one(ada):
    Client().get("/save/")
    client = Client()
    client.force_login(ada)
    client.get("/save/")
    Order.objects.create()
    assert [event.actor for event in Event.objects.order_by("id")] == [
        "",
        f"auth.user:{ada.pk}",
        "",
    ]


def test_a_trigger_on_an_actor_hears_her_requests_only(ada):
    Trigger.objects.all().delete()
    Trigger.objects.watch("post_save", Order, actor_object=ada)
    Client().get("/save/")
    client = Client()
    client.force_login(ada)
    client.get("/save/")
    assert Event.objects.count() == 1
