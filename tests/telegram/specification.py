"""Requests against the published description of the Bot API."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from dsn_telegram.bot_api_questions import read
from tests.services import lack

FOLDER = Path(os.environ.get("DSN_SPECS") or Path(__file__).parents[3] / "shared" / "specs")
FILE = FOLDER / "telegram_api.json"


@cache
def specification():
    """The description, or a skipped test."""
    if not FILE.is_file():
        lack("telegram_api.json, in the folder that DSN_SPECS names")
    return json.loads(FILE.read_text(encoding="utf-8"))


def faults(call):
    """What is wrong with a request: its method, the names, presence and types of what it gives."""
    question = read(call)
    if question is None:
        return [f"{call.path} asks nothing"]
    method = specification()["methods"].get(question.method)
    if method is None:
        return [f"there is no method {question.method}"]
    is_form = not call.headers.get("content-type", "").startswith("application/json")
    given = {name: _decoded(value, is_form) for name, value in question.given.items()}
    return _of_fields(question.method, method.get("fields", []), given)


def _decoded(value, is_form):
    """A form has everything but texts as JSON; a text may look like JSON by chance."""
    if not is_form:
        return [value]
    try:
        return [value, json.loads(value)]
    except ValueError:
        return [value]


def _of_fields(where, fields, given):
    known = {field["name"]: field for field in fields}
    found = [f"{where} knows no {name}" for name in given if name not in known]
    found += [
        f"{where} needs {name}"
        for name, field in known.items()
        if field["required"] and name not in given
    ]
    for name, readings in given.items():
        types = known.get(name, {"types": []})["types"]
        if types and not any(_fits(kind, value) for kind in types for value in readings):
            found.append(f"{where}.{name}: {readings[-1]!r} is none of {types}")
    return found


def _fits(kind, value):
    if kind.startswith("Array of "):
        inner = kind.removeprefix("Array of ")
        return isinstance(value, list) and all(_fits(inner, item) for item in value)
    plain = {"Integer": int, "String": str, "Boolean": bool, "Float": float}.get(kind)
    if plain is not None:
        return isinstance(value, plain) and (plain is bool or not isinstance(value, bool))
    described = specification()["types"].get(kind)
    if described is None or not isinstance(value, dict):
        return False
    readings = {name: [inner] for name, inner in value.items()}
    return not _of_fields(kind, described.get("fields", []), readings)
