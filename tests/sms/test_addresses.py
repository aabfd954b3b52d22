"""The one way to write a phone number."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from dsn_core import InvalidAddress
from dsn_sms.accounts import Account
from dsn_sms.addresses import normalize_inbound
from tests.sms.texting import messenger


def normal(raw, region="", *, whatsapp=False):
    """`raw` as an account of this region writes it."""
    account = Account(account_sid="", auth_token="", region=region, whatsapp=whatsapp)
    return messenger(account).normalize_address(raw)


@pytest.mark.parametrize(
    ("raw", "region", "number"),
    [
        ("+4915112345678", "", "+4915112345678"),
        (" +49 (151) 123-456.78 ", "", "+4915112345678"),
        ("+49 (0)151 12345678", "", "+4915112345678"),
        ("0151 12345678", "DE", "+4915112345678"),
        ("0151/12345678", "de", "+4915112345678"),
        ("0049 151 12345678", "DE", "+4915112345678"),
        ("+1 202-555-0123", "DE", "+12025550123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("+39 02 3661 8300", "", "+390236618300"),
        ("\uff0b4915112345678", "", "+4915112345678"),
        ("٠١٥١١٢٣٤٥٦٧٨", "DE", "+4915112345678"),
        ("tel:+49-151-12345678", "", "+4915112345678"),
        ("+15005550006", "", "+15005550006"),
    ],
)
def test_a_number_is_written_in_e164(raw, region, number):
    assert normal(raw, region) == number
    assert normal(number, region) == number


@pytest.mark.parametrize("kind", [PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE])
def test_the_example_numbers_of_every_country_are_numbers(kind):
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
        national = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
        assert normal(e164) == normal(national, region) == e164


@pytest.mark.parametrize(
    ("raw", "region", "fault"),
    [
        ("", "", "is no phone number"),
        ("0151 12345678", "", "no country code.*'region'"),
        ("12345", "", "no country code"),
        ("+", "", "is no phone number"),
        ("+49 1", "", "too short"),
        ("+49151123456789012345", "", "too long"),
        ("+999123456789", "", "country code that nobody has"),
        ("+1 555 0123", "", "no area code"),
        ("+12025550123,5", "", "extension"),
        ("ada@example.org", "DE", "no phone number"),
        ("1-800-FLOWERS", "US", "no phone number"),
        ("call 0151 12345678", "DE", "no phone number"),
        ("+4915112345678 ext. 5", "", "no phone number"),
        ("0151\n12345678", "DE", "no phone number"),
        ("The Shop", "", "no phone number"),
        ("whatsapp:+4915112345678", "", "'whatsapp'"),
    ],
)
def test_a_fault_is_named_and_a_way_out(raw, region, fault):
    with pytest.raises(InvalidAddress, match=fault):
        normal(raw, region)


@pytest.mark.parametrize(
    "raw",
    [
        "+4915112345678",
        "whatsapp:+4915112345678",
        "WhatsApp: +49 151 12345678",
        " whatsapp:+4915112345678",
    ],
)
def test_a_whatsapp_account_writes_its_prefix(raw):
    assert normal(raw, whatsapp=True) == "whatsapp:+4915112345678"


def test_a_whatsapp_account_knows_national_numbers_too():
    assert normal("0151 12345678", "DE", whatsapp=True) == "whatsapp:+4915112345678"


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("+4901511234567", "+491511234567"),
        ("whatsapp:+4901511234567", "whatsapp:+491511234567"),
        ("12345", "12345"),
        ("The Shop", "The Shop"),
    ],
)
def test_who_writes_to_us_is_named_as_we_would_write_her(sender, address):
    assert normalize_inbound(sender) == address
