"""The local cloud as a whole: up and down."""

from __future__ import annotations

import json
import os
import shutil
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local import deploy, processes, simulator_process
from local.emulator import process as emulator_process
from local.emulator.client import client
from local.emulator.operator_user import create_operator
from local.errors import AlreadyRunning, BadSetting
from local.outputs import collect
from local.ports import require_free
from local.progress import step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.deploy import Stack
    from local.outputs import Outputs
    from local.processes import Program
    from local.settings import Settings

CREDENTIALS = {"access_key_id": "testId", "access_key_secret": "testSecret"}  # what the simulator accepts


def up(settings: Settings) -> Outputs:
    """Start the local cloud and deploy to it; whatever goes wrong, nothing is left running."""
    _require_template(settings)
    _require_not_running(settings)
    _require_free_ports(settings)
    with _stopped_on_failure(settings):
        _start_programs(settings)
        deploy.require_known_parameters(settings)
        deploy.write_parameters(settings)
        with step("building the functions and the layer (sam build)"):
            deploy.build(settings)
        with step("deploying the template (sam deploy)"):
            stack = deploy.deploy(settings)
        with step("filling the secret, making a user"):
            _fill_secret(settings, stack)
            outputs = collect(settings, stack, create_operator(settings))
        outputs.write(settings.outputs)
        return outputs


def down(settings: Settings) -> list[str]:
    """Stop what was started, the last first, and give its names; logs and what was built are kept."""
    running = [leader for leader in reversed(processes.recall(settings.processes)) if leader.runs()]
    with _undisturbed():
        for leader in running:
            with step(f"stopping the {leader.name}"):
                processes.stop(leader)
        for file in (settings.processes, settings.outputs, settings.sam / "parameters.yaml"):
            file.unlink(missing_ok=True)
        shutil.rmtree(settings.temporary, ignore_errors=True)
    return [leader.name for leader in running]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C leave half of it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _require_template(settings: Settings) -> None:
    if not settings.template.is_file():
        raise BadSetting(f"TEMPLATE={settings.template} is not a file")


def _require_not_running(settings: Settings) -> None:
    for leader in processes.recall(settings.processes):
        if leader.runs():
            where = os.path.relpath(settings.directory)
            raise AlreadyRunning(
                f"a local cloud of {where} is running (its {leader.name} has process id {leader.pid}): "
                f"`{settings.stop_command}` stops it, LOCAL_DIR=… keeps another beside it"
            )


def _require_free_ports(settings: Settings) -> None:
    require_free(settings.gateway_port, "GATEWAY_PORT")
    if settings.simulator_url:
        require_free(settings.simulator_port, "SIMULATOR_PORT")


@contextmanager
def _stopped_on_failure(settings: Settings) -> Iterator[None]:
    down(settings)  # removes what a cloud that was killed has left
    settings.temporary.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        down(settings)
        raise


def _start_programs(settings: Settings) -> None:
    if settings.simulator_url:
        with step(f"starting the provider's simulator on {settings.simulator_url}"):
            _start(settings, simulator_process.simulator(settings), simulator_process.is_ready)
    with step(f"starting the AWS emulator on {settings.emulator_url}"):
        _start(settings, emulator_process.emulator(settings), emulator_process.is_ready)


def _start(settings: Settings, program: Program, ready: Callable[[Settings], bool]) -> None:
    process = program.start()
    processes.remember(settings.processes, processes.leader_of(program.name, process.pid))
    processes.wait_until_ready(program, process, lambda: ready(settings))


def _fill_secret(settings: Settings, stack: Stack) -> None:
    arn = stack.outputs["CredentialsSecretArn"]
    client("secretsmanager", settings).put_secret_value(SecretId=arn, SecretString=json.dumps(CREDENTIALS))
