"""The commands of the README and of the pages in docs/, run as they stand, against an emulator in the place of AWS.

What differs from AWS is in the prelude: where the endpoint is, and what `sam` is answered when it asks.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import wait_until
from tests.pages import LOCAL_CLOUD, OPERATIONS, README, ROOT, RUNBOOK, Page, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

PRELUDE = """
set -euo pipefail
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
curl() { # the emulator's API answers at another address than the one in the outputs
    local id=${API_URL#https://}
    command curl --no-progress-meter "${@/#$API_URL/$AWS_ENDPOINT_URL/_aws/execute-api/${id%%.*}}"
}
"""
YES = "y\n" * 5  # more than `sam` asks


@dataclass(frozen=True)
class Reader:
    """Somebody who types what the pages say, in a checkout of their own."""

    checkout: Path
    environment: dict[str, str]
    stack: Stack
    stack_name: str

    def type(self, text: str, answers: str = "") -> str:
        """Run commands with bash; the words `aliyun-sms` mean the stack that was deployed for this test."""
        typed = text.replace("--stack-name aliyun-sms", f"--stack-name {self.stack_name}")
        run = subprocess.run(  # noqa: S603 - the pages' commands
            ["bash", "-c", PRELUDE + typed],  # noqa: S607 - bash of the machine, as a reader has it
            cwd=self.checkout,
            env=self.environment,
            input=answers,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        return run.stdout


def new_reader(stack: Stack, checkout: Path, temporary: Path, stack_name: str) -> Reader:
    assert shutil.which("curl"), "curl is missing; on Debian: apt-get install curl"
    for name in ("template.yaml", "Makefile", "sms"):
        shutil.copy(ROOT / name, checkout)
    for name in ("functions", "layers", "events", "cli"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".venv", "local", "requirements"):  # of the verbs that come with their own Python
        (checkout / name).symlink_to(ROOT / name)
    configuration = (ROOT / "samconfig.toml").read_text("utf-8")
    (checkout / "samconfig.toml").write_text(configuration.replace('"aliyun-sms"', f'"{stack_name}"'), "utf-8")
    return Reader(checkout, environment_of(stack, temporary), stack, stack_name)


def environment_of(stack: Stack, temporary: Path) -> dict[str, str]:
    """Where the account is that the emulator stands for."""
    outputs = stack.outputs
    inherited = {n: value for n, value in os.environ.items() if not n.startswith("AWS_") and n != "LOCAL_DIR"}
    return inherited | {
        "PATH": f"{ROOT / '.venv/dev/bin'}:{ROOT / '.venv/local/bin'}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": outputs.emulator_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "",
        "AWS_REGION": outputs.region,
        "AWS_DEFAULT_REGION": outputs.region,
        "SAM_CLI_TELEMETRY": "0",
        "TMPDIR": str(temporary),
        "NO_PROXY": "*",
    }


@pytest.fixture(scope="module")
def reader(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    checkout, temporary = (tmp_path_factory.mktemp(name) for name in ("checkout", "temporary"))
    return new_reader(stack, checkout, temporary, "readme")


@pytest.fixture(scope="module")
def deployed(reader: Reader) -> Reader:
    """The section on deploying, from the guided deploy to the filled secret; then a message, and a caller's key."""
    guided, _, secret = blocks("sh", README.section("Deploying"))
    message, *_ = blocks("sh", README.section("Sending"))
    reader.type(guided, answers=_answers(reader))
    reader.type(secret, answers='{"access_key_id": "testId", "access_key_secret": "testSecret"}')
    reader.type(message)
    reader.environment["AWS_ACCESS_KEY_ID"] = reader.stack.outputs.aws_access_key_id
    reader.environment["AWS_SECRET_ACCESS_KEY"] = reader.stack.outputs.aws_secret_access_key
    return reader


def _answers(reader: Reader) -> str:
    """Name the stack, point it to the simulator, take every default, and say yes to the changes."""
    text = (ROOT / "template.yaml").read_text("utf-8")
    parameters = re.findall(
        r"^  (\w+):$", text.partition("\nParameters:")[2].partition("\nConditions:")[0], re.MULTILINE
    )
    given = {"SmsEndpoint": str(reader.stack.outputs.simulator_url)}
    answers = [reader.stack_name, "", *(given.get(name, "") for name in parameters)]
    return "\n".join([*answers, "", "", "", "", "", "", "y", ""])


def _received(reader: Reader, *phone_numbers: str) -> list[dict[str, Any]]:
    return reader.stack.received(*phone_numbers)


@pytest.fixture(scope="module")
def named(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """The same with the one line that names parameters, in the place of the guided deploy."""
    checkout, temporary = (tmp_path_factory.mktemp(name) for name in ("checkout", "temporary"))
    named = new_reader(stack, checkout, temporary, "readme-named")
    _, line, _ = blocks("sh", README.section("Deploying"))
    named.type(line, answers=YES)
    return named


def _stack(reader: Reader) -> dict[str, Any]:
    [described] = reader.stack.client("cloudformation").describe_stacks(StackName=reader.stack_name)["Stacks"]
    return dict(described)


def _output(reader: Reader, name: str) -> str:
    return next(str(each["OutputValue"]) for each in _stack(reader)["Outputs"] if each["OutputKey"] == name)


@pytest.mark.parametrize(
    ("page", "heading"),
    [(README, "aliyun-sms on AWS Lambda"), (LOCAL_CLOUD, "The local cloud")],
    ids=["the first screen", "the local cloud"],
)
def test_the_commands_with_make_are_verbs_of_the_makefile(page: Page, heading: str) -> None:
    """`make demo` itself runs in test_local_cloud.py, as do `make up` and `make down`; `make test` runs this."""
    [commands] = blocks("sh", page.section(heading))

    for line in commands.splitlines():
        subprocess.run([*shlex.split(line, comments=True), "--dry-run"], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - the pages'


def test_a_request_is_answered_with_its_result(deployed: Reader) -> None:
    _, commands, _, _ = blocks("sh", README.section("Sending"))

    result = json.loads(deployed.type(commands))

    assert (result["status"], result["code"]) == ("accepted", "OK")
    assert "739164" in _received(deployed, "13800138000")[-1]["content"]


def test_a_message_in_the_queue_arrives(deployed: Reader) -> None:
    _, _, send, _ = blocks("sh", README.section("Sending"))
    before = len(_received(deployed, "13800138000"))

    assert json.loads(deployed.type(send))["MessageId"]
    wait_until("a second one beside the request's", lambda: len(_received(deployed, "13800138000")) > before)


def test_a_schedules_input_can_be_tried(deployed: Reader) -> None:
    _, _, _, commands = blocks("sh", README.section("Sending"))

    printed = deployed.type(commands)

    answer = json.loads(printed[printed.index('{"results"') :])
    assert set(answer["counts"]) == {"accepted"}


def test_a_dead_letter_is_moved_back_and_can_be_looked_at(deployed: Reader) -> None:
    """One that nobody corrected: it is moved, refused again, and is in the dead-letter queue again."""
    look, _ = blocks("sh", RUNBOOK.section("Dead letters"))
    [move] = blocks("sh", RUNBOOK.section("Moving them back"))
    sqs, dead_letters = deployed.stack.client("sqs"), _output(deployed, "DeadLetterQueueUrl")

    def waiting() -> bool:
        names = ["ApproximateNumberOfMessages"]
        return bool(int(sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=names)["Attributes"][names[0]]))

    sqs.send_message(QueueUrl=_output(deployed, "QueueUrl"), MessageBody='{"phone_numbers": ["138"]}')
    wait_until("a dead letter", waiting)
    printed = deployed.type(move)
    assert f"1 of 1 dead letters of {deployed.stack_name} would be moved" in printed
    assert f"1 of 1 dead letters of {deployed.stack_name} moved" in printed

    wait_until("it again", waiting)
    assert deployed.type(look).count("client:invalid-message") == 1


def test_a_dead_letter_of_a_wrong_default_is_sent_once_by_a_redrive_after_a_deploy_with_the_right_one(
    deployed: Reader,
) -> None:
    """As the runbook says of a wrong SignName. The schedule's letter is there at once; the queue's would be later."""
    [move] = blocks("sh", RUNBOOK.section("Moving them back"))
    mended, other = "18900189021", "18900189022"
    message = {"phone_numbers": [mended], "template_code": "SMS_200000003", "idempotency_key": "mended"}
    named = {**message, "phone_numbers": [other], "sign_name": "阿里云短信测试", "idempotency_key": "named"}
    _deploy(deployed, "未过审的签名")
    assert _scheduled(deployed, message, named) == ["rejected", "accepted"]

    _deploy(deployed, "阿里云短信测试")
    deployed.type(move)
    wait_until("it arrives", lambda: _received(deployed, mended))
    deployed.type(move)

    assert _scheduled(deployed, message, named) == ["accepted", "accepted"]
    assert len(_received(deployed, mended)) == len(_received(deployed, other)) == 1


def _deploy(reader: Reader, sign_name: str) -> None:
    """Deploy with another default signature, which the operator of the other commands may not."""
    root = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
    reader.type(f"{root} sam deploy --parameter-overrides SignName={sign_name}", answers=YES)


def _scheduled(reader: Reader, *messages: dict[str, Any]) -> list[str]:
    """Invoke the schedule's function; gives the statuses that it answers."""
    function, payload = _output(reader, "SendOnScheduleFunctionArn"), json.dumps({"messages": messages})
    answer = reader.stack.client("lambda").invoke(FunctionName=function, Payload=payload)
    return [result["status"] for result in json.loads(answer["Payload"].read())["results"]]


def test_the_line_with_parameters_deploys_with_them(named: Reader) -> None:
    _, line, _ = blocks("sh", README.section("Deploying"))
    given = dict(re.findall(r"(\w+)=(\S+)", line))

    deployed = {each["ParameterKey"]: each["ParameterValue"] for each in _stack(named)["Parameters"]}

    assert {name: deployed[name] for name in given} == given


def test_the_ledger_alone_stays_when_the_stack_is_deleted_and_a_later_one_adopts_it(named: Reader) -> None:
    delete, delete_ledger = blocks("sh", OPERATIONS.section("Deleting the stack"))
    delete = delete.replace("./sms uninstall\n", "./sms uninstall --yes\n")  # nobody types the stack's name here
    [adopt] = blocks("sh", OPERATIONS.section("Adopting the table that stayed"))
    made = _stack_resources(named)
    ledger = _output(named, "MessagesTable")
    row: dict[str, Any] = {"TableName": ledger, "Key": {"pk": {"S": "message#kept"}}}
    named.stack.client("dynamodb").put_item(TableName=ledger, Item=row["Key"])
    assert made <= _everything(named)

    printed = named.type(delete)

    assert '"ACTIVE"' in printed
    assert made & _everything(named) == {ledger}

    named.type(f"LEDGER={ledger}\n{adopt}", answers=YES)

    assert _output(named, "MessagesTable") == ledger
    assert named.stack.client("dynamodb").get_item(**row)["Item"]
    assert len(_stack_resources(named)) == len(made)

    named.type(f"rm schedules.json\n{delete}")
    named.type(f"LEDGER={ledger}\n{delete_ledger}")

    assert not made & _everything(named)


def _stack_resources(reader: Reader) -> set[str]:
    """What the page speaks of, by name: the ledger, the secret, the queues and the log groups."""
    kinds = {"AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::SQS::Queue", "AWS::Logs::LogGroup"}
    cloudformation = reader.stack.client("cloudformation")
    resources = cloudformation.describe_stack_resources(StackName=reader.stack_name)["StackResources"]
    found = [each for each in resources if each["ResourceType"] in kinds]
    assert {each["ResourceType"] for each in found} == kinds
    return {_name(each["PhysicalResourceId"]) for each in found}


def _everything(reader: Reader) -> set[str]:
    """All of these kinds that there are, secrets within a recovery window too."""
    client = reader.stack.client
    return {
        *client("dynamodb").list_tables()["TableNames"],
        *map(_name, client("sqs").list_queues().get("QueueUrls", [])),
        *(each["Name"] for each in client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]),
        *(each["logGroupName"] for each in client("logs").describe_log_groups()["logGroups"]),
    }


def _name(physical_id: str) -> str:
    """A queue's is its URL, which the emulator gives with another host now and then."""
    return physical_id.rpartition("/")[2] if physical_id.startswith("http") else physical_id
