"""Two people for every test of dsn-inbox, each logged in with a client of her own."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client


@pytest.fixture
def ada(db):
    return get_user_model().objects.create(username="ada")


@pytest.fixture
def eve(db):
    return get_user_model().objects.create(username="eve")


@pytest.fixture
def browser(ada):
    """Ada's, which keeps to the rules about forged requests."""
    return client_of(ada)


@pytest.fixture
def stranger(eve):
    """Eve's."""
    return client_of(eve)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client
