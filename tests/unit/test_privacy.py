"""What may be shown: numbers masked, names cut short, texts with everything private taken out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aliyun_sms.privacy import mask, scrub, shown
from aliyun_sms.provider.text import LONGEST_TEXT, readable
from aliyun_sms.signature import percent_encode

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<*>"), min_size=2)


HALF = "\ud800"  # half a surrogate pair


def param(**values: str) -> str:
    """A message's values, as it holds them."""
    return json.dumps(values, ensure_ascii=False)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "JSON": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in ASCII": lambda text: json.dumps(text)[1:-1],
    "percent-encoded": percent_encode,
    "percent-encoded twice": lambda text: percent_encode(percent_encode(text)),
    "JSON, percent-encoded": lambda text: percent_encode(json.dumps(text, ensure_ascii=False)[1:-1]),
    "JSON, percent-encoded twice": lambda text: quote(percent_encode(json.dumps(text, ensure_ascii=False)[1:-1])),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("value", ["739164", "王小明", 'say "hi"', "a/b+c d", "100%", "line\nbreak", "😀!", "~*'()"])
def test_a_template_value_is_blotted_out_in_every_encoding(encode: Callable[[str], str], value: str) -> None:
    text = f"<{encode(value)}|{encode(value)}>"

    assert scrub(text, [param(code=value)]) == "<***|***>"


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@given(value=VALUES)
def test_any_template_value_is_blotted_out_in_any_encoding(encode: Callable[[str], str], value: str) -> None:
    assert scrub(f"<{encode(value)}>", [param(code=value)]) == "<***>"


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("number", ["13800138000", "+8613800138000", "85261234567", "6834002"])
def test_a_number_is_masked_in_every_encoding(encode: Callable[[str], str], number: str) -> None:
    scrubbed = scrub(f"PhoneNumbers={encode(number)}invalid")

    assert not re.search("[0-9]{5}", scrubbed)
    assert sum(character.isdigit() for character in scrubbed.replace("%2B", "").replace("%252B", "")) <= 7


def test_each_of_several_numbers_is_masked() -> None:
    assert scrub("13800138000,13900139000") == "138****8000,139****9000"


@given(value=st.text("0123456789", min_size=2, max_size=4))
@example("13")
def test_a_value_that_is_part_of_a_number_does_not_open_the_number(value: str) -> None:
    assert scrub("13800138000", [param(code=value)]) == "138****8000"


def test_the_longest_value_goes_first() -> None:
    assert scrub("ab abcd", [param(a="ab", b="abcd")]) == "*** ***"


@pytest.mark.parametrize("value", ["", "x"])
def test_a_value_of_less_than_two_characters_leaves_the_text_readable(value: str) -> None:
    assert scrub("next", [param(code=value)]) == "next"


def test_a_value_is_no_pattern() -> None:
    assert scrub("abc a.c", [param(code="a.c")]) == "abc ***"


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("value", ["739164", "王小明", "line\nbreak", "a\x7fb", "tab\there"])
def test_a_template_value_is_blotted_out_in_a_text_that_was_cleaned(encode: Callable[[str], str], value: str) -> None:
    assert scrub(readable(f"<{encode(value)}>"), [param(code=value)]) == "<***>"


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("shown", [2, 3, 5])
def test_a_template_value_that_a_text_was_cut_in_is_blotted_out(encode: Callable[[str], str], shown: int) -> None:
    value = encode("王小明739164")
    text = readable("." * (LONGEST_TEXT - 1 - shown) + value + "and so on")

    assert scrub(text, [param(code="王小明739164")]) == "." * (LONGEST_TEXT - 1 - shown) + "***…"


def test_the_end_of_a_text_that_was_not_cut_stays() -> None:
    assert scrub("see page 73", [param(code="739164")]) == "see page 73"


def test_a_long_text_is_scrubbed_of_the_values_of_many_messages() -> None:
    """In one pattern all of them would be tried at each of its characters, which took long."""
    params = [param(code=f"{'a' * 20}{place:06}") for place in range(2000)]

    assert scrub("a" * 100_000 + "000007", params) == "a" * 99_980 + "***"


@pytest.mark.parametrize("text", ["", "触发小时级流控Permits:5", "isv.BUSINESS_LIMIT_CONTROL", "HTTP 503", "123456"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert scrub(text, [param(name="王小明")]) == text


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800138000", "138****8000"),
        ("+86 138 0013 8000", "861****8000"),
        ("85261234567", "852****4567"),
        ("1234567890", "123****"),
        ("6834002", "683****"),
        ("123456", "(length 6)"),
        ("", "(length 0)"),
        ("１３８００１３８０００", "(length 11)"),
        ("not 13800138000 at all", "138****8000"),
    ],
)
def test_a_number_is_shown_without_its_middle(number: str, masked: str) -> None:
    assert mask(number) == masked


@given(st.one_of(st.text(), st.from_regex(r"[0-9]{1,40}")))
def test_a_mask_never_shows_more_than_seven_digits_and_hides_four(text: str) -> None:
    given_digits = re.sub(r"[^0-9]", "", text)
    digits = sum(character.isdigit() for character in mask(text).removesuffix(f"(length {len(text)})"))

    assert digits <= 7
    assert digits <= max(0, len(given_digits) - 4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("phone", "phone"),
        ("电话", "电话"),
        ("a\nb\x1b[31m\u202e", "a?b?[31m?"),
        ("x" * 50, "x" * 40),
        ("13800138000", "138****8000"),
        ("+86 138-0013-8000 x", "861****8000"),
        ("１３８００１３８０００", "(length 11)"),
        (HALF, "?"),
        (5, "5"),
        (None, "None"),
    ],
)
def test_a_name_that_a_stranger_chose_is_made_fit_to_show(name: object, expected: str) -> None:
    assert shown(name) == expected
