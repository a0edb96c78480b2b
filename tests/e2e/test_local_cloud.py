"""The launcher: what it says, what it leaves, what it starts and stops."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local import process_table
from local.demo.text_table import columns
from local.settings import ROOT
from tests.e2e.conftest import assert_nothing_left, new_cloud, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import LocalCloud, Stack

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture
def busy_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


def test_outputs_are_for_their_owner_alone(stack: Stack) -> None:
    assert (stack.cloud.directory / "outputs.json").stat().st_mode & 0o777 == 0o600


def test_outputs_name_every_function(stack: Stack) -> None:
    assert {"SendOnRequestFunction", "SendFromQueueFunction", "SendOnScheduleFunction"} <= set(stack.outputs.functions)


def test_only_loopback_is_listened_on(stack: Stack) -> None:
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        pytest.skip("needs Linux")
    ports = {f"{int(port):04X}" for name, port in stack.cloud.variables.items() if name.endswith("_PORT")}
    addresses = [line.split()[1].split(":") for line in listening.read_text().splitlines()[1:]]
    addresses6 = [line.split()[1].split(":") for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]

    assert {address for address, port in addresses if port in ports} == {"0100007F"}
    assert not {address for address, port in addresses6 if port in ports}


def test_up_beside_a_running_cloud_of_the_same_directory_says_so(stack: Stack) -> None:
    code, said = stack.cloud.run("up")

    assert code == 1
    stop = re.escape(f"`make down LOCAL_DIR={stack.cloud.directory}` stops it")
    assert re.search(rf"is running \(its simulator has process id \d+\): {stop}", said)
    assert all(leader.runs() for leader in stack.cloud.leaders())


def test_down_with_nothing_running_says_so(cloud: LocalCloud) -> None:
    code, said = cloud.run("down")

    assert code == 0
    assert "nothing of" in said


@pytest.mark.parametrize("variable", ["GATEWAY_PORT", "SIMULATOR_PORT"])
@pytest.mark.parametrize("verb", ["up", "demo"])
def test_a_busy_port_is_named_before_anything_is_started(
    cloud: LocalCloud, busy_port: str, verb: str, variable: str
) -> None:
    code, said = cloud.run(verb, **{variable: busy_port})

    assert code == 1
    assert said == f"make {verb}: port {busy_port} on 127.0.0.1 is busy; choose another with {variable}=…\n"
    assert list(cloud.directory.iterdir()) == []


def test_a_parameter_that_the_template_does_not_have_is_refused_by_name(cloud: LocalCloud) -> None:
    code, said = cloud.run("up", PARAMETERS="NoSuchParameter=1")

    assert code == 1
    assert "PARAMETERS: template.yaml has no NoSuchParameter" in said
    assert_nothing_left(cloud.directory)


def test_a_schedule_input_that_is_no_json_is_refused_before_anything_is_started(cloud: LocalCloud) -> None:
    code, said = cloud.run("up", PARAMETERS='ScheduleInput={"phone_numbers": ["13800138000"')

    assert code == 1
    assert said == "make up: PARAMETERS: ScheduleInput is no JSON: line 1, column 33: Expecting ',' delimiter\n"
    assert list(cloud.directory.iterdir()) == []


def test_a_template_that_is_none_is_refused(cloud: LocalCloud, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: [")

    code, said = cloud.run("up", TEMPLATE=str(template))

    assert code == 1
    assert "make up: template.yaml: " in said
    assert "Traceback" not in said


def test_a_failed_step_is_told_with_its_log_and_leaves_nothing_running(cloud: LocalCloud, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text((ROOT / "template.yaml").read_text().replace("functions/send_on_request", "no/such/folder"))

    code, said = cloud.run("up", TEMPLATE=str(broken))

    assert code == 1
    assert "sam deploy failed with exit code 1" in said
    assert "CodeUri of resource SendOnRequestFunction refers to a file or folder that does not exist" in said
    broken.unlink()
    assert_nothing_left(cloud.directory)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_start_leaves_nothing_running(cloud: LocalCloud, number: int, code: int) -> None:
    process = cloud.start("up", SMS_ENDPOINT="http://127.0.0.1:9")
    [leader] = wait_until("the emulator is started", cloud.leaders)

    process.send_signal(number)
    process.communicate()

    assert process.returncode == code
    assert process_table.in_group(leader.pid) == []
    assert_nothing_left(cloud.directory)


@pytest.mark.xdist_group("demo")
def test_the_demo_sends_through_four_doors_and_leaves_nothing(tmp_path: Path) -> None:
    cloud = new_cloud(tmp_path)

    code, said = cloud.run("demo")

    assert code == 0, said
    assert re.search(r"^(\d+) of \1 messages arrived$", said, re.MULTILINE)
    assert {"request", "queue", "schedule"} <= set(re.findall(r"^(\w+) +│", said, re.MULTILINE))
    assert max(map(columns, said.splitlines())) <= 80
    assert_nothing_left(tmp_path / "demo")
