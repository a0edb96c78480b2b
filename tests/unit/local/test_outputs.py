"""What is told about a local cloud."""

from pathlib import Path

from local.deploy import Stack
from local.emulator.operator_user import AccessKey
from local.outputs import Outputs, collect
from local.settings import read_settings

STACK = Stack(
    outputs={
        "ApiUrl": "https://0a1b2c3d.execute-api.us-east-1.amazonaws.com",
        "QueueUrl": "http://localhost:4567/000000000000/Messages",
        "DeadLetterQueueUrl": "http://localhost:4567/000000000000/Dead",
        "MessagesTable": "stack-MessagesTable-1",
        "AlertsTopicArn": "arn:aws:sns:us-east-1:000000000000:stack-AlertsTopic-1",
    },
    functions={"SendOnRequestFunction": "stack-SendOnRequestFunction-1"},
)
KEY = AccessKey("AKIALOCAL", "secret")


def outputs(**environ: str) -> Outputs:
    return collect(read_settings({"GATEWAY_PORT": "4567", **environ}), STACK, KEY)


def test_the_api_is_called_by_address_or_with_a_host_header() -> None:
    assert outputs().api_url == "http://127.0.0.1:4567/_aws/execute-api/0a1b2c3d"
    assert outputs().host_header == "0a1b2c3d.execute-api.localhost:4567"


def test_queues_are_given_by_address() -> None:
    assert outputs().queue_url == "http://127.0.0.1:4567/000000000000/Messages"
    assert outputs().dead_letter_queue_url == "http://127.0.0.1:4567/000000000000/Dead"


def test_with_another_provider_there_is_no_simulator() -> None:
    assert outputs().simulator_url == "http://127.0.0.1:9100"
    assert outputs().inbox_url == "http://127.0.0.1:9100/inbox"
    elsewhere = outputs(SMS_ENDPOINT="http://127.0.0.1:9000")
    assert (elsewhere.simulator_url, elsewhere.inbox_url) == (None, None)


def test_they_are_written_for_their_owner_alone_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.touch(mode=0o644)

    outputs().write(file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert Outputs.read(file) == outputs()


def test_the_key_is_in_no_repr() -> None:
    assert "secret" not in repr(KEY)
    assert "'secret'" not in repr(outputs())


def test_the_ledgers_table_is_named() -> None:
    assert outputs().messages_table == "stack-MessagesTable-1"
