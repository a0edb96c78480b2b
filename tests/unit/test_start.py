"""What a function builds for the life of its sandbox: nothing is asked of AWS yet, and AWS is not waited for long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aliyun_sms import start
from aliyun_sms.errors import InvalidSettings
from aliyun_sms.provider.credentials import Credentials
from aliyun_sms.settings import read_settings

pytestmark = pytest.mark.usefixtures("_lambda")

SETTINGS = read_settings(
    {
        "SMS_MESSAGES_TABLE": "",
        "SMS_CREDENTIALS_SECRET_ARN": "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:sms",
        "SMS_DEAD_LETTER_QUEUE_URL": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/dead",
    }
)


@pytest.mark.usefixtures("socket_disabled")
def test_building_asks_aws_for_nothing() -> None:
    assert start.build_sender(replace(SETTINGS, messages_table="messages"))
    assert start.build_dead_letters(SETTINGS)


def test_clients_are_made_at_the_start_where_every_message_needs_them(made: list[str]) -> None:
    start.build_sender(replace(SETTINGS, messages_table="messages"))

    assert made == ["secretsmanager", "dynamodb"]


def test_no_client_is_made_without_secret_and_ledger(made: list[str]) -> None:
    start.build_sender(replace(SETTINGS, credentials=Credentials("testId", "testSecret")))

    assert made == []


def test_a_start_without_ledger_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    start.build_sender(SETTINGS)

    assert [record.getMessage() for record in caplog.records if "no ledger" in record.getMessage()] == [
        "no ledger: SMS_MESSAGES_TABLE is empty, so a repeated idempotency key is sent again"
    ]


def test_a_door_that_needs_a_dead_letter_queue_does_not_start_without_one() -> None:
    with pytest.raises(InvalidSettings, match="SMS_DEAD_LETTER_QUEUE_URL: is not set"):
        start.build_dead_letters(replace(SETTINGS, dead_letter_queue_url=None))
