"""Twilio's own description of its API, against which every request is held."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

SPECS = Path(os.environ.get("DSN_SPECS") or Path(__file__).parents[2] / ".." / "shared" / "specs")
FILE = SPECS / "twilio_api_v2010.json"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ACCOUNT = "/2010-04-01/Accounts/{Sid}.json"
FORM = "application/x-www-form-urlencoded"


@cache
def _raw():
    """The description, with the two resources that are used: all of it is slow to read."""
    raw = json.loads(FILE.read_text())
    raw["paths"] = {path: raw["paths"][path] for path in (MESSAGES, ACCOUNT)}
    return raw


@cache
def _api():
    return OpenAPI.from_dict(_raw())


def known_fields():
    """What may stand in the form of a new message."""
    return set(
        _raw()["paths"][MESSAGES]["post"]["requestBody"]["content"][FORM]["schema"]["properties"]
    )


def request_of(call):
    """A request that the test server took, as openapi-core reads one."""
    return MockRequest(
        "https://api.twilio.com",
        call.method.lower(),
        call.path,
        args={name: values[-1] for name, values in call.query.items()},
        headers=dict(call.headers),
        data=call.body,
        content_type=call.headers.get("content-type", FORM),
    )


def hold(call):
    """Raise where Twilio's description does not allow this request."""
    _api().validate_request(request_of(call))
    if call.method == "POST":
        assert set(call.form) <= known_fields()


def hold_answer(call, answer):
    """Raise where it does not allow this answer."""
    content, kind = answer.content()
    response = MockResponse(content, status_code=answer.status, content_type=kind)
    _api().validate_response(request_of(call), response)
