"""Dead letters in queues of moto's: put in, and seen as anybody sees them; and the ledger's rows of their messages."""

from __future__ import annotations

import json
from typing import Any

import boto3

MESSAGE = {"phone_numbers": ["13800138000"], "template_code": "SMS_1"}
KEYED = json.dumps({**MESSAGE, "idempotency_key": "k"})

TABLE = "messages"
OF_TABLE: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def put_row(message_id: str, status: str, **numbers: int) -> None:
    """Let the ledger have a message."""
    texts = {"pk": f"message#{message_id}", "message_id": message_id, "status": status}
    item = {name: {"S": text} for name, text in texts.items()}
    item |= {name: {"N": str(number)} for name, number in numbers.items()}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)


def put(queue_url: str, body: str, **attributes: str) -> str:
    """Put a letter in, and give the id that SQS gave it."""
    values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sent = boto3.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=values)
    return str(sent["MessageId"])


def put_many(queue_url: str, number: int, **attributes: str) -> None:
    """Put in so many."""
    for _ in range(number):
        put(queue_url, KEYED, **attributes)


def seen_in(queue_url: str) -> list[Any]:
    """Ten at most of what anybody could receive now."""
    received = boto3.client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return list(received.get("Messages", []))


def all_in(queue_url: str) -> list[Any]:
    """All of what anybody could receive now."""
    seen: list[Any] = []
    while more := seen_in(queue_url):
        seen += more
    return seen


def texts(letter: dict[str, Any]) -> dict[str, str]:
    """Its attributes, but for since when it is in queues."""
    attributes = letter.get("MessageAttributes", {}).items()
    return {name: value["StringValue"] for name, value in attributes if name != "in_queues_since"}
