"""Telephone numbers as the provider takes them."""

from __future__ import annotations

import re

MAINLAND = re.compile(r"(?:\+86|0086|86|\+)?(1[3-9][0-9]{9})")
ABROAD = re.compile(r"(?:\+|00)?(12[0-9]{9}|(?!86)[2-9][0-9]{6,14})")


def normalised(phone_number: str) -> str | None:
    """Eleven digits for a mainland number, country code and number for another; None for what is neither.

    Source: the parameter PhoneNumbers of SendSms. Whether a foreign number exists is not looked up. A North American
    number whose area code begins with 3 to 9 reads as a mainland one: the provider takes `+` for a mainland prefix.
    """
    found = MAINLAND.fullmatch(phone_number) or ABROAD.fullmatch(phone_number)
    return found[1] if found else None


def is_mainland(phone_number: str) -> bool:
    """Tell whether a normalised number is a mainland one."""
    return MAINLAND.fullmatch(phone_number) is not None
