"""The fingerprint tells payloads apart by what reaches the recipient, and is compared by the rule of its own form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.message.fingerprint import FORM, fingerprint, is_fingerprint_of
from aliyun_sms.message.message import Defaults, Message
from tests.workbench.functions import ROOT

DEFAULTS = Defaults("阿里云", "SMS_2")
GIVEN: dict[str, Any] = {
    "phone_numbers": ["13800138000", "+85261234567"],
    "sign_name": "北岸",
    "template_code": "SMS_1",
    "template_param": {"name": "王小明", "order": "A-1024"},
    "sms_up_extend_code": "90999",
}
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9)
ROW = json.loads((ROOT / "tests/vectors/rows_0.1.0.json").read_text("utf-8"))["accepted"]


def of(document: dict[str, Any], defaults: Defaults = DEFAULTS) -> str:
    return fingerprint(Message(document, defaults))


def test_it_begins_with_the_name_of_its_form() -> None:
    assert of(GIVEN).startswith(FORM)


@pytest.mark.parametrize(
    "same",
    [
        {"phone_numbers": "+86 138 0013 8000, 13800138000, +852 6123 4567"},
        {"template_param": '{"order": "A-1024", "name": "王小明"}'},
        {"reference": "order 1", "idempotency_key": "key 1", "expires_at": "2030-01-01T00:00:00Z", "urgent": True},
    ],
)
def test_it_is_of_the_message_as_normalised_and_of_what_reaches_the_recipient(same: dict[str, Any]) -> None:
    assert of(GIVEN | same) == of(GIVEN)


@pytest.mark.parametrize(
    "other",
    [
        {"phone_numbers": ["13800138000"]},
        {"sign_name": "阿里云"},
        {"template_code": "SMS_2"},
        {"template_param": {"name": "王小明", "order": "A-1025"}},
        {"template_param": {}},
        {"template_param": None},
        {"sms_up_extend_code": None},
        {"sign_name": None},
        {"template_code": None},
    ],
)
def test_each_other_content_has_another(other: dict[str, Any]) -> None:
    assert of(GIVEN | other) != of(GIVEN)


def test_a_default_is_no_part_of_it() -> None:
    left_out = GIVEN | {"sign_name": None, "template_code": None}

    assert of(left_out, Defaults("阿里", "SMS_3")) == of(left_out)
    assert of(left_out | {"sign_name": "阿里云"}) != of(left_out)


@pytest.mark.parametrize(
    ("fields", "same"),
    [({}, True), ({"sign_name": None}, True), ({"reference": None}, True), ({"phone_numbers": "13900139000"}, False)],
)
def test_one_without_a_form_is_compared_as_it_was_written_with_the_defaults_filled_in(
    fields: dict[str, Any], *, same: bool
) -> None:
    [item] = [item for item in ROW["items"].values() if "message_id" in item]
    [[_, document]] = ROW["documents"]

    assert is_fingerprint_of(Message(document | fields, Defaults("sign")), item["fingerprint"]) is same


def test_one_of_a_form_that_is_not_known_is_of_no_message() -> None:
    message = Message(GIVEN)

    assert not is_fingerprint_of(message, fingerprint(message).replace(FORM, "3:"))


@given(
    param=st.none() | st.dictionaries(TEXTS, TEXTS | st.integers(), max_size=9),
    left_out=st.sets(st.sampled_from(["sign_name", "template_code", "sms_up_extend_code"])),
)
def test_what_is_stored_of_a_message_makes_the_same_message_again(param: Any, left_out: set[str]) -> None:
    message = Message(GIVEN | {"template_param": param} | dict.fromkeys(left_out), DEFAULTS)

    stored = json.loads(json.dumps(message.document()))

    assert left_out.isdisjoint(stored)
    assert Message(stored, DEFAULTS) == message
    assert is_fingerprint_of(Message(stored, Defaults("阿里", "SMS_3")), fingerprint(message))
