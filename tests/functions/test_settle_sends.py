"""Settling as it is deployed: what is due is settled, put back or handed to a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
import requests

from aliyun_sms import start
from aliyun_sms.message.incoming import message_id
from tests.privacy import ACCESS_KEY_ID, ACCESS_KEY_SECRET, overheard
from tests.workbench.functions import KilledError, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

    Settle = Callable[..., dict[str, int]]

RECORD = sample("queue/one_message")["Records"][0]["messageId"]
MESSAGE_ID = message_id("queue", RECORD)
DAILY = ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")
AFTER_GRACE = 3601


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the functions are loaded."""


@pytest.fixture
def unknown(queue_door: Door, provider: Provider) -> Door:
    """A message whose outcome is unknown."""
    provider.breaks(requests.ReadTimeout())
    queue_door(sample("queue/one_message"))
    return queue_door


def test_where_nothing_is_due_nothing_is_settled(settle: Settle, provider: Provider) -> None:
    assert settle(0) == {}
    assert provider.queries == []


def test_nothing_is_looked_up_before_it_is_due(unknown: Door, settle: Settle, provider: Provider) -> None:
    assert settle(10) == {}
    assert provider.queries == []
    assert unknown.row(MESSAGE_ID).status == "unknown"


def test_what_the_provider_has_is_accepted(unknown: Door, settle: Settle, provider: Provider) -> None:
    provider.shows = True

    assert settle(31) == {"accepted": 1}
    assert unknown.row(MESSAGE_ID).status == "accepted"
    assert len(provider.requests) == 1


def test_an_empty_answer_proves_nothing(unknown: Door, settle: Settle, provider: Provider) -> None:
    assert settle(31) == {"unknown": 1}
    assert unknown.row(MESSAGE_ID).status == "unknown"
    assert len(provider.requests) == 1


def test_a_function_that_was_killed_is_found_out(queue_door: Door, settle: Settle, provider: Provider) -> None:
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        queue_door(sample("queue/one_message"))
    provider.shows = True

    assert settle(120) == {"accepted": 1}
    assert queue_door.row(MESSAGE_ID).status == "accepted"


def test_what_stays_unknown_is_handed_to_a_person_once(
    unknown: Door, settle: Settle, provider: Provider, dead_letter_queue: Queue
) -> None:
    assert settle(AFTER_GRACE) == {"unknown": 1}
    assert settle(2 * AFTER_GRACE) == {}

    (letter,) = dead_letter_queue.letters()
    assert json.loads(letter["body"])["idempotency_key"] == RECORD
    assert letter["attributes"]["message_id"] == MESSAGE_ID
    assert letter["attributes"]["code"] == "client:read-timeout"
    assert unknown.row(MESSAGE_ID).held_at is not None
    assert len(provider.requests) == 1


def test_the_grace_period_is_a_setting(unknown: Door, settle: Settle, provider: Provider) -> None:
    provider.answers("SignatureNonceUsed", status=400)

    settle(61, SMS_UNKNOWN_GRACE_SECONDS="60")

    assert unknown.row(MESSAGE_ID).held_at is not None


def test_under_the_policy_resend_it_is_sent_once_more(unknown: Door, settle: Settle, provider: Provider) -> None:
    assert settle(AFTER_GRACE, SMS_UNKNOWN_POLICY="resend") == {"accepted": 1}

    first, second = provider.requests
    assert first["SignatureNonce"] != second["SignatureNonce"]
    assert unknown.row(MESSAGE_ID).status == "accepted"


def test_where_a_person_cannot_be_told_it_is_tried_again(
    unknown: Door, settle: Settle, dead_letter_queue: Queue
) -> None:
    dead_letter_queue.delete()

    assert settle(AFTER_GRACE) == {"left": 1}

    assert unknown.row(MESSAGE_ID).held_at is None
    assert "defect" in {line["message"] for line in overheard.logged()}


def test_what_waited_for_its_window_is_put_back_into_the_queue_with_its_key_and_id(
    queue_door: Door, settle: Settle, provider: Provider, messages_queue: Queue
) -> None:
    provider.answers(*DAILY)
    queue_door(sample("queue/one_message"))

    assert settle(3600) == {}
    assert settle(24 * 3600 + 60) == {"queued": 1}

    (record,) = messages_queue.letters()
    assert json.loads(record["body"])["idempotency_key"] == RECORD
    assert record["attributes"] == {"message_id": MESSAGE_ID}
    assert settle(24 * 3600 + 60) == {}


def test_no_row_of_a_message_that_waited_stays_for_ever(
    queue_door: Door, settle: Settle, provider: Provider, messages_table: str
) -> None:
    provider.answers(*DAILY)
    queue_door(sample("queue/one_message"))
    settle(24 * 3600 + 60)

    rows = boto3.client("dynamodb").scan(TableName=messages_table)["Items"]
    assert len(rows) == 3
    assert [row["pk"]["S"].partition("#")[0] for row in rows if "ttl" not in row] == ["usage"]


def test_what_waited_is_put_back_once_the_queue_takes_it(
    queue_door: Door, settle: Settle, provider: Provider, messages_queue: Queue
) -> None:
    provider.answers(*DAILY)
    queue_door(sample("queue/one_message"))
    messages_queue.delete()

    assert settle(24 * 3600 + 60) == {"left": 1}
    assert queue_door.row(MESSAGE_ID).status == "queued"


def test_each_status_is_counted(queue_door: Door, settle: Settle, provider: Provider) -> None:
    provider.breaks(requests.ReadTimeout(), times=3)
    queue_door(sample("queue/three_messages"))
    provider.shows = True

    assert settle(31) == {"accepted": 3}


@pytest.mark.usefixtures("unknown")
def test_without_time_nothing_is_begun(load_door: Callable[..., Door], provider: Provider) -> None:
    door = load_door("settle_sends")
    door.context.seconds = 20

    assert door({}) == {"settled": {}}
    assert provider.queries == []


def test_a_table_that_cannot_be_asked_raises_an_alarm_and_is_left_for_the_next_minute(
    load_door: Callable[..., Door], messages_table: str
) -> None:
    boto3.client("dynamodb").delete_table(TableName=messages_table)

    assert load_door("settle_sends")({}) == {"settled": {}}
    assert overheard.logged()[-1]["message"] == "nothing more can be read"


@pytest.mark.usefixtures("unknown")
def test_what_is_logged_of_a_settled_message_holds_nobodys_number(settle: Settle, provider: Provider) -> None:
    provider.shows = True
    settle(31)

    (line,) = [line for line in overheard.logged() if line["message"] == "settled"]
    wanted: dict[str, Any] = {"message_id": MESSAGE_ID, "status": "accepted", "door": "queue"}
    assert wanted.items() <= line.items()
    assert not {"description", "reference"} & line.keys()


SECRET = {"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET}


@pytest.fixture
def secret(keeping: None) -> Iterator[Callable[..., str]]:  # noqa: ARG001 - what it uses
    """Fill the secret; gives its ARN."""
    secrets_manager = boto3.client("secretsmanager")
    arn = str(secrets_manager.create_secret(Name=f"key-{uuid4()}")["ARN"])

    def filled(**fields: str) -> str:
        secrets_manager.put_secret_value(SecretId=arn, SecretString=json.dumps(SECRET | fields))
        return arn

    yield filled
    secrets_manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def test_a_warm_sandbox_reads_the_secret_again_when_its_key_is_refused(
    unknown: Door,
    secret: Callable[..., str],
    load_door: Callable[..., Door],
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = 31
    monkeypatch.setattr(start, "now", lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    warm = load_door("settle_sends", SMS_CREDENTIALS_SECRET_ARN=secret())
    assert warm({}) == {"settled": {"unknown": 1}}

    secret(access_key_id="LTAI5tChanged")
    provider.key_ids, provider.shows, seconds = {"LTAI5tChanged"}, True, 121
    assert warm({}) == {"settled": {"accepted": 1}}
    assert unknown.row(MESSAGE_ID).status == "accepted"


@pytest.mark.usefixtures("unknown")
def test_send_records_that_cannot_be_read_are_logged_and_published(
    settle: Settle, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.query_refusal = "isp.RAM_PERMISSION_DENY"

    assert settle(31) == {"unknown": 1}
    (line,) = [line for line in overheard.logged() if line["message"] == "send records cannot be read"]
    assert (line["level"], line["codes"]) == ("ERROR", {"isp.RAM_PERMISSION_DENY": 1})
    assert '"send-records-unread":[1.0]' in capsys.readouterr().out
    assert len(provider.queries) == 1
