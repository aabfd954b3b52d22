"""What stands in the mailbox."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest

from dsn_core import Accepted, Action, Attachment, Message
from dsn_core.rendering.fitting import fit
from dsn_email.accounts import Account, Options
from tests.email.posting import ADA, KEY, envelope, messenger, through


def received(server, sent, **kwargs):
    """The one message that `server` took when `sent` was sent."""
    with through(server, **kwargs) as email:
        outcome = email.send(sent)
    assert isinstance(outcome, Accepted), outcome
    (mail,) = server.mail
    return mail.message


def test_a_text_message_arrives_as_it_was_written(server):
    message = received(server, envelope(subject="Paid", text="Order 7 is paid.\nThank you.\n"))

    assert message["Subject"] == "Paid"
    assert message["From"] == "The shop <shop@shop.example>"
    assert message["To"] == ADA
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Order 7 is paid.", "Thank you."]
    assert server.mail[0].sender == "shop@shop.example"
    assert server.mail[0].recipients == (ADA,)


def test_text_and_html_are_two_forms_of_one_message(server):
    message = received(server, envelope(text="Paid.", html="<p>Paid.</p>"))

    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), text.get_content().strip()) == ("text/plain", "Paid.")
    assert (html.get_content_type(), html.get_content().strip()) == ("text/html", "<p>Paid.</p>")


def test_a_text_is_made_where_a_template_gives_only_html(server):
    html = "<style>p {}</style><p>Order <b>7</b> is paid.</p>"
    fitted = fit(Message(subject="Paid", html=html), messenger())
    message = received(server, replace(envelope(), message=fitted))

    text = message.get_body(("plain",))
    assert text.get_content().strip() == "Order 7 is paid."


def test_actions_are_links_in_both_forms(server):
    action = Action(label="Track & trace", url="https://shop.example/7/?a=1&b=2")
    html = "<html><body><p>Paid.</p></BODY></html>"
    message = received(server, envelope(text="Paid.", html=html, actions=(action,)))

    text = message.get_body(("plain",)).get_content()
    assert text.splitlines() == ["Paid.", "", "Track & trace: https://shop.example/7/?a=1&b=2"]
    link = '<a href="https://shop.example/7/?a=1&amp;b=2">Track &amp; trace</a>'
    assert f"<p>{link}</p></BODY></html>" in message.get_body(("html",)).get_content()


def test_actions_make_no_html_part_of_their_own(server):
    action = Action(label="Track", url="https://shop.example/7/")
    message = received(server, envelope(text="Paid.", actions=(action,)))

    assert message.get_content_type() == "text/plain"
    assert "Track: https://shop.example/7/" in message.get_content()


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("bill.pdf", b"%PDF-1.7\x00\xff", "application/pdf"),
        ("orders.csv", b"id,total\r\n7,12.50\r\n", "text/csv"),
        ("names.csv", "name\nJosé\n".encode("latin-1"), "text/csv"),
        ("Rechnung März.pdf", b"%PDF", "application/pdf"),
        ("what", b"\x00\x01", "nonsense"),
        ("invite.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=REQUEST"),
    ],
)
def test_an_attachment_keeps_its_name_and_every_byte(server, name, content, content_type):
    attachment = Attachment(name=name, content=content, content_type=content_type)
    message = received(server, envelope(html="<p>Hi</p>", attachments=(attachment,)))

    (part,) = message.iter_attachments()
    assert part.get_filename() == name
    assert part.get_payload(decode=True) == content
    assert message.get_body(("html",)).get_content().strip() == "<p>Hi</p>"


def test_a_message_says_that_a_machine_wrote_it(server):
    message = received(server, envelope())

    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]).year > 2000


def test_the_message_id_is_ours_and_the_same_on_every_attempt(server):
    with through(server) as email:
        outcomes = [email.send(envelope(attempt=attempt)) for attempt in (1, 2)]

    assert [mail.message["Message-ID"] for mail in server.mail] == [f"<{KEY}@shop.example>"] * 2
    assert {outcome.provider_id for outcome in outcomes} == {f"{KEY}@shop.example"}


def test_the_account_may_choose_the_domain_of_message_ids(server):
    message = received(server, envelope(), domain="Mail.shop.example")

    assert message["Message-ID"] == f"<{KEY}@mail.shop.example>"


def test_messages_about_one_object_stand_in_one_thread(server):
    with through(server) as email:
        for key, thread in (("a", "shop.order:7"), ("b", "shop.order:7"), ("c", "shop.order:8")):
            email.send(envelope(key=key, thread=thread))

    first, second, other = (mail.message for mail in server.mail)
    assert first["References"] == first["In-Reply-To"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert other["References"] != first["References"]
    assert "order" not in first["References"]


@pytest.mark.parametrize("length", [40, 52, 53, 60, 120])
def test_a_long_domain_breaks_no_id(server, length):
    domain = f"{'mail.' * 30}example"[-length:].strip(".")
    message = received(server, envelope(thread="shop.order:7"), domain=domain)

    assert message["Message-ID"].strip() == f"<{KEY}@{domain}>"
    assert (message["References"] is not None) is (length < 54)
    assert b"=?" not in server.mail[0].content


@pytest.mark.parametrize(
    "subject", ["Größe geändert", "Paid 🎉🚀", "ההזמנה שולמה", "Ünïcödé " * 20, ""]
)
def test_a_subject_in_any_script_arrives_whole(server, subject):
    assert received(server, envelope(subject=subject))["Subject"].strip() == subject.strip()


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("Bücher & Söhne <shop@shop.example>", "Bücher & Söhne"),
        ("החנות <shop@shop.example>", "החנות"),
        ('"Shop, Inc." <shop@shop.example>', "Shop, Inc."),
        ("shop@shop.example", ""),
    ],
)
def test_a_sender_may_have_any_name(server, sender, name):
    message = received(server, envelope(), from_email=sender)

    (address,) = message["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, "shop@shop.example")


def test_a_domain_in_other_letters_is_written_as_the_wire_has_it(server):
    message = received(
        server, envelope("ada@BÜCHER.example"), from_email="Lager <lager@bücher.example>"
    )

    assert server.mail[0].recipients == ("ada@xn--bcher-kva.example",)
    assert server.mail[0].sender == "lager@xn--bcher-kva.example"
    assert message["Message-ID"] == f"<{KEY}@xn--bcher-kva.example>"


def test_a_backend_may_have_its_own_sender_and_answers(server):
    own = Options(from_email="Press <press@shop.example>", reply_to=("Desk <desk@shop.example>",))
    message = received(server, envelope(), options=own, from_email="shop@shop.example")

    assert message["From"] == "Press <press@shop.example>"
    assert message["Reply-To"] == "Desk <desk@shop.example>"


def test_the_account_says_where_answers_go(server):
    account = Account(options=server.options, reply_to=("desk@shop.example", "two@shop.example"))
    with messenger(account) as email:
        email.send(envelope())

    assert server.mail[0].message["Reply-To"] == "desk@shop.example, two@shop.example"
