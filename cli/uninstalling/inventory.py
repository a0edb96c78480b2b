"""What there is of a stack."""

from __future__ import annotations

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
    _require_deletable(place)
    sqs, outputs = place.client("sqs"), place.outputs
    functions = outputs["SendOnScheduleFunctionArn"].rpartition(":")[0]
    targets = [outputs["QueueArn"], *(f"{functions}:{name}" for name in _names(place, "AWS::Lambda::Function"))]
    own = _names(place, "AWS::Scheduler::Schedule")
    return Inventory(
        stack_id=place.described["StackId"],
        waiting=counts.in_queue(sqs, outputs["QueueUrl"]),
        dead_letters=sum(counts.in_queue(sqs, outputs[name]) for name in QUEUES if name in outputs),
        unsettled=counts.unsettled(place.client("dynamodb"), outputs["MessagesTable"]),
        table=outputs["MessagesTable"],
        secret=outputs["CredentialsSecretArn"],
        log_groups=_names(place, "AWS::Logs::LogGroup"),
        schedules=list(schedules.aiming_at(place.client("scheduler"), targets, own, outputs.get("ScheduleGroup"))),
        artifacts=artifacts.of_stack(place.client("cloudformation"), place.stack),
    )


def _require_deletable(place: Place) -> None:
    if place.described.get("EnableTerminationProtection"):
        command = "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name"
        raise Told(f"the stack is protected against its termination: `{command} {place.stack}` takes that off")


def _names(place: Place, kind: str) -> list[str]:
    return list(place.resources.get(kind, {}).values())
