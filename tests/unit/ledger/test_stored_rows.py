"""Rows that an earlier version wrote, in every state: they are read as what they are, never sent twice, and settled.

tests/vectors/rows_0.1.0.json holds what version 0.1.0 wrote in each case, what the same message again came to with it,
and what settling came to, where the provider's send records hold the submissions and where they do not. What is stored
keeps its names for ever: a row that is not understood would look claimable, and its message would be sent again.
"""

from __future__ import annotations

import copy
import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aliyun_sms.ledger.message_row import MessageRow
from aliyun_sms.ledger.rows import from_item, to_put
from aliyun_sms.ledger.submission_row import SubmissionRow
from aliyun_sms.message.incoming import Origin
from tests.workbench.functions import ROOT
from tests.workbench.ledger_desk import GRACE, LedgerDesk

CASES: dict[str, dict[str, Any]] = json.loads((ROOT / "tests/vectors/rows_0.1.0.json").read_text("utf-8"))
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
ITEMS = [(name, item) for name, case in CASES.items() for item in case["items"].values()]
OF_THE_TABLE = {"pk", "due_shard"}  # attributes that are not a row's own


def desk_of(case: dict[str, Any]) -> LedgerDesk:
    """A desk with the rows of a case in its table, at the time at which they were left."""
    desk = LedgerDesk("later")
    desk.table.most_puts = 4
    desk.table.items = copy.deepcopy(case["items"])
    desk.time.now = datetime.fromtimestamp(case["now"], UTC)
    desk.change(security_token=case["security_token"])
    return desk


def kind_of(item: dict[str, Any]) -> Any:
    return MessageRow if "message_id" in item else SubmissionRow


def ends(desk: LedgerDesk) -> dict[str, str]:
    """What the ledger says of each message."""
    rows = [from_item(MessageRow, item) for item in desk.table.items.values() if "message_id" in item]
    return {row.message_id: said(row) for row in rows}


def said(row: MessageRow) -> str:
    marks = {"released": row.released, "held": row.held_at is not None, "due": row.due_at is not None}
    return " ".join([row.status, *(name for name, is_so in marks.items() if is_so)])


@pytest.mark.parametrize("item", [item for _, item in ITEMS], ids=[f"{name}: {item['pk']}" for name, item in ITEMS])
def test_every_attribute_of_a_stored_row_is_understood_and_written_under_its_name(item: dict[str, Any]) -> None:
    kind = kind_of(item)

    assert item.keys() - OF_THE_TABLE <= {field.name for field in fields(kind)}
    written = to_put(from_item(kind, item)).item
    assert written.items() >= (item | {"version": item["version"] + 1}).items()


@EACH
def test_the_same_message_again_comes_to_what_it_came_to(case: dict[str, Any]) -> None:
    desk = desk_of(case)

    results = [desk.sender.send(document, Origin(door, door, "origin"), 20.0) for door, document in case["documents"]]

    told = [{"status": each.status, "code": each.code, "duplicate": each.duplicate} for each in results]
    assert told == case["again"]["results"]
    assert len(desk.client.calls) == case["again"]["calls"]


@EACH
@pytest.mark.parametrize("evidence", ["found", "not found"])
def test_what_was_left_is_settled_as_it_was(case: dict[str, Any], evidence: str) -> None:
    desk, settled = desk_of(case), case["settled"][evidence]
    for item in desk.table.items.values() if evidence == "found" else ():
        for number in item.get("recipients", []):
            desk.client.sent.setdefault(number, []).append(item["out_id"])

    until = desk.time.now + timedelta(seconds=GRACE + 1200)
    while desk.time.now < until:
        desk.time.passes(60)
        desk.settle()

    assert ends(desk) == settled["messages"]
    assert len(desk.client.calls) == settled["calls"]
    assert [row.message_id for row in desk.handed.back] == settled["put_back"]
    handed_over = [[row.message_id, result.status, result.code] for row, result in desk.handed.over]
    assert handed_over == settled["handed_over"]


def test_the_rows_are_in_every_state() -> None:
    messages = [from_item(MessageRow, item) for _, item in ITEMS if "message_id" in item]
    submissions = [from_item(SubmissionRow, item) for _, item in ITEMS if "out_id" in item]

    assert {said(row) for row in messages} == {
        "sending", "accepted", "rejected", "rejected released", "queued due", "queued released", "unknown",
        "unknown held", "expired",
    }  # fmt: skip
    flags = (
        "void",
        "refused",
        "found",
        "resent",
        "given_up",
        "is_batch",
        "token_digest",
        "extend_codes",
        "due_at",
        "ttl",
    )
    assert [flag for flag in flags if not any(getattr(row, flag) for row in submissions)] == []
