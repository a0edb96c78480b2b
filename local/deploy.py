"""Builds and deploys the template to the emulator with `sam`, as one does to AWS."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local.emulator.client import REGION, ROOT_KEY, client
from local.errors import BadSetting
from local.isolation import isolated
from local.private_file import write_private
from local.processes import Program
from local.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.settings import Settings

STACK = "aliyun-sms"
SAM = Path(sys.executable).with_name("sam")
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
DEFAULTS = {
    "SignName": "阿里云短信测试",  # the signature and the template that Alibaba lends for trials
    "TemplateCode": "SMS_154950909",
    "ScheduleTimeZone": "UTC",  # the emulator knows no other
    "DailyRecipientLimit": "0",  # what is tried here costs nothing
    "DailyRecipientLimitPerCaller": "0",
}
CAPS = ("DailyRecipientLimit", "DailyRecipientLimitPerCaller")


@dataclass(frozen=True, slots=True)
class Stack:
    """What a deployment made."""

    outputs: Mapping[str, str]
    functions: Mapping[str, str]  # logical id to function name


def write_parameters(settings: Settings) -> None:
    """Write what `sam` reads: the parameters, a configuration without any, and that no newer `sam` is looked for."""
    settings.sam.mkdir(parents=True, exist_ok=True)
    parameters = {name: escaped(value) for name, value in local_parameters(settings).items()}
    checked = {"telemetryEnabled": False, "lastVersionCheck": time.time()}
    write_private(settings.sam / "parameters.yaml", json.dumps(parameters))  # JSON is YAML; sam reads no .json
    (settings.sam / "samconfig.toml").write_text("version = 0.1\n")  # the project's own is for AWS
    (settings.sam / "metadata.json").write_text(json.dumps(checked))


def local_parameters(settings: Settings) -> dict[str, str]:
    """Give the template's parameters for a local stack."""
    return DEFAULTS | {"SmsEndpoint": settings.provider_url} | dict(settings.parameters)


def caps_told(settings: Settings) -> str:
    """Give the caps of a day, as `make up` says them."""
    parameters = local_parameters(settings)
    return ", ".join(f"{cap}={parameters[cap]}{' (off)' if parameters[cap] == '0' else ''}" for cap in CAPS)


def escaped(value: str) -> str:
    r"""Guard a value against `sam`, which takes `\"`, `\'` and `\ ` for `"`, `'` and a space, in a file twice over."""
    for character in "\"' " * 2:
        value = value.replace(character, f"\\{character}")
    return value


def require_known_parameters(settings: Settings) -> None:
    """Raise BadSetting for a parameter that the template does not have, which `sam` would drop in silence."""
    if unknown := sorted(settings.parameters.keys() - _parameters(settings)):
        raise BadSetting(f"PARAMETERS: {settings.template.name} has no {', '.join(unknown)}")


def _parameters(settings: Settings) -> set[str]:
    """The names of the template's, read as `sam` reads them: CloudFormation takes no template of this size inline."""
    import yaml  # noqa: PLC0415 - comes with sam
    from samcli.yamlhelper import yaml_parse  # noqa: PLC0415 - the same

    try:
        template = yaml_parse(settings.template.read_text(encoding="utf-8"))
    except (ValueError, yaml.YAMLError) as error:
        raise BadSetting(f"{settings.template.name}: {error}") from error
    return set(template["Parameters"])


def build(settings: Settings) -> None:
    """Build the functions and the layer; what has not changed since the last time is taken from there."""
    where = ("--template-file", str(settings.template), "--base-dir", str(ROOT))
    to = ("--build-dir", str(settings.sam / "build"), "--cached", "--cache-dir", str(settings.sam / "cache"))
    _sam(settings, "build", *where, *to).run()


def deploy(settings: Settings) -> Stack:
    """Deploy what was built."""
    what = ("--template-file", str(settings.sam / "build" / "template.yaml"), "--stack-name", STACK)
    asks = ("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar", "--on-failure", "DO_NOTHING")
    _sam(settings, "deploy", *what, "--resolve-s3", "--capabilities", *CAPABILITIES, *asks).run()
    return describe(settings)


def describe(settings: Settings) -> Stack:
    """Ask the emulator what the stack consists of."""
    cloudformation = client("cloudformation", settings)
    described = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return Stack(
        outputs={output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]},
        functions={
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in resources
            if resource["ResourceType"] == "AWS::Lambda::Function"
        },
    )


def _sam(settings: Settings, verb: str, *options: str) -> Program:
    told = ("--config-file", str(settings.sam / "samconfig.toml"), "--region", REGION)
    parameters = ("--parameter-overrides", f"file://{settings.sam / 'parameters.yaml'}")
    command = [str(SAM), verb, *told, *parameters, *options]
    return Program(f"sam {verb}", command, _environment(settings), ROOT, settings.log(f"sam-{verb}"))


def _environment(settings: Settings) -> dict[str, str]:
    return isolated(os.environ) | {
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": settings.emulator_url,
        "PATH": f"{SAM.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHON": "python3",  # the layer's Makefile runs its pip: ours, which comes first on that path
        "PYTHONUTF8": "1",
        "SAM_CLI_TELEMETRY": "0",
        "TMPDIR": str(settings.temporary),
        "__SAM_CLI_APP_DIR": str(settings.sam),
    }
