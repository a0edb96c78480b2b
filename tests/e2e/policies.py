"""The statements of docs/operations.md, filled in for a deployed stack, and a user who may do what they say alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.__main__ import VERBS
from cli.place import STACK
from tests.e2e.test_stack_permissions import as_root
from tests.pages import OPERATIONS, blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tests.e2e.conftest import Stack

SECTION = "What the command must be allowed"
BATCHES = {"sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}
LOG_GROUPS = ("log-group:<stack>-", "log-group:/aws/cloudformation/<stack>/")  # on AWS, and as the emulator names them
GROUP = ("schedule/<ScheduleGroup>/", "schedule/default/")  # on AWS, and as the emulator names a schedule of any group
NAME = "clerk"


class Grant(NamedTuple):
    """An action on a resource, and its condition as JSON, as the page has them."""

    action: str
    resource: str
    condition: str


def statements(heading: str) -> list[dict[str, Any]]:
    """Those under a heading."""
    return [each for block in blocks("json", OPERATIONS.section(heading)) for each in json.loads(f"[{block}]")]


def named() -> dict[str, dict[str, Any]]:
    """All of them by their names."""
    return {each["Sid"]: each for heading in (SECTION, *VERBS) for each in statements(heading)}


def grants(*sids: str) -> list[Grant]:
    """What the statements of these names grant, one by one."""
    there = named()
    chosen = [there[sid] for sid in sids]
    return [
        Grant(action, resource, json.dumps(each.get("Condition", {})))
        for each in chosen
        for action in _listed(each["Action"])
        for resource in _listed(each["Resource"])
    ]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@dataclass
class Clerk:
    """A user of the local cloud, whose key stands in an outputs.json of its own."""

    stack: Stack
    directory: Path
    name: str = STACK  # of the stack that it works with
    more: Mapping[str, str] = field(default_factory=dict)  # placeholders, and what stands for them

    def __post_init__(self) -> None:
        """Make the user, who may do nothing yet."""
        self.iam.create_user(UserName=NAME)
        key = self.iam.create_access_key(UserName=NAME)["AccessKey"]
        theirs = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        everyones = json.loads((self.stack.cloud.directory / "outputs.json").read_text())
        (self.directory / "outputs.json").write_text(json.dumps(everyones | theirs))

    @cached_property
    def iam(self) -> Any:
        return as_root(self.stack, "iam")

    def may(self, allowed: Sequence[Grant]) -> None:
        """Let it do this and nothing else."""
        for policy in self.iam.list_user_policies(UserName=NAME)["PolicyNames"]:
            self.iam.delete_user_policy(UserName=NAME, PolicyName=policy)
        granted = [
            {
                "Effect": "Allow",
                "Action": _as_emulated(grant.action),
                "Resource": self._filled(grant.resource),
                "Condition": json.loads(self._filled(grant.condition)),
            }
            for grant in allowed
        ]
        if granted:  # IAM takes no empty policy
            policy = json.dumps({"Version": "2012-10-17", "Statement": granted})
            self.iam.put_user_policy(UserName=NAME, PolicyName="clerk", PolicyDocument=policy)

    def leave(self) -> None:
        """Nothing is left of the user."""
        self.may([])
        for key in self.iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"]:
            self.iam.delete_access_key(UserName=NAME, AccessKeyId=key["AccessKeyId"])
        self.iam.delete_user(UserName=NAME)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs, as CloudFormation has them."""
        [described] = self.stack.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}

    def _filled(self, resource: str) -> str:
        filled = re.sub(
            r"<([^>]+)>", lambda found: self._values[found[1]], resource.replace(*LOG_GROUPS).replace(*GROUP)
        )
        assert "<" not in filled
        return filled

    @cached_property
    def _values(self) -> dict[str, str]:
        last = {name: self.outputs[name].rpartition("/")[2] for name in self.outputs if name.endswith("QueueUrl")}
        return {
            "partition": "aws",
            "region": self.stack.outputs.region,
            "account": "000000000000",
            "stack": self.name,
            "api-id": self.outputs["ApiUrl"].partition("//")[2].partition(".")[0],
            "dead-letter-queue": last["DeadLetterQueueUrl"],
            "schedule-dead-letter-queue": last["ScheduleDeadLetterQueueUrl"],
            "alert-dead-letter-queue": last["AlertDeadLetterQueueUrl"],
            "door": "queue",
            **self.outputs,
            **self.more,
        }


def _as_emulated(action: str) -> list[str]:
    """The emulator asks for actions on batches, which AWS does not know: there, the action on one is for several."""
    return [action, f"{action}Batch"] if action in BATCHES else [action]


def without(allowed: Iterable[Grant], grant: Grant) -> list[Grant]:
    """All of them but one."""
    return [each for each in allowed if each != grant]
