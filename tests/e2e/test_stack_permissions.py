"""IAM is enforced on the local cloud: at the API's door, and for what the functions may do."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.loopback import session
from local.operations import Operations
from tests.e2e.conftest import enqueue, new_cloud, wait_until
from tests.template.conftest import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

MESSAGE = {"phone_numbers": ["18900189001"], "template_param": {"code": "1234"}}
SCHEDULE_INPUT = (
    '{"phone_numbers": "18900189009", "template_param": "{\\"code\\": \\"a b\\", \\"text\\": \\"it\'s, 短信\\"}"}'
)


def as_root(stack: Stack, service: str) -> Any:
    """The emulator's root key takes any secret."""
    key = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    where = {"endpoint_url": stack.outputs.emulator_url, "region_name": stack.outputs.region}
    return boto3.client(service, **key, **where, config=Config(proxies={}))


@contextmanager
def user(stack: Stack, name: str, *resources: str) -> Iterator[Operations]:
    """A user who may call these methods and paths of the API, and do nothing else."""
    iam = as_root(stack, "iam")
    iam.create_user(UserName=name)
    if resources:
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resources}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_user_policy(UserName=name, PolicyName="call", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    theirs = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    yield Operations(replace(stack.outputs, **theirs))
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    if resources:
        iam.delete_user_policy(UserName=name, PolicyName="call")
    iam.delete_user(UserName=name)


@pytest.fixture
def stranger(stack: Stack) -> Iterator[Operations]:
    """A user who may do nothing."""
    with user(stack, "stranger") as stranger:
        yield stranger


@pytest.fixture
def caller(stack: Stack) -> Iterator[Operations]:
    """A user who may send, and ask for what they sent."""
    api = f"arn:aws:execute-api:{stack.outputs.region}:*:*/*"
    with user(
        stack, "caller", f"{api}/POST/v1/messages", f"{api}/GET/v1/messages", f"{api}/GET/v1/messages/*"
    ) as caller:
        yield caller


@pytest.fixture(scope="module")
def without_secret(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A second stack beside the first, whose request function may not read the secret."""
    template = json.loads(json.dumps(read()))  # a copy
    [policy] = template["Resources"]["SendOnRequestRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    [secret] = [each for each in statements if each["Action"] == "secretsmanager:GetSecretValue"]
    statements.remove(secret)
    file = tmp_path_factory.mktemp("template") / "without_secret.yaml"
    file.write_text(json.dumps(template))  # JSON is YAML
    cloud = new_cloud(tmp_path_factory.mktemp("cloud"), TEMPLATE=str(file))
    scheduled = json.dumps(SCHEDULE_INPUT, ensure_ascii=False)
    parameters = f"ProviderTimeoutSeconds=3 AllowedCountries=CN,HK ScheduleInput={scheduled}"
    yield cloud.up(PARAMETERS=parameters)
    cloud.down()
    assert all(leader.runs() for leader in stack.cloud.leaders())


def test_the_secret_is_filled(stack: Stack) -> None:
    function = stack.outputs.functions["SendOnRequestFunction"]
    variables = stack.client("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]

    arn = variables["SMS_CREDENTIALS_SECRET_ARN"]
    value = stack.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]

    assert json.loads(value) == {"access_key_id": "testId", "access_key_secret": "testSecret"}


def test_the_operator_may_send_and_the_simulator_receives(stack: Stack) -> None:
    answer = stack.post("/v1/messages", MESSAGE)

    assert answer.status_code == 200, answer.text
    [received] = stack.received("18900189001")
    assert "1234" in received["content"]


def test_what_a_function_logs_can_be_read(stack: Stack) -> None:
    message_id = stack.post("/v1/messages", MESSAGE).json()["message_id"]

    assert message_id in {outcome["message_id"] for outcome in stack.outcomes("SendOnRequestFunction")}
    assert any(line.startswith("REPORT RequestId: ") for line in stack.log_lines("SendOnRequestFunction"))


def test_a_repeated_key_is_sent_once_and_its_result_can_be_asked_for(stack: Stack) -> None:
    body = {**MESSAGE, "phone_numbers": ["18900189003"], "idempotency_key": "checkout-0002"}

    first, second = (stack.post("/v1/messages", body).json() for _ in range(2))

    assert second == first | {"duplicate": True}
    assert stack.get(f"/v1/messages/{first['message_id']}").json() == first
    assert len(stack.received("18900189003")) == 1


def test_messages_of_the_queue_are_granted_by_themselves(stack: Stack, caller: Operations) -> None:
    body = {**MESSAGE, "phone_numbers": ["18900189005"], "idempotency_key": "from the queue"}
    enqueue(stack, [json.dumps(body)])
    wait_until("the message arrives", lambda: stack.received("18900189005"))
    of_the_queue, key = "/v1/doors/queue/messages", {"Idempotency-Key": "from the queue"}

    sent = caller.request("POST", "/v1/messages", json.dumps(MESSAGE).encode()).json()

    assert caller.request("GET", f"/v1/messages/{sent['message_id']}").json() == sent
    assert caller.request("GET", "/v1/messages", headers=key).status_code == 404
    assert caller.request("GET", of_the_queue, headers=key).status_code == 403
    by_key = stack.get(of_the_queue, key).json()
    assert (by_key["status"], by_key["recipients"]) == ("accepted", 1)
    assert stack.get(f"{of_the_queue}/{by_key['message_id']}").json() == by_key


def test_settling_may_do_what_it_has_to(stack: Stack) -> None:
    name = stack.outputs.functions["SettleSendsFunction"]

    answer = stack.client("lambda").invoke(FunctionName=name, Payload=b"{}")

    assert json.loads(answer["Payload"].read()) == {"settled": {}}
    lines = stack.log_lines("SettleSendsFunction")
    assert not [line for line in lines if "nothing more can be read" in line]
    assert [line for line in lines if '"oldest-due-seconds":[0.0]' in line]


def test_an_unsigned_request_is_refused(stack: Stack) -> None:
    with session() as http:
        answer = http.post(f"{stack.outputs.api_url}/v1/messages", json=MESSAGE, timeout=30)

    assert answer.status_code == 403


def test_a_user_without_permission_is_refused(stranger: Operations) -> None:
    answer = stranger.request("POST", "/v1/messages", json.dumps(MESSAGE).encode())

    assert answer.status_code == 403
    with pytest.raises(ClientError, match="AccessDenied"):
        stranger.client("sqs").send_message(QueueUrl=stranger.outputs.queue_url, MessageBody="{}")


def test_a_wrong_secret_key_is_refused(stack: Stack) -> None:
    forged = Operations(replace(stack.outputs, aws_secret_access_key="wrong"))

    assert forged.request("POST", "/v1/messages", json.dumps(MESSAGE).encode()).status_code == 403


def test_a_function_whose_permission_is_missing_fails(without_secret: Stack) -> None:
    answer = without_secret.post("/v1/messages", MESSAGE)

    assert answer.status_code == 502, answer.text
    assert answer.json()["result"]["description"] == "the function may not read the secret"
    assert without_secret.received("18900189001") == []


def test_two_clouds_share_nothing(stack: Stack, without_secret: Stack) -> None:
    number = "18900189002"
    body = {**MESSAGE, "phone_numbers": [number]}

    assert stack.post("/v1/messages", body).status_code == 200

    assert len(stack.received(number)) == 1
    assert without_secret.received(number) == []
    assert stack.outputs.host_header != without_secret.outputs.host_header


def test_parameters_reach_the_functions(without_secret: Stack) -> None:
    name = without_secret.outputs.functions["SendOnRequestFunction"]

    variables = without_secret.client("lambda").get_function_configuration(FunctionName=name)["Environment"][
        "Variables"
    ]

    assert variables["SMS_PROVIDER_TIMEOUT_SECONDS"] == "3"
    assert (variables["SMS_ALLOWED_COUNTRIES"], variables["SMS_MAX_RECIPIENTS"]) == ("CN,HK", "100")
    assert variables["SMS_SIGN_NAME"] == "阿里云短信测试"


def test_a_parameter_with_quotes_spaces_and_chinese_text_arrives_as_it_is(without_secret: Stack) -> None:
    assert json.loads(without_secret.operations.schedule()["Target"]["Input"])["input"] == SCHEDULE_INPUT


def test_what_a_schedule_sends_has_the_key_of_its_run(without_secret: Stack) -> None:
    schedule = without_secret.operations.schedule()["Arn"]

    without_secret.operations.schedule_at(datetime.now(UTC) + timedelta(seconds=2))
    wait_until("the schedule runs", lambda: without_secret.outcomes("SendOnScheduleFunction"))

    table = without_secret.outputs.messages_table
    rows = without_secret.client("dynamodb").scan(TableName=table)["Items"]
    [key] = [row["key"]["S"] for row in rows if row.get("door") == {"S": "schedule"}]
    assert re.fullmatch(re.escape(schedule) + r"/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", key)
    assert not [line for line in without_secret.log_lines("SendOnScheduleFunction") if "sent twice" in line]
