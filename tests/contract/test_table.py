"""The table in memory and DynamoDB's, as moto has it, keep the same contract; tests/e2e holds the emulator to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from aliyun_sms.aws.dynamodb import PAUSES, DynamoTable
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from tests.contract.table_contract import TableContract, row
from tests.workbench.fake_table import FakeTable
from tests.workbench.functions import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = {"pk": "S", "due_shard": "S", "due_at": "N"}


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """A client of a DynamoDB that is in this process."""
    with mock_aws():
        client = boto3.client(
            "dynamodb", region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        create(client)
        yield client


class TestFakeTable(TableContract):
    @pytest.fixture
    def table(self) -> FakeTable:
        return FakeTable()


class TestDynamoTable(TableContract):
    @pytest.fixture
    def table(self, dynamodb: Any) -> DynamoTable:
        return DynamoTable("messages", lambda: dynamodb)


def create(dynamodb: Any) -> None:
    """The table as template.yaml has it."""
    dynamodb.create_table(
        TableName="messages",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in NAMES.items()],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "due_shard", "KeyType": "HASH"},
                    {"AttributeName": "due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )


def unread(key: str) -> dict[str, Any]:
    """BatchGetItem's answer where there was no room for this row."""
    return {"Responses": {"messages": []}, "UnprocessedKeys": {"messages": {"Keys": [{"pk": {"S": key}}]}}}


def answer_of(*keys: str) -> dict[str, Any]:
    return {"Responses": {"messages": [{"pk": {"S": key}, "version": {"N": "1"}} for key in keys]}}


READS: dict[str, Callable[[DynamoTable], object]] = {
    "get_item": lambda table: table.get_all(["key"]),
    "batch_get_item": lambda table: table.get_all(["one", "two"]),
    "query": lambda table: table.due("shard", 1, 1),
}


def refused(code: str, *reasons: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": ""}, "CancellationReasons": [{"Code": each} for each in reasons]}
    return ClientError(answer, "PutItem")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("ConditionalCheckFailedException"), Conflict),
        (refused("TransactionConflictException"), Conflict),
        (refused("TransactionCanceledException", "None", "ConditionalCheckFailed"), Conflict),
        (refused("TransactionCanceledException", "TransactionConflict", "None"), Conflict),
        (refused("TransactionCanceledException", "ThrottlingError", "None"), TableUnavailable),
        (refused("ThrottlingException"), TableUnavailable),
        (refused("InternalServerError"), TableUnavailable),
        (ReadTimeoutError(endpoint_url="https://dynamodb"), TableUnavailable),
    ],
)
def test_only_a_write_that_certainly_was_not_done_is_a_conflict(error: Exception, expected: type[Exception]) -> None:
    dynamodb = Mock(**{"put_item.side_effect": error, "transact_write_items.side_effect": error})
    table = DynamoTable("messages", lambda: dynamodb, lambda _: None)

    for puts in ([row(0)], [row(0), row(0)]):
        with pytest.raises(expected):
            table.put_all(puts)


THROTTLED = refused("TransactionCanceledException", "ThrottlingError", "None")
MET = refused("TransactionCanceledException", "None", "TransactionConflict")


@pytest.mark.parametrize("refusal", [THROTTLED, MET])
@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_transaction_that_was_too_much_or_met_another_is_tried_again_after_a_pause(
    times: int, refusal: ClientError
) -> None:
    dynamodb, pauses = Mock(**{"transact_write_items.side_effect": [*[refusal] * times, {}]}), list[float]()

    DynamoTable("messages", lambda: dynamodb, pauses.append).put_all([row(0), row(0)])

    first, *others = dynamodb.transact_write_items.call_args_list
    assert others == [first] * times
    assert pauses == list(PAUSES[:times])


def test_a_transaction_that_stays_too_much_is_tried_twice_more_at_most() -> None:
    dynamodb, pauses = Mock(**{"transact_write_items.side_effect": THROTTLED}), list[float]()

    with pytest.raises(TableUnavailable):
        DynamoTable("messages", lambda: dynamodb, pauses.append).put_all([row(0), row(0)])
    assert (dynamodb.transact_write_items.call_count, pauses) == (3, list(PAUSES))


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_what_boto3_tries_again_itself_is_not_tried_again_here(code: str) -> None:
    dynamodb, pauses = Mock(**{"transact_write_items.side_effect": refused(code)}), list[float]()

    with pytest.raises(TableUnavailable):
        DynamoTable("messages", lambda: dynamodb, pauses.append).put_all([row(0), row(0)])
    assert (dynamodb.transact_write_items.call_count, pauses) == (1, [])


def test_a_row_is_read_consistently() -> None:
    dynamodb = Mock(**{"get_item.return_value": {}})

    assert DynamoTable("messages", lambda: dynamodb).get_all(["key"]) == {}
    assert dynamodb.get_item.call_args.kwargs["ConsistentRead"] is True


def test_several_rows_are_read_consistently() -> None:
    dynamodb = Mock(**{"batch_get_item.return_value": {"Responses": {}}})

    assert DynamoTable("messages", lambda: dynamodb).get_all(["one", "two"]) == {}
    assert dynamodb.batch_get_item.call_args.kwargs["RequestItems"]["messages"]["ConsistentRead"] is True


def test_what_there_was_no_room_for_is_asked_for_again() -> None:
    first = {**unread("two"), **answer_of("one", "three")}
    dynamodb = Mock(**{"batch_get_item.return_value": first, "get_item.return_value": {"Item": {"pk": {"S": "two"}}}})

    rows = DynamoTable("messages", lambda: dynamodb).get_all(["one", "two", "three"])

    assert sorted(rows) == ["one", "three", "two"]
    assert dynamodb.get_item.call_args.kwargs["Key"] == {"pk": {"S": "two"}}


def test_rows_for_which_there_never_is_room_are_not_taken_for_rows_that_are_not_there() -> None:
    both = {"Responses": {}, "UnprocessedKeys": {"messages": {"Keys": [{"pk": {"S": key}} for key in ("one", "two")]}}}
    dynamodb = Mock(**{"batch_get_item.return_value": both})

    with pytest.raises(TableUnavailable):
        DynamoTable("messages", lambda: dynamodb).get_all(["one", "two"])
    assert dynamodb.batch_get_item.call_count <= 10


@pytest.mark.parametrize("operation", READS)
def test_a_table_that_cannot_be_read_is_unavailable(operation: str) -> None:
    dynamodb = Mock(**{f"{operation}.side_effect": refused("ResourceNotFoundException")})
    table = DynamoTable("messages", lambda: dynamodb)

    with pytest.raises(TableUnavailable):
        READS[operation](table)
