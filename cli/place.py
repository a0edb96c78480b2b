"""The place that a verb talks to: a stack on AWS, or on a local cloud."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cli.errors import MISUSED, Told
from cli.local_cloud import CHECKOUT, LocalCloud, running

if TYPE_CHECKING:
    from cli.options import Options

NOWHERE = "no AWS region is known: say --region, or set AWS_REGION; `make up` starts a local cloud"
STACK = "aliyun-sms"  # where no samconfig.toml names another
NO_PROFILE: dict[str, Any] = {"profile": (None, [], None, None)}  # AWS_PROFILE is not meant for a local cloud
SECONDS_TO_CONNECT = 5
SECONDS_TO_ANSWER = 35  # longer than API Gateway takes before it gives up


@dataclass(frozen=True)
class Place:
    """A stack, and how to call what it consists of."""

    stack: str
    region: str | None
    profile: str | None
    local: LocalCloud | None

    @property
    def name(self) -> str:
        """What a verb says in its first line."""
        if self.local:
            return f"local cloud {self.local.name} ({self.local.emulator_url}), stack {self.stack}"
        region = self.session.region_name
        if not region:
            raise Told(NOWHERE, MISUSED)
        elsewhere = os.environ.get("AWS_ENDPOINT_URL")
        parts = [f"profile {self.profile}" if self.profile else "", f"at {elsewhere}" if elsewhere else ""]
        return ", ".join(["AWS", f"region {region}", *filter(None, parts), f"stack {self.stack}"])

    @cached_property
    def session(self) -> Any:
        """boto3's session, with the local operator's key or the person's own."""
        import boto3  # noqa: PLC0415 - help needs none of it

        if not self.local:
            return boto3.Session(region_name=self.region, profile_name=self.profile)
        from botocore.session import Session  # noqa: PLC0415 - the same

        return boto3.Session(
            self.local.aws_access_key_id,
            self.local.aws_secret_access_key,
            region_name=self.region,
            botocore_session=Session(session_vars=NO_PROFILE),
        )

    def client(self, service: str) -> Any:
        """A client of an AWS service."""
        from botocore.config import Config  # noqa: PLC0415 - help needs none of it

        config = Config(
            connect_timeout=SECONDS_TO_CONNECT, read_timeout=SECONDS_TO_ANSWER, retries={"mode": "standard"}
        )
        if self.local:
            here = config.merge(Config(proxies={}))
            return self.session.client(service, endpoint_url=self.local.emulator_url, config=here)
        return self.session.client(service, config=config)

    @cached_property
    def described(self) -> dict[str, Any]:
        """The stack as CloudFormation describes it."""
        [described] = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return dict(described)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs by their names, with addresses that answer from here."""
        outputs = {each["OutputKey"]: each["OutputValue"] for each in self.described.get("Outputs", [])}
        if "MessagesTable" not in outputs:
            raise Told(
                f"the stack {self.stack} is none of this project's, or not deployed yet: choose another by --stack"
            )
        return self._from_here(outputs) if self.local else outputs

    @property
    def parameters(self) -> dict[str, str]:
        """The stack's parameters, as it was deployed with them."""
        given = self.described.get("Parameters", [])
        return {each["ParameterKey"]: each.get("ParameterValue", "") for each in given}

    @cached_property
    def resources(self) -> dict[str, dict[str, str]]:
        """What the stack consists of: physical ids by logical ids, by type."""
        found: dict[str, dict[str, str]] = {}
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack)
        for each in (each for page in pages for each in page["StackResourceSummaries"]):
            of_type = found.setdefault(each["ResourceType"], {})
            of_type[each["LogicalResourceId"]] = each.get("PhysicalResourceId", "")
        return found

    def output(self, name: str) -> str:
        """One of them."""
        return self.outputs[name]

    def _from_here(self, outputs: dict[str, str]) -> dict[str, str]:
        local = self.local
        assert local  # noqa: S101 - for mypy
        queues = {
            name: f"{local.emulator_url}/{url.split('/', 3)[3]}"
            for name, url in outputs.items()
            if name.endswith("QueueUrl")
        }
        api_id = str(urlsplit(outputs["ApiUrl"]).hostname).partition(".")[0]
        return outputs | queues | {"ApiUrl": local.api_url(api_id)}


def find(options: Options) -> Place:
    """The place that the options mean: a local cloud where one is running, unless they say otherwise."""
    if options.local and options.aws:
        raise Told("--local and --aws exclude each other", MISUSED)
    local = None if options.aws else running()
    if options.local and not local:
        raise Told("no local cloud is running here: `make up` starts one")
    stack = options.stack or configured_stack()
    if not local:
        return Place(stack, options.region or os.environ.get("AWS_REGION") or None, options.profile, None)
    if given := options.for_aws_alone():
        raise Told(
            f"{given[0]} is for AWS, and the local cloud {local.name} is running: add --aws, or stop it", MISUSED
        )
    return Place(stack, local.region, None, local)


def configured_stack() -> str:
    """The stack's name in the samconfig.toml of this folder, or of the checkout."""
    for folder in (Path(), CHECKOUT):
        try:
            settings = tomllib.loads((folder / "samconfig.toml").read_text("utf-8")).get("default", {})
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            raise Told(f"{folder / 'samconfig.toml'} cannot be read: mend it, or say --stack") from None
        for command in ("deploy", "global"):
            if name := settings.get(command, {}).get("parameters", {}).get("stack_name"):
                return str(name)
    return STACK
