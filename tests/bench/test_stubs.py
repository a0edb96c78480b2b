"""The stubs that the benchmarks count with: DynamoDB's keeps the contract of every other table."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from aliyun_sms.aws.dynamodb import DynamoTable
from tests.bench.stubs.expressions import compiled
from tests.bench.stubs.processes import served
from tests.bench.stubs.provider import answer
from tests.contract.table_contract import TableContract
from tests.workbench.functions import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.stubs.processes import Served


@pytest.fixture(scope="module")
def aws() -> Iterator[Served]:
    with served("aws") as running:
        yield running


@pytest.fixture(scope="module")
def dynamodb(aws: Served) -> Iterator[Any]:
    client = boto3.client(
        "dynamodb",
        endpoint_url=aws.url("http"),
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    yield client
    client.close()


class TestStubTable(TableContract):
    @pytest.fixture
    def table(self, dynamodb: Any) -> DynamoTable:
        return DynamoTable("messages", lambda: dynamodb)


def put(key: str) -> dict[str, Any]:
    condition = "attribute_not_exists(pk)"
    return {"Put": {"TableName": "messages", "Item": {"pk": {"S": key}}, "ConditionExpression": condition}}


def test_a_cancelled_transaction_names_its_offenders_in_their_order(dynamodb: Any) -> None:
    standing = uuid4().hex
    dynamodb.transact_write_items(TransactItems=[put(standing)])

    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=[put(uuid4().hex), put(standing)])

    reasons = [reason["Code"] for reason in refused.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]


@pytest.mark.parametrize("keys", [["twice", "twice"], [str(number) for number in range(101)]])
def test_what_dynamodb_takes_in_no_transaction_is_not_taken_here(dynamodb: Any, keys: list[str]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        dynamodb.transact_write_items(TransactItems=[put(key) for key in keys])


def test_an_operation_that_is_not_known_is_refused(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="UnknownOperation"):
        dynamodb.scan(TableName="messages")


def test_rows_are_read_many_at_a_time(dynamodb: Any) -> None:
    keys = [{"pk": {"S": uuid4().hex}} for _ in range(3)]
    for key in keys[:2]:
        dynamodb.put_item(TableName="messages", Item=key)

    found = dynamodb.batch_get_item(RequestItems={"messages": {"Keys": keys}})["Responses"]["messages"]

    assert found == keys[:2]


def test_operations_are_counted_until_they_are_asked_for_and_then_all_is_forgotten(dynamodb: Any, aws: Served) -> None:
    key = {"pk": {"S": "kept"}}
    aws.counts()
    dynamodb.put_item(TableName="messages", Item=key)

    assert dynamodb.get_item(TableName="messages", Key=key)["Item"] == key
    assert aws.counts() == {"DynamoDB.PutItem": 1, "DynamoDB.GetItem": 1}
    assert aws.counts() == {}
    assert "Item" not in dynamodb.get_item(TableName="messages", Key=key)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("version = :seven", True),
        ("version <> :seven", False),
        ("attribute_exists(#v) AND version > :seven", False),
        ("attribute_not_exists(pk) OR (version <= :seven AND NOT attribute_exists(ttl))", True),
        ("ttl < :seven", False),
    ],
)
def test_a_condition_is_read_as_dynamodb_reads_it(condition: str, expected: bool) -> None:  # noqa: FBT001 - a case
    item = {"pk": {"S": "key"}, "version": {"N": "7"}}

    assert compiled(condition)((item, {"#v": "version"}, {":seven": {"N": "7.0"}})) is expected


@pytest.mark.parametrize("condition", ["size(pk)", "version = ", "(version = :seven"])
def test_a_condition_that_is_not_known_is_not_guessed(condition: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        compiled(condition)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (b"POST / HTTP/1.1", {"Action": "SendSms", "PhoneNumbers": "13800138000,13800138001"}, ("SendSms", 2)),
        (
            b"POST / HTTP/1.1",
            {"PhoneNumberJson": json.dumps(["13800138000"] * 3), "Action": "SendBatchSms"},
            ("SendBatchSms", 3),
        ),
        (b"POST /?PhoneNumbers=13800138000%2C13800138001 HTTP/1.1\r\nx-acs-action: SendSms", {}, ("SendSms", 2)),
        (
            b"POST /?TemplateCode=1 HTTP/1.1\r\nx-acs-action: SendBatchSms",
            {"PhoneNumberJson": json.dumps(["13800138000"] * 3)},
            ("SendBatchSms", 3),
        ),
    ],
)
def test_the_provider_counts_calls_and_recipients(head: bytes, body: dict[str, str], expected: tuple[str, int]) -> None:
    counts: Counter[str] = Counter()

    answer(head, urlencode(body).encode(), counts)

    action, recipients = expected
    assert counts == {action: 1, "recipients": recipients}
