"""What the console messenger writes is there to be read at once."""

from __future__ import annotations

import sys

from dsn_core import Envelope, Fields, Message
from dsn_core.builtin.messengers import Console


def test_a_message_stands_in_a_file_before_the_process_ends(tmp_path, monkeypatch):
    path = tmp_path / "written"
    with path.open("w", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdout", file)
        console = Console(account=Fields(), options=Fields())
        console.send(Envelope(key="1", address="ada", message=Message(text="Order 7 is paid.")))

        assert "Order 7 is paid." in path.read_text(encoding="utf-8")
