"""What others need to know to use a local cloud: outputs.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.emulator.client import REGION
from local.private_file import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.deploy import Stack
    from local.emulator.operator_user import AccessKey
    from local.settings import Settings


@dataclass(frozen=True, slots=True)
class Outputs:
    """The keys of outputs.json. The API is called at `api_url`, or at `emulator_url` with `host_header` as its Host."""

    api_url: str
    host_header: str
    region: str
    emulator_url: str
    queue_url: str
    dead_letter_queue_url: str
    messages_table: str
    alerts_topic_arn: str
    simulator_url: str | None  # null where another provider is used
    inbox_url: str | None  # the same
    aws_access_key_id: str
    aws_secret_access_key: str = field(repr=False)
    functions: Mapping[str, str]

    @classmethod
    def read(cls, file: Path) -> Outputs:
        """Read what was written."""
        return cls(**json.loads(file.read_text()))

    def write(self, file: Path) -> None:
        """Write it so that only its owner can read it: it holds a key."""
        write_private(file, json.dumps(asdict(self), indent=2) + "\n")


def collect(settings: Settings, stack: Stack, key: AccessKey) -> Outputs:
    """Gather them from the deployed stack."""
    api_id = str(urlsplit(stack.outputs["ApiUrl"]).hostname).partition(".")[0]
    return Outputs(
        api_url=f"{settings.emulator_url}/_aws/execute-api/{api_id}",
        host_header=f"{api_id}.execute-api.localhost:{settings.gateway_port}",
        region=REGION,
        emulator_url=settings.emulator_url,
        queue_url=_on_loopback(stack.outputs["QueueUrl"], settings),
        dead_letter_queue_url=_on_loopback(stack.outputs["DeadLetterQueueUrl"], settings),
        messages_table=stack.outputs["MessagesTable"],
        alerts_topic_arn=stack.outputs["AlertsTopicArn"],
        simulator_url=settings.simulator_url,
        inbox_url=settings.inbox_url,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        functions=stack.functions,
    )


def _on_loopback(url: str, settings: Settings) -> str:
    """Give the emulator's URL by address: `localhost` may mean IPv6, where nothing listens."""
    return settings.emulator_url + urlsplit(url).path
