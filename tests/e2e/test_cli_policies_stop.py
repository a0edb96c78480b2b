"""Who may stop the sends may change one item of the ledger's table and one event source, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from local.operations import Operations
from local.outputs import Outputs
from tests.e2e.policies import Clerk, grants
from tests.e2e.test_cli_policies import STOP
from tests.e2e.test_event_sources import made_function, temporary_queue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture
def clerk(stack: Stack, tmp_path: Path) -> Iterator[Clerk]:
    made = Clerk(stack, tmp_path)
    made.may(grants("Stack", *STOP))
    yield made
    made.leave()


@pytest.fixture
def theirs(clerk: Clerk) -> Operations:
    """What the clerk may do without the command."""
    return Operations(Outputs.read(clerk.directory / "outputs.json"))


@pytest.fixture
def function(stack: Stack) -> Iterator[str]:
    """A function of somebody else's, with an event source."""
    name = f"other-{uuid4()}"
    for queue in temporary_queue(stack, name):
        yield from made_function(stack, name, queue)


@pytest.mark.parametrize("call", ["get_item", "update_item"])
def test_another_row_is_neither_read_nor_written(clerk: Clerk, theirs: Operations, call: str) -> None:
    one: dict[str, Any] = {"TableName": clerk.outputs["MessagesTable"], "Key": {"pk": {"S": "message#0"}}}

    with pytest.raises(ClientError, match="not authorized to perform"):
        getattr(theirs.client("dynamodb"), call)(**one)


def test_another_event_source_stays_enabled(stack: Stack, theirs: Operations, function: str) -> None:
    [mapping] = stack.client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]

    with pytest.raises(ClientError, match="not authorized to perform"):
        theirs.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    assert stack.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])["State"] == "Enabled"
