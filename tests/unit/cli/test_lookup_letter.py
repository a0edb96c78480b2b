"""What `sms lookup` says of a dead letter: whether the provider has its message, and what comes next."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cli import __main__ as command
from cli.place import Place
from cli.sends import CHINA
from tests.unit.cli.dead_letter_queues import MESSAGE, put, seen_in
from tests.unit.cli.provider_records import NUMBER, OUTPUTS, SEND, Aws

if TYPE_CHECKING:
    from collections.abc import Callable

ID = "7c1f0b1f0f9d4c0c8a3c6c1f1b0e2d4a"
HELD = {"message_id": ID, "status": "unknown", "code": "client:read-timeout"}
OTHER = "13900139000"
MINE, ANOTHERS = [SEND], [{**SEND, "out_id": "s2"}]
NOON = datetime(2025, 6, 15, 12, tzinfo=CHINA)
RUN = {"input": json.dumps({"messages": [MESSAGE]}), "schedule": "s", "scheduled_time": "t"}


@pytest.fixture
def aws(queues: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Aws:
    """A ledger that knows the message, a provider that has its one send, and queues for its letter."""
    aws = Aws()
    aws.rows[f"message#{ID}"] = {"message_id": ID, "status": "unknown", "submission": "s1"}
    aws.rows["submission#s1"] = submitted(NOON)
    queues |= OUTPUTS
    monkeypatch.setattr(Place, "client", lambda _, name: boto3.client("sqs") if name == "sqs" else aws)
    return aws


@pytest.fixture
def letters(queues: dict[str, str], aws: Aws) -> str:  # noqa: ARG001 - the place of both
    """The queue of the dead letters."""
    return queues["DeadLetterQueueUrl"]


def submitted(at: datetime, again: datetime | None = None) -> dict[str, Any]:
    """The row of a submission that was made at a time, and its request signed anew at another."""
    return {"submitted_at": int(at.timestamp()), "timestamp": int((again or at).timestamp())}


def to(*numbers: str) -> str:
    """A message to these, as a letter has it."""
    values = {"code": "739164"}
    return json.dumps({**MESSAGE, "phone_numbers": numbers, "template_param": values, "idempotency_key": "order-1042"})


def told(capsys: pytest.CaptureFixture[str], name: str = ID) -> dict[str, Any]:
    """What a script is told of a letter."""
    assert command.run(["lookup", name, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def said(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What a person is told of it."""
    assert command.run(["lookup", ID, *more]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("refused", "sends", "found", "verdict", "next_command"),
    [
        (False, (MINE, MINE), [True, True], "it was sent", f"sms letters delete {ID}"),
        (False, (MINE, ANOTHERS), [True, False], "it was sent", f"sms letters delete {ID}"),
        (True, (MINE, ANOTHERS), [True, False], "send to the others", f"sms letters show {ID} --to message.json"),
        (False, ([], ANOTHERS), [False, False], "it may have been sent all the same", f"sms letters resend {ID}"),
    ],
    ids=["all", "some, which is all", "some after a refusal", "none"],
)
def test_what_comes_next_depends_on_whether_the_provider_has_all_some_or_none(
    aws: Aws,
    letters: str,
    capsys: pytest.CaptureFixture[str],
    refused: bool,  # noqa: FBT001 - given by the table
    sends: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    found: list[bool],
    verdict: str,
    next_command: str,
) -> None:
    """One call is taken for all of its numbers alike, unless it was answered by a refusal, perhaps of some."""
    aws.rows["submission#s1"] |= {"refused": refused}
    put(letters, to(NUMBER, OTHER), **HELD)
    aws.to = dict(zip((NUMBER, OTHER), sends, strict=True))

    answer = told(capsys)

    assert [each["found"] for each in answer["recipients"]] == found
    assert (answer["letter"], answer["submission"], answer["next"]) == (ID, "s1", next_command)
    assert answer["verdict"].startswith(verdict)


def test_a_person_reads_a_line_for_each_recipient_and_the_next_command(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.rows["submission#s1"] |= {"refused": True}
    put(letters, to(NUMBER, OTHER), **HELD)
    aws.to = {NUMBER: [*ANOTHERS, {**SEND, "send_status": 2, "send_date": "2025-06-15 12:00:01"}], OTHER: ANOTHERS}

    assert said(capsys).splitlines() == [
        "138****8000  sent 2025-06-15 12:00:01, failed; 1 of other messages",
        "139****9000  no send of it; 1 of other messages",
        f"send to the others alone, then delete the letter: sms letters show {ID} --to message.json",
    ]


def test_what_was_refused_was_certainly_not_sent_and_is_mended_as_its_letter_says(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = {"message_id": ID, "status": "rejected", "code": "isv.X", "category": "configuration"}
    put(letters, to(NUMBER), **refused)
    aws.to = {NUMBER: []}

    answer = told(capsys)

    assert (answer["verdict"], answer["next"]) == ("it was certainly not sent", f"sms redrive {ID}")


def test_of_many_recipients_twenty_are_asked_for_and_the_others_counted(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = [f"138001380{place:02}" for place in range(25)]
    put(letters, to(*numbers), **HELD)

    answer = told(capsys)
    command.run(["lookup", ID])

    assert [each["phone_number"] for each in aws.asked[:20]] == numbers[:20]
    assert (len(answer["recipients"]), answer["not_asked_for"], len(aws.asked)) == (20, 5, 40)
    assert "5 more recipients were not asked for" in capsys.readouterr().err


@pytest.mark.parametrize("row", [None, {"message_id": ID, "status": "unknown", "submission": None}])
def test_without_its_submission_a_send_is_not_taken_for_another_messages(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str], row: dict[str, Any] | None
) -> None:
    put(letters, to(NUMBER, OTHER), **HELD)
    aws.rows = {f"message#{ID}": row} if row else {}
    aws.to = {NUMBER: [{**SEND, "out_id": None}, SEND], OTHER: []}

    answer = told(capsys)
    command.run(["lookup", ID])

    shown = capsys.readouterr()
    assert [each["found"] for each in answer["recipients"]] == [None, False]
    assert (answer["submission"], answer["next"]) == (None, f"sms letters resend {ID}")
    assert "138****8000  perhaps sent 2026-11-30 10:00:00, delivered\n" in shown.out
    assert "139****9000  no send of it" in shown.out
    assert "the ledger names no submission of it" in shown.err


def test_an_id_that_no_letter_has_is_a_line(aws: Aws, letters: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(letters, to(NUMBER), message_id="another")

    assert command.run(["lookup", ID]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"no dead letter with the id {ID} can be seen now" in shown.err
    assert (len(seen_in(letters)), aws.asked) == (1, [])


def test_an_id_that_two_letters_have_names_those_of_sqs(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own_ids = [put(letters, to(NUMBER), **HELD) for _ in range(2)]

    assert command.run(["lookup", ID]) == 1

    line = capsys.readouterr().err
    assert "2 letters have this id" in line
    assert all(own_id in line for own_id in own_ids)
    assert aws.asked == []


@pytest.mark.parametrize("sends", [MINE, []], ids=["found", "not found"])
def test_of_two_letters_with_one_id_the_next_command_is_for_the_one_that_was_asked_for(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str], sends: list[dict[str, Any]]
) -> None:
    own_id, _ = (put(letters, to(NUMBER), **HELD) for _ in range(2))
    aws.to = {NUMBER: sends}

    answer = told(capsys, own_id)

    assert answer["submission"] == "s1"
    assert answer["letter"] == own_id
    assert shlex.split(answer["next"])[3] == own_id


def test_a_day_is_for_numbers_alone(aws: Aws, letters: str, calls: list[str]) -> None:
    put(letters, to(NUMBER), **HELD)
    calls.clear()

    assert command.run(["lookup", ID, "--day", "2025-06-15"]) == 2

    assert (calls, aws.asked) == ([], [])


def test_where_the_provider_does_not_tell_the_letters_can_be_seen_again(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(letters, to(NUMBER), **HELD)
    aws.answer |= {"code": "client:connect-failure", "detail": f"about {NUMBER}", "advice": "Look at the way out."}

    assert command.run(["lookup", ID]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert (
        "138****8000: the provider did not tell: client:connect-failure: about 138****8000. Look at the way"
        in shown.err
    )
    assert len(seen_in(letters)) == 1


def test_a_recipient_that_is_no_number_is_no_fault_of_the_command_line(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(letters, to("1380013800"), **HELD)
    aws.answer = {"errors": [{"field": "phone_number", "reason": "is no number"}]}

    assert command.run(["lookup", ID]) == 1
    assert "138****: phone_number: is no number" in capsys.readouterr().err


@pytest.mark.parametrize("body", ['{"phone_numbers": "13800138000', '{"phone_numbers": []}', "no JSON"])
def test_a_letter_without_recipients_is_a_line(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    put(letters, body, **HELD)

    assert command.run(["lookup", ID, "--json"]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"names no recipients: `sms letters show {ID}` says what it holds" in shown.err
    assert aws.asked == []


def test_a_run_of_a_schedule_is_not_said_to_be_sent_again_by_what_cannot(
    aws: Aws, queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], json.dumps(RUN))
    aws.to = {NUMBER: []}

    assert told(capsys, own_id)["next"] == f"sms letters show {own_id} --to input.json"


@pytest.mark.parametrize(
    ("submission", "days"),
    [
        (submitted(NOON), ["20250615"]),
        (submitted(NOON.replace(hour=23, minute=39)), ["20250615"]),
        (submitted(NOON.replace(hour=23, minute=41)), ["20250615", "20250616"]),
        (submitted(NOON.replace(hour=0, minute=19)), ["20250614", "20250615"]),
        (submitted(NOON.replace(hour=0, minute=21)), ["20250615"]),
        (submitted(NOON, again=NOON + timedelta(days=1)), ["20250615", "20250616"]),
    ],
    ids=["noon", "before the last 20 minutes", "at the end", "at the start", "after 20 minutes", "signed anew"],
)
def test_the_days_are_those_of_the_submission_in_china(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str], submission: dict[str, Any], days: list[str]
) -> None:
    put(letters, to(NUMBER), **HELD)
    aws.rows["submission#s1"] = submission

    assert told(capsys)["days"] == days
    assert aws.asked[0]["days"] == days


@pytest.mark.parametrize("forgotten", ["submission#s1", f"message#{ID}"])
def test_without_the_submissions_row_the_days_are_those_before_the_letter(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str], forgotten: str
) -> None:
    put(letters, to(NUMBER), in_queues_since=str(int(NOON.timestamp())), **HELD)
    del aws.rows[forgotten]

    assert told(capsys)["days"] == ["20250614", "20250615"]


def test_no_day_to_come_is_asked_for(aws: Aws, letters: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(letters, to(NUMBER), **HELD)
    now = datetime.now(CHINA)
    aws.rows["submission#s1"] = submitted(now - timedelta(days=1), again=now + timedelta(days=2))

    assert max(told(capsys)["days"]) <= f"{datetime.now(CHINA):%Y%m%d}"


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("sends", [MINE, ANOTHERS, []])
def test_what_is_shown_has_no_number_value_or_key_and_the_letter_stays(
    aws: Aws,
    letters: str,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    sends: list[dict[str, Any]],
) -> None:
    put(letters, to(f"+86{NUMBER}"), **HELD)
    aws.answer["sends"] = sends

    assert command.run(["lookup", ID, *options]) == 0

    shown = "".join(capsys.readouterr())
    assert not [secret for secret in (NUMBER, "739164", "order-1042") if secret in shown]
    assert "861****8000" in shown
    assert len(seen_in(letters)) == 1


def test_the_next_command_goes_to_the_same_stack(
    aws: Aws, letters: str, capsys: pytest.CaptureFixture[str], make_up: Callable[[], None]
) -> None:
    make_up()
    put(letters, to(NUMBER), **HELD)

    line = said(capsys, "--stack", "my stack", "--local").splitlines()[-1]

    assert line == f"it was sent: sms letters delete {ID} --stack 'my stack' --local"
    assert aws.asked
