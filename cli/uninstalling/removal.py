"""A stack's deletion, and that of the table that outlives it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cli.errors import Told
from cli.masking import scrubbed

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE = 3.0  # seconds between two looks


class Removal:
    """Deletes a stack, and tells of each resource as it goes."""

    def __init__(self, cloudformation: Any, stack_id: str, say: Callable[[str], None]) -> None:
        self._cloudformation = cloudformation
        self._stack_id = stack_id
        self._say = say
        self._seen: set[str] = set()
        self._deleted = 0
        self._failed: dict[str, str] = {}  # reasons by logical ids
        self.goes_on = False  # whether CloudFormation is at it
        self.is_over = False

    def run(self) -> None:
        """Delete it and wait; raises Told where something of it cannot be deleted."""
        self._news()
        self._cloudformation.delete_stack(StackName=self._stack_id)
        self.goes_on = True
        self._say("CloudFormation deletes the stack now, whether this command waits for it or not")
        while not self._has_ended():
            time.sleep(PAUSE)
        self.goes_on, self.is_over = False, True

    def _has_ended(self) -> bool:
        for event in self._news():
            status = event["ResourceStatus"]
            if event.get("PhysicalResourceId") != self._stack_id:
                self._note(event["LogicalResourceId"], status, event.get("ResourceStatusReason", "no reason given"))
            elif status == "DELETE_COMPLETE":
                return True
            elif status == "DELETE_FAILED":
                self.goes_on = False
                reasons = "; ".join(f"{name}: {reason}" for name, reason in self._failed.items())
                raise Told(f"the stack was not deleted: {reasons or 'CloudFormation says no more'}. Mend it, try again")
        return False

    def _note(self, name: str, status: str, reason: str) -> None:
        if status == "DELETE_COMPLETE":
            self._deleted += 1
            self._failed.pop(name, None)
            self._say(f"{self._deleted} deleted: {name}")
        elif status == "DELETE_FAILED":
            self._failed[name] = scrubbed(reason)
            self._say(f"not deleted: {name}")

    def _news(self) -> list[dict[str, Any]]:
        """Events that were not seen yet, the earliest first. They come with the latest first, in pages."""
        news: list[dict[str, Any]] = []
        for page in self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self._stack_id):
            new = [event for event in page["StackEvents"] if event["EventId"] not in self._seen]
            news += new
            if len(new) < len(page["StackEvents"]):
                break
        self._seen.update(event["EventId"] for event in news)
        return news[::-1]


def delete_table(dynamodb: Any, name: str) -> None:
    """Delete a table, whether it is protected or not; one that is gone already is fine."""
    try:
        table = dynamodb.describe_table(TableName=name)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return
    if table.get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=name)  # until it may be changed again
    dynamodb.delete_table(TableName=name)
