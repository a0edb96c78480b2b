"""Phone numbers as the provider takes them: mainland ones bare, others as country code and number."""

from __future__ import annotations

import re

_MAINLAND = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
_INTERNATIONAL = re.compile(r"\+[0-9][0-9 ().-]*")
_SEPARATORS = str.maketrans("", "", " ().-")


class BadNumber(ValueError):
    """Why a text is not a number that can be sent to; never quotes it."""


def normalise(text: str) -> str:
    """The number as it goes over the wire; raises BadNumber.

    Mainland mobiles: 1[3-9] and nine digits, bare or after +86, 0086 or 86. Elsewhere: + country code and number,
    which may be grouped by spaces, hyphens, dots and brackets.
    Source: help.aliyun.com document 55284, PhoneNumbers.
    """
    text = text.strip()
    if not text:
        raise BadNumber("is empty")
    mainland = _MAINLAND.fullmatch(text)
    if mainland:
        return mainland[1]
    if not _INTERNATIONAL.fullmatch(text):
        raise BadNumber("is neither a mainland mobile number (1[3-9] and nine digits) nor + country code and number")
    return _international(text.translate(_SEPARATORS))


def _international(text: str) -> str:
    mainland = _MAINLAND.fullmatch(text)
    if mainland:
        return mainland[1]
    if text.startswith("+86"):
        raise BadNumber("is in mainland China, but not a mobile number (1[3-9] and nine digits)")
    digits = _valid_digits(text)
    if _MAINLAND.fullmatch(digits):
        raise BadNumber(
            "cannot be reached: the provider takes country code and number without the plus, "
            "and these are, digit for digit, a Chinese mobile number"
        )
    return digits


def _valid_digits(text: str) -> str:
    import phonenumbers  # noqa: PLC0415 - only numbers outside the mainland need it

    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise BadNumber("has no known country code") from None
    if not phonenumbers.is_valid_number(number):
        raise BadNumber("is not a valid number of its country")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))[1:]


def is_mainland(number: str) -> bool:
    """Whether a number of the wire is in mainland China."""
    return bool(_MAINLAND.fullmatch(number))


def with_plus(number: str) -> str:
    """A number of the wire as `normalise` takes it: mainland ones are bare, others get their plus back."""
    return number if is_mainland(number) else f"+{number}"
