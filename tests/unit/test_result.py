"""What callers get for a message, and the id that it has."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.errors import Fault
from aliyun_sms.message.incoming import message_id
from aliyun_sms.result import Result

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RESULT = Result("id", "accepted", "OK", "OK", "success", retryable=False, advice=None)


def test_a_result_is_the_json_object_of_the_contract() -> None:
    document = RESULT.document()

    assert json.loads(json.dumps(document)) == document
    assert list(document) == [
        "message_id",
        "status",
        "code",
        "description",
        "category",
        "retryable",
        "advice",
        "request_id",
        "biz_id",
        "reference",
        "recipients",
        "duplicate",
    ]


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [(-60_000, 1), (0, 1), (1, 1), (1000, 1), (1001, 2), (59_999, 60), (60_000, 60)]
)
def test_a_throttled_message_can_go_after_whole_seconds(milliseconds: int, seconds: int) -> None:
    retry_at = NOW + timedelta(milliseconds=milliseconds)

    result = Result("id", "rejected", "x", "", "throttled", retryable=True, advice=None, retry_at=retry_at)

    assert result.retry_after(NOW) == seconds


def test_without_a_time_another_try_makes_sense_after_a_second() -> None:
    assert RESULT.retry_after(NOW) == 1


def test_a_result_shows_neither_texts_nor_the_callers_reference() -> None:
    result = Result(
        "id",
        "rejected",
        "x",
        "canary",
        "invalid",
        retryable=False,
        advice=None,
        reference="canary",
        faults=(Fault("canary", "canary"),),
    )

    assert "canary" not in repr(result)


def test_an_id_is_32_hexadecimal_digits_the_same_every_time() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", message_id("queue", "key"))
    assert message_id("queue", "key") == message_id("queue", "key")


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_ids_differ_where_scope_or_key_differ(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (message_id(*one) == message_id(*other)) is (one == other)


def test_what_ends_the_scope_does_not_begin_the_key() -> None:
    ids = {
        message_id(*parts) for parts in [("ab", "c"), ("a", "bc"), ("a\n", "b"), ("a", "\nb"), ("1:a", ""), ("", "1:a")]
    }

    assert len(ids) == 6


def test_a_key_with_half_a_surrogate_pair_has_an_id_too() -> None:
    assert message_id("queue", "\ud800") != message_id("queue", "?")
