"""A function of one's own with the layer, as examples/lambda has it: through the ledger, and with the client alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from aliyun_sms.errors import InvalidSettings, OutcomeUnknown
from tests.functions.conftest import counted
from tests.functions.test_guards import stop
from tests.privacy import overheard
from tests.workbench.functions import Context, load

if TYPE_CHECKING:
    from tests.workbench.wire_provider import Provider

EXAMPLES = "examples/lambda"
ORDER = {"phone_number": "13800138000", "name": "王小明", "order": "4711"}
CODE = {"phone_number": "13800138000", "code": "739164"}


@pytest.fixture
def context() -> Context:
    return Context(25)


@pytest.fixture
def limit(keeping: None, provider: Provider, environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:  # noqa: ARG001 - what a door needs
    """The cap of the day, which a function of one's own must be told."""
    environment.setenv("SMS_DAILY_RECIPIENT_LIMIT", "2")
    return environment


@pytest.fixture
def orders(limit: pytest.MonkeyPatch, context: Context) -> Any:  # noqa: ARG001 - it is told
    """The example with the ledger, for which each event comes in an invocation of its own."""
    handler = load("with_ledger", EXAMPLES).lambda_handler
    return lambda event: handler(event, context)


def usage(messages_table: str) -> dict[str, str]:
    [item] = boto3.client("dynamodb").query(
        TableName=messages_table,
        KeyConditionExpression="pk = :usage",
        ExpressionAttributeValues={":usage": {"S": "usage"}},
    )["Items"]
    return {name: value["N"] for name, value in item.items() if "N" in value and name != "version"}


def test_the_same_key_is_sent_once(orders: Any, provider: Provider) -> None:
    first, second = orders(ORDER), orders(ORDER)

    assert first["status"] == "accepted"
    assert second == first | {"duplicate": True}
    assert len(provider.requests) == 1


def test_it_counts_for_the_stack_and_as_a_caller_of_its_own(orders: Any, messages_table: str) -> None:
    orders(ORDER)

    assert usage(messages_table) == {"total": "1", "caller#function:orders": "1"}


def test_over_the_cap_of_the_day_it_raises_and_the_key_stays_free(orders: Any, provider: Provider) -> None:
    for number in ("4711", "4712"):
        orders(ORDER | {"order": number})

    with pytest.raises(RuntimeError, match="client:daily-limit"):
        orders(ORDER | {"order": "4713"})

    assert len(provider.requests) == 2


def test_while_all_is_stopped_nothing_is_sent(orders: Any, provider: Provider, messages_table: str) -> None:
    stop(messages_table)

    with pytest.raises(RuntimeError, match="client:stopped"):
        orders(ORDER)

    stop(messages_table, on=False)
    assert orders(ORDER)["status"] == "accepted"
    assert len(provider.requests) == 1


def test_what_nobody_knows_is_left_to_the_stack_and_not_sent_again(orders: Any, provider: Provider) -> None:
    provider.breaks(requests.ReadTimeout())

    first, second = orders(ORDER), orders(ORDER)

    assert (first["status"], first["code"]) == ("unknown", "client:read-timeout")
    assert "since settling will finish it" in first["advice"]
    assert second == first | {"duplicate": True}
    assert len(provider.requests) == 1


def test_what_is_no_message_is_told_and_not_raised(orders: Any, provider: Provider) -> None:
    result = orders(ORDER | {"phone_number": "138"})

    assert (result["status"], result["code"]) == ("rejected", "client:invalid-message")
    assert not provider.requests


def test_its_log_names_the_door_and_the_invocation_and_never_the_key(orders: Any, context: Context) -> None:
    orders(ORDER | {"order": "13900139000"})  # keys often hold numbers

    [line] = [line for line in overheard.logged() if line["message"] == "outcome"]
    assert (line["scope"], line["api_request_id"]) == ("function:orders", context.aws_request_id)


def test_an_outcome_is_published(orders: Any, capsys: pytest.CaptureFixture[str]) -> None:
    orders(ORDER)

    assert counted(capsys)["success"] == 1


@pytest.mark.usefixtures("limit")
def test_a_message_without_a_key_has_that_of_the_invocation_which_lambda_keeps_when_it_tries_again(
    provider: Provider, context: Context
) -> None:
    door = load("with_ledger", EXAMPLES).door
    message = {"phone_numbers": ["13800138000"], "template_code": "SMS_154950909", "template_param": {"code": 739164}}

    results = [door.send(message, context) for _ in range(2)]
    another = door.send(message, Context(25, "another"))

    assert [result.duplicate for result in [*results, another]] == [False, True, False]
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SMS_DAILY_RECIPIENT_LIMIT", "", "SMS_DAILY_RECIPIENT_LIMIT: is not set, and has no default here"),
        ("SMS_MESSAGES_TABLE", "", "SMS_MESSAGES_TABLE: is empty, and a door of one's own needs the ledger"),
    ],
)
def test_it_does_not_start_without_what_the_guarantees_rest_on(
    limit: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    limit.setenv(variable, value)

    with pytest.raises(InvalidSettings, match=said):
        load("with_ledger", EXAMPLES)


@pytest.mark.usefixtures("environment")
def test_the_client_alone_answers_with_the_providers_code(provider: Provider, context: Context) -> None:
    handler = load("client_alone", EXAMPLES).lambda_handler
    provider.answers("isv.MOBILE_NUMBER_ILLEGAL")

    assert handler(CODE, context)["code"] == "isv.MOBILE_NUMBER_ILLEGAL"
    assert handler(CODE, context)["code"] == "OK"


@pytest.mark.usefixtures("environment")
def test_the_client_alone_raises_what_nobody_knows(provider: Provider, context: Context) -> None:
    provider.breaks(requests.ReadTimeout())

    with pytest.raises(OutcomeUnknown):
        load("client_alone", EXAMPLES).lambda_handler(CODE, context)
