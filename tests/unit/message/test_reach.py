"""What may be reached: by country, by kind of number, by name, and how many at once."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from aliyun_sms.errors import InvalidMessage
from aliyun_sms.message.message import Defaults, Message
from aliyun_sms.message.phone_number import normalise
from aliyun_sms.message.reach import COUNTRIES, EVERYBODY, Reach

MAINLAND, HONG_KONG, BRITISH = "13800138000", "85251234567", "447400123456"
HOME = Reach(frozenset({"CN"}))
KINDS = [
    "FIXED_LINE", "PREMIUM_RATE", "SHARED_COST", "TOLL_FREE", "VOIP", "PERSONAL_NUMBER", "PAGER", "UAN", "VOICEMAIL",
]  # fmt: skip
EXAMPLES = [
    (country, kind, example)
    for country in ("HK", "MO", "TW", "GB", "DE", "FR", "SG")
    for kind in KINDS
    if (example := phonenumbers.example_number_for_type(country, getattr(PhoneNumberType, kind)))
    and phonenumbers.number_type(example) == getattr(PhoneNumberType, kind)
]


def wire(example: phonenumbers.PhoneNumber | None) -> str:
    assert example is not None
    return normalise(phonenumbers.format_number(example, PhoneNumberFormat.E164))


def faults(reach: Reach, *numbers: object, **fields: object) -> list[str]:
    with pytest.raises(InvalidMessage) as refused:
        Message({"phone_numbers": list(numbers), **fields}, Defaults("s", "t"), reach)
    return [str(fault) for fault in refused.value.faults]


def test_the_countries_are_those_that_numbers_can_be_in() -> None:
    assert set(phonenumbers.SUPPORTED_REGIONS) == COUNTRIES


@pytest.mark.parametrize("country", ["HK", "MO", "TW", "GB", "US"])
def test_a_mobile_number_is_sent_to_where_its_country_is_named(country: str) -> None:
    number = wire(phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE))

    assert Reach(frozenset({"CN", country})).refusal(number) is None
    assert HOME.refusal(number) == f"is in {country}, which AllowedCountries does not name"


def test_hong_kong_macau_and_taiwan_are_not_the_mainland() -> None:
    numbers = [HONG_KONG, "85366123456", "886912345678"]

    assert [reason[:8] for reason in map(HOME.refusal, numbers) if reason] == ["is in HK", "is in MO", "is in TW"]


def test_the_mainland_is_refused_where_it_is_not_named() -> None:
    assert HOME.refusal(MAINLAND) is None
    assert Reach(frozenset({"HK"})).refusal(MAINLAND) == "is in CN, which AllowedCountries does not name"


@pytest.mark.parametrize(("country", "kind", "example"), EXAMPLES)
def test_what_is_no_mobile_number_is_refused_even_where_all_countries_are_reached(
    country: str, kind: str, example: phonenumbers.PhoneNumber
) -> None:
    kind = kind.lower().replace("_", " ")

    assert EVERYBODY.refusal(wire(example)) == f"is in {country}, but no mobile number ({kind}), and never sent to"


@pytest.mark.parametrize("kind", KINDS)
def test_of_every_kind_that_is_refused_there_is_an_example(kind: str) -> None:
    assert kind in {each for _, each, _ in EXAMPLES}


@pytest.mark.parametrize("code", phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
def test_what_is_in_no_country_such_as_a_satellite_phone_is_refused(code: int) -> None:
    number = wire(phonenumbers.example_number_for_non_geo_entity(code))

    assert EVERYBODY.refusal(number) == f"is under +{code}, which is no country, and never sent to"


@pytest.mark.parametrize("digits", ["881612345678", "870301234567"])  # Globalstar or Iridium, Inmarsat
def test_satellite_phones_are_in_no_country(digits: str) -> None:
    assert "no country" in (EVERYBODY.refusal(normalise(f"+{digits}")) or "")


def test_what_may_be_mobile_or_of_a_kind_not_known_is_sent_to() -> None:
    american, macanese = "12015550123", "85312345678"
    kinds = [phonenumbers.number_type(phonenumbers.parse(f"+{number}")) for number in (american, macanese)]

    assert kinds == [PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UNKNOWN]
    assert [EVERYBODY.refusal(number) for number in (american, macanese)] == [None, None]


def test_nobody_but_the_only_recipients_is_sent_to() -> None:
    reach = Reach(only=frozenset({MAINLAND, HONG_KONG}))

    assert [reach.refusal(number) for number in (MAINLAND, HONG_KONG)] == [None, None]
    assert [reach.refusal(number) for number in ("13900139000", BRITISH)] == ["is none of OnlyRecipients"] * 2


def test_an_only_recipient_is_not_sent_to_where_its_country_is_not_reached() -> None:
    assert Reach(frozenset({"CN"}), frozenset({HONG_KONG})).refusal(HONG_KONG)


def test_each_number_out_of_reach_is_named_by_its_place_in_the_list_beside_all_other_faults() -> None:
    numbers = [MAINLAND, MAINLAND, f"+{BRITISH}", "12800138000", "+44 9012345678", "+881612345678"]

    assert faults(HOME, *numbers, urgent="yes") == [
        "phone_numbers[2]: is in GB, which AllowedCountries does not name",
        (
            "phone_numbers[3]: 128****8000 is neither a mainland mobile number (1[3-9] and nine digits) "
            "nor + country code and number"
        ),
        "phone_numbers[4]: is in GB, but no mobile number (premium rate), and never sent to",
        "phone_numbers[5]: is under +881, which is no country, and never sent to",
        "urgent: must be true or false",
    ]


def test_more_numbers_than_a_request_may_have_are_refused_with_count_limit_and_setting() -> None:
    numbers = [str(13_800_000_000 + place) for place in range(101)]
    reach = Reach(most_recipients=100)

    assert len(Message({"phone_numbers": numbers[:100]}, Defaults("s", "t"), reach).phone_numbers) == 100
    assert faults(reach, *numbers) == [
        "phone_numbers: has 101 numbers, at most 100, which MaxRecipientsPerRequest sets"
    ]


def test_more_numbers_than_a_day_has_room_for_are_refused_since_they_would_wait_for_ever() -> None:
    numbers = [str(13_800_000_000 + place) for place in range(11)]
    reach = Reach(daily_limit=10)

    assert len(Message({"phone_numbers": numbers[:10]}, Defaults("s", "t"), reach).phone_numbers) == 10
    assert faults(reach, *numbers) == ["phone_numbers: has 11 numbers, and DailyRecipientLimit allows 10 a day"]


def test_what_may_be_reached_is_not_shown() -> None:
    assert MAINLAND not in repr(Reach(only=frozenset({MAINLAND})))
