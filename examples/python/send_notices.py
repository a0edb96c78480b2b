"""Puts notices into the queue, each about an order to a number: python send_notices.py 1042=13800138000.

It needs boto3, the address in SMS_QUEUE_URL, the region in AWS_REGION, and credentials as AWS SDKs find them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 10  # entries that SQS takes at once
PAUSES = (0, 1, 3)  # seconds before each try


def put(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put messages that name their keys into the queue; give those that it did not take.

    What SQS took though its answer was lost is in the queue twice, and sent once: its key stands in it.
    """
    sqs = boto3.client("sqs", region_name=os.environ["AWS_REGION"])
    waiting, refused = list(messages), list[dict[str, Any]]()
    for pause in PAUSES:
        time.sleep(pause if waiting else 0)
        tried, waiting = waiting, []
        for start in range(0, len(tried), MOST):
            page = tried[start : start + MOST]
            entries = [{"Id": str(i), "MessageBody": json.dumps(each)} for i, each in enumerate(page)]
            answer = sqs.send_message_batch(QueueUrl=os.environ["SMS_QUEUE_URL"], Entries=entries)
            for failed in answer.get("Failed", []):
                (refused if failed["SenderFault"] else waiting).append(page[int(failed["Id"])])
    return refused + waiting


def notice(order: str, number: str) -> dict[str, Any]:
    """Tell of an order; its key is its id here, so it is told once, whatever is started again."""
    return {
        "phone_numbers": [number],
        "template_code": "SMS_200000001",
        "template_param": {"name": "顾客", "order": order},
        "idempotency_key": f"order-{order}-sent",
        "reference": order,
    }


def main() -> int:
    """Put all of them into the queue, and say which are not in it."""
    notices = [notice(*argument.split("=", 1)) for argument in sys.argv[1:]]
    left = put(notices)
    print(f"{len(notices) - len(left)} of {len(notices)} in the queue")
    for each in left:
        print(f"not taken: order {each['reference']}", file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
