"""Letters sent again: all those of one message as one, and none whose message the ledger has, or others may have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.message.incoming import message_id
from cli import __main__ as command
from cli import ledger
from cli.dead_letters import acting
from cli.dead_letters import queue as dead_letters
from cli.dead_letters.queue import SECONDS_HIDDEN, SECONDS_TO_ACT, DeadLetterQueue
from cli.dead_letters.telling import Telling
from tests.unit.cli.dead_letter_queues import KEYED, MESSAGE, all_in, put, put_row, seen_in

if TYPE_CHECKING:
    from collections.abc import Callable

ID = "7c1f0b1f0f9d4c0c8a3c6c1f1b0e2d4a"
OTHER = json.dumps({**MESSAGE, "idempotency_key": "other"})
OURS = message_id("queue", "k")  # of what came in by the queue under KEYED's key


def resend(*ids: str) -> int:
    return command.run(["letters", "resend", *ids, "--yes"])


def keys(queues: dict[str, str]) -> set[str]:
    """The keys of the messages that wait to be sent."""
    return {json.loads(message["Body"])["idempotency_key"] for message in all_in(queues["QueueUrl"])}


@pytest.mark.parametrize(("scope", "key"), [("queue", "k"), ("arn:aws:iam::1:user/x", "短信"), ("q", "\ud83d")])
def test_the_id_of_a_message_is_the_one_that_the_doors_give_it(scope: str, key: str) -> None:
    assert ledger.message_id(scope, key) == message_id(scope, key)


def test_several_letters_of_one_message_are_sent_again_under_one_key(queues: dict[str, str]) -> None:
    for _ in range(3):
        put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID, status="unknown")

    assert resend(ID) == 0

    assert keys(queues) == {f"resend/{ID}"}


def test_what_settling_and_sqs_gave_up_of_one_message_is_sent_again_under_one_key(
    queues: dict[str, str], given_up: Callable[[str], str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=OURS, status="rejected")
    plain = given_up(put(queues["DeadLetterQueueUrl"], KEYED))
    moved_back = given_up(put(queues["DeadLetterQueueUrl"], KEYED, message_id=OURS))

    assert resend(OURS, plain, moved_back) == 0

    assert keys(queues) == {f"resend/{OURS}"}


def test_a_letter_of_what_was_sent_again_is_sent_again_under_another_key(queues: dict[str, str]) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID, status="unknown")
    resend(ID)
    [sent] = seen_in(queues["QueueUrl"])
    again = message_id("queue", json.loads(sent["Body"])["idempotency_key"])
    put(queues["DeadLetterQueueUrl"], sent["Body"], message_id=again, status="unknown")

    assert resend(again) == 0

    assert keys(queues) == {f"resend/{again}"}


def test_a_producer_cannot_give_its_message_the_new_key_of_another(
    queues: dict[str, str], given_up: Callable[[str], str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID, status="rejected")
    forged = given_up(put(queues["DeadLetterQueueUrl"], OTHER, message_id=ID))

    assert resend(forged, ID) == 0

    assert len(keys(queues)) == 2


def test_what_names_no_key_is_sent_again_under_one_of_its_own(
    queues: dict[str, str], given_up: Callable[[str], str]
) -> None:
    own_ids = [given_up(put(queues["DeadLetterQueueUrl"], json.dumps(MESSAGE))) for _ in range(2)]

    assert resend(*own_ids) == 0

    assert keys(queues) == {f"resend/{message_id('queue', own_id)}" for own_id in own_ids}


@pytest.mark.parametrize("status", ["accepted", "delivered", "sending", "queued"])
def test_a_letter_whose_message_the_ledger_has_as_sent_stays(
    queues: dict[str, str], status: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID, status="unknown", code="client:read-timeout")
    put_row(ID, status)

    assert resend(ID) == 1

    assert keys(queues) == set()
    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 1
    assert f"left   {ID}  client:read-timeout  the ledger has its message as {status}" in capsys.readouterr().out


def test_what_sqs_gave_up_though_it_was_accepted_stays(
    queues: dict[str, str], given_up: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = given_up(put(queues["DeadLetterQueueUrl"], json.dumps(MESSAGE)))
    put_row(message_id("queue", own_id), "accepted")

    assert resend(own_id) == 1

    assert keys(queues) == set()
    assert "the ledger has its message as accepted" in capsys.readouterr().out


@pytest.mark.parametrize(("held_at", "code"), [({}, 1), ({"held_at": 1}, 0)])
def test_what_settling_still_asks_for_stays_until_it_has_handed_it_over(
    queues: dict[str, str], held_at: dict[str, int], code: int
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID, status="unknown")
    put_row(ID, "unknown", **held_at)

    assert resend(ID) == code

    assert bool(keys(queues)) is bool(held_at)


@pytest.mark.parametrize("verb", ["delete", "resend"])
def test_a_letter_that_others_may_have_by_now_is_not_touched(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dead_letters, "SECONDS_HIDDEN", SECONDS_TO_ACT - 1)
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID)

    assert command.run(["letters", verb, ID, "--yes"]) == 1

    assert "it took so long that others may have it by now: run this again" in capsys.readouterr().out
    assert keys(queues) == set()
    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 1


@pytest.mark.parametrize(
    ("seconds", "what"), [(SECONDS_HIDDEN - SECONDS_TO_ACT, "deleted"), (SECONDS_HIDDEN - SECONDS_TO_ACT + 1, "left")]
)
def test_a_letter_is_acted_on_as_long_as_it_is_surely_hidden(
    sqs: Any, queues: dict[str, str], seconds: int, what: str
) -> None:
    now = [1000.0]
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID)
    queue = DeadLetterQueue(sqs, queues["DeadLetterQueueUrl"], clock=lambda: now[0])
    found, told = dead_letters.read({"messages": queue}), Telling(as_json=False)

    now[0] += seconds
    acting.delete({"messages": queue}, found, told.tell)

    assert [outcome.what for outcome in told.outcomes] == [what]


def test_a_letter_that_came_round_again_is_deleted_with_its_newest_receipt(sqs: Any, queues: dict[str, str]) -> None:
    now = [1000.0]
    own_id = put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID)
    queue = DeadLetterQueue(sqs, queues["DeadLetterQueueUrl"], clock=lambda: now[0])
    [page] = list(queue.pages())
    sqs.change_message_visibility(
        QueueUrl=queues["DeadLetterQueueUrl"], ReceiptHandle=page[0].receipt, VisibilityTimeout=0
    )
    now[0] += SECONDS_HIDDEN
    assert not queue.hides(page[0])
    received: list[str] = []
    deleted: list[str] = []

    def receive(parsed: dict[str, Any], **_: object) -> None:
        received.extend(record["ReceiptHandle"] for record in parsed.get("Messages", []))

    def delete(params: dict[str, Any], **_: object) -> None:
        deleted.extend(entry["ReceiptHandle"] for entry in params["Entries"])

    sqs.meta.events.register("after-call.sqs.ReceiveMessage", receive)
    sqs.meta.events.register("provide-client-params.sqs.DeleteMessageBatch", delete)

    assert list(queue.pages()) == []

    assert queue.hides(page[0])
    assert [letter.sqs_message_id for letter in queue.delete(page)] == [own_id]
    assert deleted == received
    assert seen_in(queues["DeadLetterQueueUrl"]) == []


def test_what_is_no_longer_hidden_is_not_shown_again_for_whoever_has_it(
    sqs: Any, queues: dict[str, str], calls: list[str]
) -> None:
    now = [1000.0]
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID)
    queue = DeadLetterQueue(sqs, queues["DeadLetterQueueUrl"], clock=lambda: now[0])
    dead_letters.read({"messages": queue})
    now[0] += SECONDS_HIDDEN

    queue.show_again()

    assert "ChangeMessageVisibilityBatch" not in calls
