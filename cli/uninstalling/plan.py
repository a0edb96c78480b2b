"""What becomes of what there is of a stack, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.program import program

if TYPE_CHECKING:
    from pathlib import Path

    from cli.uninstalling.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is, and what a person wants to go beside the stack itself."""

    there: Inventory
    ledger: bool
    code: bool
    file: Path  # for the schedules

    def facts(self) -> dict[str, str]:
        """A line for each thing, and what becomes of it."""
        there = self.there
        return {
            "messages": f"{there.waiting} in the queue{', lost: let it run empty first' if there.waiting else ''}",
            "dead letters": f"{there.dead_letters}"
            + (f", lost with their queues: see to them by `{program()} letters` first" if there.dead_letters else ""),
            "to settle": f"{there.unsettled} rows of the ledger"
            + (", which nobody settles then: wait until they are" if there.unsettled else ""),
            "schedules": f"{len(there.schedules)}, copied to {self.file}; the stack's own are deleted",
            "of others": "\n".join(f"{each.shown}  stays, and fails from now on" for each in there.of_others),
            "ledger": f"table {there.table}: {self._of_the_ledger()}",
            "secret": f"{there.secret}: deleted without a recovery window, with its access key",
            "logs": f"{len(there.log_groups)} log groups, deleted with what they hold",
            "code": self._of_the_code(),
            "metrics": "stay in CloudWatch, for 15 months",
            "all else": "functions, queues, API, alarms and roles: deleted",
        }

    def document(self) -> dict[str, Any]:
        """The same for a script."""
        there = self.there
        return {
            "waiting": there.waiting,
            "dead_letters": there.dead_letters,
            "unsettled": there.unsettled,
            "schedules": [{"name": each.shown, "own": each.is_own} for each in there.schedules],
            "schedules_file": str(self.file),
            "table": there.table,
            "table_stays": not self.ledger,
            "secret": there.secret,
            "log_groups": there.log_groups,
            "code": [artifact._asdict() for artifact in there.artifacts],
            "code_stays": not self.code,
        }

    def afterwards(self) -> list[str]:
        """What stayed, and what removes or adopts it."""
        lines = [f"{self.file} has the schedules, for your eyes alone: it may hold numbers and values"]
        if not self.ledger:
            name = self.there.table
            lines += [
                f"the table {name} stayed; docs/operations.md says how a later stack adopts it. These delete it:",
                f"  aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled",
                f"  aws dynamodb delete-table --table-name {name}",
            ]
        if not self.code:
            lines += ["the stack's code stayed in the bucket of sam. These delete it:", *self._deleting_the_code()]
        return lines

    def _deleting_the_code(self) -> list[str]:
        return [f"  aws s3 rm s3://{artifact.bucket}/{artifact.key}" for artifact in self.there.artifacts]

    def _of_the_ledger(self) -> str:
        if self.ledger:
            return "deleted, protected or not. Its keys are forgotten, and what is repeated under one is sent again"
        return "stays, and a later stack can adopt it; --ledger deletes it"

    def _of_the_code(self) -> str:
        objects, buckets = len(self.there.artifacts), ", ".join(sorted({each.bucket for each in self.there.artifacts}))
        if self.code:
            return f"{objects} objects in {buckets}: deleted; the bucket stays, it is sam's"
        return f"{objects} objects in {buckets}: stay, in a bucket that is sam's; --code deletes them"
