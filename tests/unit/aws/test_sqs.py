"""What goes to the dead-letter queue with a message: its key in the body, its reason beside it, nobody's secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from aliyun_sms.aws.sqs import DeadLetters, text_with_key, with_key
from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.message.document import read_document
from aliyun_sms.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULT = Result(
    "id-1", "rejected", "isv.X", "13800138000 canary", "invalid", retryable=False, advice="Correct the number."
)


class Queue:
    """A queue of moto's."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", "cn-north-1")
        self.url = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        self.dead_letters = DeadLetters(self.url, lambda: self.sqs)

    def letter(self) -> tuple[str, dict[str, str]]:
        """Body and attributes of the one message in it."""
        (letter,) = self.sqs.receive_message(QueueUrl=self.url, MessageAttributeNames=["All"])["Messages"]
        return letter["Body"], {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield Queue()


def faulty(*faults: Fault) -> Result:
    """The result of what is no message, with a text as the core makes it."""
    told = "; ".join(map(str, faults))
    return Result(
        "id-1", "rejected", "client:invalid-message", told, "invalid", retryable=False, advice="A",
        faults=faults, fault_count=len(faults),
    )  # fmt: skip


def test_a_letter_is_the_body_with_code_message_id_and_advice_beside_it(queue: Queue) -> None:
    queue.dead_letters.add("body", RESULT)

    body, attributes = queue.letter()
    assert body == "body"
    assert attributes == {
        "code": "isv.X",
        "status": "rejected",
        "category": "invalid",
        "message_id": "id-1",
        "reason": "Correct the number.",
    }


def test_a_letter_tells_that_its_caller_named_what_the_provider_does_not_know(queue: Queue) -> None:
    queue.dead_letters.add("body", replace(RESULT, category="configuration", of_caller=True))

    assert queue.letter()[1]["of_caller"] == "true"


def test_a_letter_of_no_category_names_none(queue: Queue) -> None:
    queue.dead_letters.add("body", Result("id-1", "unknown", None, None, None, retryable=False, advice=None))

    assert queue.letter()[1] == {"code": "unknown", "status": "unknown", "message_id": "id-1", "reason": "unknown"}


def test_the_reason_is_every_fault_where_there_are_any(queue: Queue) -> None:
    queue.dead_letters.add("body", faulty(Fault("urgent", "must be true"), Fault("sign_name", "is missing")))

    assert queue.letter()[1]["reason"] == "urgent: must be true; sign_name: is missing"


def test_the_reason_is_the_code_where_there_is_no_advice(queue: Queue) -> None:
    queue.dead_letters.add("body", Result("id-1", "accepted", "OK", "OK", "success", retryable=False, advice=None))

    assert queue.letter()[1]["reason"] == "OK"


def test_the_attributes_hold_no_number_and_not_the_providers_text(queue: Queue) -> None:
    queue.dead_letters.add("body", faulty(Fault("x", "is 13800138000")))

    assert queue.letter()[1]["reason"] == "x: is 138****8000"


def test_a_long_reason_is_cut_to_what_an_attribute_may_hold(queue: Queue) -> None:
    queue.dead_letters.add("body", faulty(*[Fault(f"phone_numbers[{i}]", "is empty " * 20) for i in range(10)]))

    assert len(queue.letter()[1]["reason"]) == 1000


def test_a_queue_that_cannot_be_reached_is_told_to_the_caller(queue: Queue) -> None:
    queue.sqs.delete_queue(QueueUrl=queue.url)

    with pytest.raises(ClientError):
        queue.dead_letters.add("body", RESULT)


def test_the_client_of_sqs_is_made_when_it_is_first_needed() -> None:
    made: list[str] = []

    DeadLetters("https://sqs/q", lambda: made.append("client"))

    assert made == []


@pytest.mark.parametrize(
    ("document", "resolved"),
    [
        ({"a": 1}, {"a": 1, "idempotency_key": "key"}),
        ({"idempotency_key": None}, {"idempotency_key": "key"}),
        ({"idempotency_key": "other"}, {"idempotency_key": "other"}),
        ({"idempotency_key": 5}, {"idempotency_key": 5}),
        ({"idempotency_key": " "}, {"idempotency_key": " "}),
        ([1], [1]),
        ("text", "text"),
        (None, None),
    ],
)
def test_a_message_keeps_its_resolved_key(document: object, resolved: object) -> None:
    assert json.loads(with_key(document, "key")) == resolved


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ('{"a": 1.50}', '{"idempotency_key": "key", "a": 1.50}'),
        (' {\n"a": [5]}', '{"idempotency_key": "key", \n"a": [5]}'),
        ("{}", '{"idempotency_key": "key"}'),
        ('{"idempotency_key": null}', '{"idempotency_key": "key"}'),
        ('{"idempotency_key": 5, "phone_numbers": [13800138000]}', None),
        ('{"idempotency_key": "other"}', None),
        ('["a"]', None),
    ],
)
def test_a_text_stays_as_it_came_but_for_a_key_that_it_lacks(text: str, resolved: str | None) -> None:
    assert text_with_key(text, read_document(text), "key") == (resolved or text)


def test_a_document_is_left_alone() -> None:
    document: dict[str, Any] = {"a": 1}

    with_key(document, "key")

    assert document == {"a": 1}


def test_a_body_is_ascii_since_sqs_refuses_some_characters() -> None:
    assert with_key({"a": "王\ud800\x00"}, "键").isascii()


def test_a_number_keeps_its_text_on_the_way_through() -> None:
    assert json.loads(with_key(read_document('{"template_param": {"price": 1.50}}'), "key"))["template_param"] == {
        "price": "1.50"
    }


@pytest.mark.parametrize("depth", range(850, 1000, 5))
def test_what_could_be_read_can_be_written_however_deep(depth: int) -> None:
    try:
        document = read_document('{"a":' * depth + "1" + "}" * depth)
    except InvalidMessage:
        return

    assert with_key(document, "key").count("{") == depth
