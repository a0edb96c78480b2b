"""What there is of a stack."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.dead_letters.queue import QUEUES
from cli.errors import Told
from cli.uninstalling import artifacts, counts, schedules

if TYPE_CHECKING:
    from cli.place import Place
    from cli.uninstalling.artifacts import Artifact
    from cli.uninstalling.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Inventory:
    """The stack, what would be lost with it, and what is beside it."""

    stack_id: str
    waiting: int
    dead_letters: int
    unsettled: int
    table: str
    secret: str
    log_groups: list[str]
    schedules: list[Schedule]
    artifacts: list[Artifact]

    @property
    def losses(self) -> list[str]:
        """What nobody would get back."""
        named = {"waiting messages": self.waiting, "dead letters": self.dead_letters, "rows to settle": self.unsettled}
        return [f"{name}: {count}" for name, count in named.items() if count]

    @property
    def of_others(self) -> list[Schedule]:
        """Schedules that the stack did not make, and does not delete."""
        return [schedule for schedule in self.schedules if not schedule.is_own]


def take(place: Place) -> Inventory:
    """Ask for all of it. Nothing is changed."""
    cloudformation, sqs = place.client("cloudformation"), place.client("sqs")
    outputs, names = place.outputs, _resources(place)
    functions = outputs["SendOnScheduleFunctionArn"].rpartition(":")[0]
    targets = [outputs["QueueArn"], *(f"{functions}:{name}" for name in names["AWS::Lambda::Function"])]
    own = names["AWS::Scheduler::Schedule"]
    return Inventory(
        stack_id=_stack_id(place),
        waiting=counts.in_queue(sqs, outputs["QueueUrl"]),
        dead_letters=sum(counts.in_queue(sqs, outputs[name]) for name in QUEUES),
        unsettled=counts.unsettled(place.client("dynamodb"), outputs["MessagesTable"]),
        table=outputs["MessagesTable"],
        secret=outputs["CredentialsSecretArn"],
        log_groups=names["AWS::Logs::LogGroup"],
        schedules=list(schedules.aiming_at(place.client("scheduler"), targets, own)),
        artifacts=artifacts.of_stack(cloudformation, place.stack),
    )


def _stack_id(place: Place) -> str:
    """Its id, by which it can be asked for when it is gone."""
    [described] = place.client("cloudformation").describe_stacks(StackName=place.stack)["Stacks"]
    if described.get("EnableTerminationProtection"):
        command = "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name"
        raise Told(f"the stack is protected against its termination: `{command} {place.stack}` takes that off")
    return str(described["StackId"])


def _resources(place: Place) -> dict[str, list[str]]:
    """The physical ids of the stack's resources by their types."""
    answer = place.client("cloudformation").describe_stack_resources(StackName=place.stack)
    names: dict[str, list[str]] = defaultdict(list)
    for resource in answer["StackResources"]:
        name = resource.get("PhysicalResourceId")
        if name and resource["ResourceStatus"] != "DELETE_COMPLETE":
            names[resource["ResourceType"]].append(name)
    return names
