"""What a browser without JavaScript would post of a page that nobody has touched."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpResponse

IGNORED = {"submit", "button", "file"}


class FormReader(HTMLParser):
    """Collects the fields of the page's main form."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.inside = False
        self.select = ""
        self.first_option: str | None = None
        self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id", "").endswith("_form")
        elif self.inside and tag in ("input", "select", "textarea", "option"):
            getattr(self, f"_{tag}")(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.select and self.first_option is not None:
            self.values.setdefault(self.select, [self.first_option])
        if tag in ("select", "textarea"):
            self.select = self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            # A browser drops the line break that Django writes before the text.
            text = self.values[self.textarea][0] + data
            self.values[self.textarea] = [text.removeprefix("\r\n").removeprefix("\n")]

    def _input(self, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name", "")
        left_out = kind in ("checkbox", "radio") and "checked" not in given
        if name and kind not in IGNORED and not left_out:
            default = "on" if kind == "checkbox" else ""
            self.values.setdefault(name, []).append(given.get("value", default))

    def _select(self, given: dict[str, str]) -> None:
        self.select = given.get("name", "")
        self.first_option = None
        self.multiple = "multiple" in given

    def _option(self, given: dict[str, str]) -> None:
        value = given.get("value", "")
        if "selected" in given:
            self.values.setdefault(self.select, []).append(value)
        if self.first_option is None and not self.multiple:
            self.first_option = value

    def _textarea(self, given: dict[str, str]) -> None:
        self.textarea = given["name"]
        self.values[self.textarea] = [""]


def form_values(response: HttpResponse) -> dict[str, str | list[str]]:
    """The values by name; a list where a name has several."""
    reader = FormReader()
    reader.feed(response.content.decode())
    return {
        name: values[0] if len(values) == 1 else values for name, values in reader.values.items()
    }
