"""What a code means for the message: the provider's codes and ours, as data."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

Category = Literal["success", "transient", "throttled", "invalid", "configuration", "ambiguous"]
Part = Literal["phone_number", "template_param", "sign_name", "template_code", "sms_up_extend_code", "any"]

_FILE = Path(__file__).with_name("catalogue.json")


class Entry(NamedTuple):
    """One code's meaning; advice is one sentence, None where there is nothing to do.

    `credentials` marks the codes after which a changed secret can help, `call_again` those for which the provider
    says to call again, without a promise that nothing was sent; `at_once` those that refuse a request before anything
    is done, for a reason that may be gone a moment later; `per_recipient` those that may speak of one recipient alone,
    so that of several the others may have been sent to, and that come again; `permission` those of a key that is in
    order, whose RAM user may not call what it called. `part` is what of a message a refusal is
    for; none where it is for something else.
    """

    category: Category
    retryable: bool
    advice_en: str | None
    advice_zh: str | None
    credentials: bool = False
    call_again: bool = False
    at_once: bool = False
    per_recipient: bool = False
    permission: bool = False
    part: Part | None = None


UNKNOWN = Entry(
    category="ambiguous",
    retryable=False,
    advice_en="Look the code up at the provider: it is not in the catalogue, so the outcome counts as unknown.",
    advice_zh="该错误码未收录，发送结果按未知处理，请到服务商文档查询其含义。",
)


def lookup(code: str) -> Entry:
    """Entry of this code, else of the pattern with the longest literal start, else UNKNOWN.

    In a pattern such as `Invalid{Parameter}`, the braces stand for one character at least.
    UNKNOWN is ambiguous because sending twice is worst: what is not known to be refused is not sent again.
    The caller keeps the code and its text as they came.
    Source: help.aliyun.com document 101346 and the gateway's common codes; categories are our judgement.
    """
    return _entries().get(code) or _match(code) or UNKNOWN


def _match(code: str) -> Entry | None:
    fits = (entry for start, entry in _patterns() if code.startswith(start) and code != start)
    return next(fits, None)


@cache
def _entries() -> dict[str, Entry]:
    entries = json.loads(_FILE.read_text(encoding="utf-8"))
    return {code: Entry(**fields) for code, fields in entries.items()}


@cache
def _patterns() -> list[tuple[str, Entry]]:
    """Literal start of each pattern and its entry, the longest first."""
    patterns = [(code.partition("{")[0], entry) for code, entry in _entries().items() if "{" in code]
    return sorted(patterns, key=lambda pattern: len(pattern[0]), reverse=True)
