"""What carriers refuse in a template's variable, whatever the provider's own review lets through.

Source: help.aliyun.com documents 44357 and 463237 (variables), 101346 (isv.PARAM_NOT_SUPPORT_URL).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Compiled when a value is first looked at: most sandboxes have no policy, and a cold start would pay for it.
_LINK = r"(?i)[a-z][a-z0-9+.-]*://|www\.|https?:|[a-z0-9-]\.(?:com|cn|net|org|io|cc|top|vip|xyz)(?![a-z0-9-])"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = rf"(?<![0-9])(?<![0-9]\.)(?:{_BYTE}\.){{3}}{_BYTE}(?!\.?[0-9])"
_MAY_BE_IPV6 = r"(?i)(?<![0-9a-z:.])[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?![0-9a-z])"


def objections(value: str) -> Iterator[str]:
    """What a value holds that carriers refuse; quotes nothing of it."""
    if re.search(_LINK, value):
        yield "holds a web address, which carriers refuse"
    if re.search(_IPV4, value) or any(map(_is_ipv6, re.findall(_MAY_BE_IPV6, value))):
        yield "holds an IP address, which carriers refuse"
    if "【" in value or "】" in value:
        yield "holds 【 or 】, which carriers take for a signature's"


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address  # noqa: PLC0415 - hardly any value needs it

    try:
        IPv6Address(text.rstrip("."))
    except ValueError:  # a time of day, such as 12:30:45
        return False
    return True
