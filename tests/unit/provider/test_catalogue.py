"""The catalogue against the list of codes it was made from, and how a code finds its entry."""

import csv
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from aliyun_sms.provider import catalogue
from aliyun_sms.provider.catalogue import UNKNOWN, Category, Entry, lookup

PATTERNS = {  # as the list spells them, and as the catalogue does
    "Missing{ParameterName}": "Missing{Parameter}",
    "Invalid{ParameterName}": "Invalid{Parameter}",
    "http:502/504 non-JSON": "http:{Status}",
}
OTHER_PATTERNS = {
    "InvalidAccessKeyId.{Reason}": ("configuration", False),
    "InvalidSecurityToken.{Reason}": ("configuration", False),
    "Throttling.{Scope}": ("throttled", True),
    "Forbidden.{Reason}": ("configuration", False),
}
OTHER_SPELLINGS = {  # codes that the provider writes in more than one way
    "isv.SIGNATURE_BLACKLIST": "SIGNATURE_BLACKLIST",
    "receipt:SIGNATURE_BLACKLIST": "SIGNATURE_BLACKLIST",
    "receipt:DELIVRD": "receipt:DELIVERED",
    "receipt:MOBILE_TERMINAL_ERROR": "receipt:MOBLLE_TERMINAL_ERROR",
}
OURS = {
    "client:unreadable-answer": ("ambiguous", False),
    "client:out-of-time": ("transient", True),
    "client:expired": ("invalid", False),
    "client:invalid-message": ("invalid", False),
    "client:no-credentials": ("configuration", False),
    "client:credentials-unavailable": ("transient", True),
    "client:internal-error": ("ambiguous", False),
    "client:not-submitted": ("transient", True),
    "client:interrupted": ("ambiguous", False),
    "client:ledger-unavailable": ("transient", True),
    "client:key-conflict": ("invalid", False),
    "client:not-allowed": ("invalid", False),
    "client:policy-unavailable": ("transient", True),
    "client:daily-limit": ("throttled", True),
    "client:stopped": ("transient", True),
    "client:incomplete-records": ("transient", True),
}

TEXT = Path(catalogue.__file__).with_name("catalogue.json").read_text(encoding="utf-8")
CODES: list[str] = list(json.loads(TEXT))


def listed() -> dict[str, tuple[str, bool]]:
    path = Path(__file__).parents[2] / "vectors" / "error_codes.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {PATTERNS.get(row["code"], row["code"]): (row["category"], row["retryable"] == "yes") for row in rows}


@pytest.mark.parametrize(("code", "expected"), {**listed(), **OTHER_PATTERNS, **OURS}.items())
def test_a_code_has_its_category_and_says_whether_to_retry(code: str, expected: tuple[str, bool]) -> None:
    entry = lookup(code)

    assert (entry.category, entry.retryable) == expected


def test_the_catalogue_holds_the_listed_codes_in_their_order_and_no_others_than_named_here() -> None:
    codes = list(listed())
    others = {*OTHER_PATTERNS, *OTHER_SPELLINGS, *OURS}

    assert [code for code in CODES if code not in others] == codes
    assert set(CODES) == {*codes, *others}


def test_each_code_has_one_line_and_no_code_two() -> None:
    lines = TEXT.splitlines()[1:-1]

    assert [line.split('"')[1] for line in lines] == CODES


@pytest.mark.parametrize(("other", "code"), OTHER_SPELLINGS.items())
def test_another_spelling_means_the_same(other: str, code: str) -> None:
    assert (lookup(other).category, lookup(other).retryable) == (lookup(code).category, lookup(code).retryable)


@pytest.mark.parametrize("code", CODES)
def test_only_known_categories_are_used(code: str) -> None:
    assert lookup(code).category in get_args(Category)


@pytest.mark.parametrize("entry", [*(lookup(code) for code in CODES if code != "OK"), UNKNOWN], ids=[*CODES[1:], "?"])
def test_advice_is_one_short_sentence_in_each_language(entry: Entry) -> None:
    english, chinese = entry.advice_en or "", entry.advice_zh or ""

    assert re.fullmatch(r"[A-Z].+[^.]\.", english)
    assert re.search(r"[.!?] ", english) is None
    assert len(english) <= 140
    assert re.fullmatch(r"[^。！？]+。", chinese)
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert len(chinese) <= 100


def test_success_needs_no_advice() -> None:
    assert lookup("OK") == Entry("success", retryable=False, advice_en=None, advice_zh=None)


def test_an_empty_secret_is_answered_with_the_command_that_fills_it() -> None:
    entry = lookup("client:no-credentials")

    assert "aws secretsmanager put-secret-value" in (entry.advice_en or "")
    assert "aws secretsmanager put-secret-value" in (entry.advice_zh or "")


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("MissingSignName", "Missing{Parameter}"),
        ("MissingPhoneNumbers", "Missing{Parameter}"),
        ("InvalidPhoneNumbers", "Invalid{Parameter}"),
        ("InvalidTimeStamp.Whatever", "Invalid{Parameter}"),
        ("InvalidAccessKeyId.Whatever", "InvalidAccessKeyId.{Reason}"),
        ("InvalidSecurityToken.Whatever", "InvalidSecurityToken.{Reason}"),
        ("Throttling.AnyScope", "Throttling.{Scope}"),
        ("Forbidden.AnyReason", "Forbidden.{Reason}"),
        ("http:502", "http:{Status}"),
    ],
)
def test_a_code_that_is_not_listed_has_the_pattern_with_the_longest_start(code: str, pattern: str) -> None:
    assert lookup(code) is lookup(pattern)


@pytest.mark.parametrize("code", ["InvalidVersion", "MissingSecurityToken", "Throttling.User", "Forbidden.RAM"])
def test_a_listed_code_comes_before_any_pattern(code: str) -> None:
    assert lookup(code).advice_en == json.loads(TEXT)[code]["advice_en"]


@pytest.mark.parametrize(
    "code", ["", "isv.NEVER_SEEN", "ok", "Missing", "Invalid", "Throttling.", "http:", "receipt:MK:0001"]
)
def test_an_unknown_code_is_ambiguous_and_not_to_be_sent_again(code: str) -> None:
    entry = lookup(code)

    assert entry is UNKNOWN
    assert (entry.category, entry.retryable) == ("ambiguous", False)


def test_a_changed_secret_can_help_after_these_codes_only() -> None:
    assert [code for code in CODES if lookup(code).credentials] == [
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidAccessKeyId.NotFound",
        "InvalidAccessKeyId.Inactive",
        "InvalidAccessKeyId.{Reason}",
        "InvalidAccessKeyId",
        "InvalidSecurityToken.Expired",
        "InvalidSecurityToken.Malformed",
        "InvalidSecurityToken.MismatchWithAccessKey",
        "InvalidSecurityToken.{Reason}",
        "MissingSecurityToken",
    ]


@pytest.mark.parametrize(
    ("mark", "codes"),
    [
        ("call_again", ["isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR"]),
        ("per_recipient", ["isv.BUSINESS_LIMIT_CONTROL"]),
        ("permission", ["isp.RAM_PERMISSION_DENY", "Forbidden", "Forbidden.RAM", "NoPermission"]),
        (
            "at_once",
            [
                "InvalidTimeStamp.Expired",
                "Throttling",
                "Throttling.User",
                "Throttling.Api",
                "Throttling.{Scope}",
                "client:connect-failure",
            ],
        ),
    ],
)
def test_these_codes_only_are_marked(mark: str, codes: list[str]) -> None:
    assert [code for code in CODES if getattr(lookup(code), mark)] == codes
