"""What is seen of a deployed stack from outside: its ledger, its dead-letter queue and what the provider accepted."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from local.loopback import session

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

FINAL = {"accepted", "rejected", "expired"}
REFUSED = Retry(connect=10, read=0, backoff_factor=0.1)  # a planned fault closes the simulator's door for a while
LATE = 3600  # seconds: what is put back so late waits for a limit to open

Row = dict[str, Any]


@dataclass
class Sight:
    """Looks again whenever it is asked."""

    stack: Stack
    letters: set[str] = field(default_factory=set)  # references in the dead-letter queue
    unknown_since: dict[str, int] = field(default_factory=dict)  # by reference: created_at of what was ever unknown

    def rows(self) -> dict[str, Row]:
        """The messages in the ledger by their reference."""
        pages = (
            self.stack.client("dynamodb").get_paginator("scan").paginate(TableName=self.stack.outputs.messages_table)
        )
        items = (_plain(item) for page in pages for item in page["Items"])
        rows = {item["reference"]: item for item in items if "status" in item and "reference" in item}
        late = {reference: row for reference, row in rows.items() if _is_unknown(row)}
        self.unknown_since |= {reference: int(row["created_at"]) for reference, row in late.items()}
        return rows

    def settled(self) -> set[str]:
        """The references of messages for which nothing more is done but by a person, or when a limit opens."""
        self._collect_letters()
        return self.letters | {reference for reference, row in self.rows().items() if not is_open(row)}

    def accepted(self) -> Counter[str]:
        """How often the provider accepted a message for each number."""
        return Counter(message["phone_number"] for message in self.ask("GET", "messages")["messages"])

    def requests(self) -> list[dict[str, Any]]:
        """What the provider was asked, and which fault there was."""
        return list(self.ask("GET", "requests")["requests"])

    def ask(self, method: str, path: str, wanted: object = None) -> Any:
        """Say something to the simulator's controls."""
        url = f"{self.stack.outputs.simulator_url}/_simulator/{path}"
        with session() as http:
            http.mount("http://", HTTPAdapter(max_retries=REFUSED))
            answer = http.request(method, url, json=wanted, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def _collect_letters(self) -> None:
        """Take what is in the dead-letter queue; it comes back into it only after the run."""
        queue, sqs = self.stack.outputs.dead_letter_queue_url, self.stack.client("sqs")
        while True:
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=3600)
            if "Messages" not in answer:
                return
            self.letters |= {json.loads(letter["Body"])["reference"] for letter in answer["Messages"]}


def is_open(row: Row) -> bool:
    """Whether a message is neither settled, nor in a person's hands, nor waiting for a limit to open."""
    return not (row.get("held_at") or waits(row) or (row["status"] in FINAL and not row["released"]))


def waits(row: Row) -> bool:
    """Whether a message waits in the ledger for a limit to open."""
    return bool(row["status"] == "queued" and row.get("due_at", 0) > time.time() + LATE)


def _is_unknown(row: Row) -> bool:
    return bool(row["status"] == "unknown" or (row["status"] == "sending" and time.time() >= row["lease_until"]))


def _plain(item: Row) -> Row:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
