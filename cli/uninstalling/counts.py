"""What is lost with a stack, counted."""

from __future__ import annotations

from typing import Any

from cli.queues import length

SHARDS = tuple(f"due#{number}" for number in range(8))  # of the ledger's index
GONE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "ResourceNotFoundException"}


def in_queue(sqs: Any, url: str) -> int:
    """About how many messages a queue holds; none where it is gone."""
    try:
        return length(sqs, url)
    except sqs.exceptions.ClientError as error:
        return _none_where_gone(error)


def unsettled(dynamodb: Any, table: str) -> int:
    """How many rows of the ledger wait for settling: submissions nobody knows the outcome of, messages that wait."""
    try:
        return sum(_in_shard(dynamodb, table, shard) for shard in SHARDS)
    except dynamodb.exceptions.ClientError as error:
        return _none_where_gone(error)


def _in_shard(dynamodb: Any, table: str, shard: str) -> int:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        IndexName="due",
        Select="COUNT",
        KeyConditionExpression="due_shard = :shard",
        ExpressionAttributeValues={":shard": {"S": shard}},
    )
    return sum(int(page["Count"]) for page in pages)


def _none_where_gone(error: Any) -> int:
    """An earlier removal that failed may have taken it away."""
    if error.response["Error"]["Code"] in GONE:
        return 0
    raise error
