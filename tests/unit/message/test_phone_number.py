"""Which texts are numbers, as what they go over the wire, and how little of them is shown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aliyun_sms
from aliyun_sms.message.phone_number import BadNumber, normalise

MAINLAND = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LAYER = Path(aliyun_sms.__file__).parents[1]


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+8613800138000",
        "008613800138000",
        "8613800138000",
        " 13800138000\n",
        "\u300013800138000",
        "+86 138 0013 8000",
        "+86-138-0013-8000",
        "+86 (138) 0013.8000",
    ],
)
def test_a_mainland_number_goes_bare(text: str) -> None:
    assert normalise(text) == "13800138000"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+852 6123 4567", "85261234567"),
        ("+85366123456", "85366123456"),
        ("+886 912 345 678", "886912345678"),
        ("+44 7911 123456", "447911123456"),
        ("+1 212 555 0123", "12125550123"),
        ("+81-90-1234-5678", "819012345678"),
        ("+39 06 6982 1234", "390669821234"),
        ("+683 4002", "6834002"),
    ],
)
def test_a_number_elsewhere_goes_as_country_code_and_number(text: str, number: str) -> None:
    assert normalise(text) == number


@pytest.mark.parametrize("text", ["+1 862 234 5678", "+18622345678", "+1 (380) 234-5678", "+1.512.555.0123"])
def test_a_foreign_number_that_reads_as_a_chinese_one_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(BadNumber, match="digit for digit, a Chinese mobile number"):
        normalise(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" \t", "is empty"),
        ("12800138000", "is neither"),
        ("1380013800", "is neither"),
        ("138001380000", "is neither"),
        ("138 0013 8000", "is neither"),
        ("85261234567", "is neither"),
        ("+", "is neither"),
        ("++8613800138000", "is neither"),
        ("+8613800138000x1", "is neither"),
        ("１３８００１３８０００", "is neither"),
        ("+٨٦١٣٨٠٠١٣٨٠٠٠", "is neither"),
        ("13800138000;13900139000", "is neither"),
        ("13800138000\x0013900139000", "is neither"),
        ("+861012345678", "is in mainland China, but not a mobile number"),
        ("+8612345", "is in mainland China, but not a mobile number"),
        ("+86013800138000", "is in mainland China, but not a mobile number"),
        ("+999123456789", "has no known country code"),
        ("+008613800138000", "has no known country code"),
        ("+0", "has no known country code"),
        ("+852 123", "is not a valid number of its country"),
        ("+1 000 000 0000", "is not a valid number of its country"),
        pytest.param("+" + "4" * 5000, "has no known country code", id="long number"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(BadNumber, match=reason):
        normalise(text)


@given(number=MAINLAND, prefix=st.sampled_from(["", "+86", "0086", "86", "+86 "]))
def test_every_mainland_number_stays_itself_whatever_its_prefix(number: str, prefix: str) -> None:
    assert normalise(prefix + number) == number


@given(st.one_of(st.text(), st.from_regex(r"\+[0-9 ().-]{5,18}", fullmatch=True), st.from_regex(r"\+1[2-9][0-9]{9}")))
def test_a_text_is_refused_or_becomes_digits_that_mean_the_same_again(text: str) -> None:
    try:
        number = normalise(text)
    except BadNumber:
        return

    assert re.fullmatch(r"[0-9]{6,15}", number)
    assert normalise(number if re.fullmatch(r"1[3-9][0-9]{9}", number) else f"+{number}") == number


@given(st.from_regex(r"\+(?!86)[1-9][0-9]{6,14}", fullmatch=True))
def test_no_foreign_number_ever_becomes_a_chinese_one(text: str) -> None:
    try:
        number = normalise(text)
    except BadNumber:
        return

    assert not re.fullmatch(r"(86|0086)?1[3-9][0-9]{9}", number)


@given(st.text())
def test_a_refusal_never_quotes_the_text(text: str) -> None:
    with pytest.raises(BadNumber) as refused:
        normalise(f"ü{text}")

    assert "ü" not in f"{refused.value!r}"


@pytest.mark.parametrize(("number", "imported"), [("+8613800138000", "False"), ("+85261234567", "True")])
def test_the_library_of_numbers_is_imported_only_for_those_outside_the_mainland(number: str, imported: str) -> None:
    program = (
        "import sys; from aliyun_sms import Message;"
        f"Message({{'phone_numbers': ['{number}'], 'sign_name': 's', 'template_code': 't'}});"
        "print('phonenumbers' in sys.modules)"
    )

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], env={"PYTHONPATH": str(LAYER)}, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == imported
