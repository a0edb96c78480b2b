"""The demo: a local cloud, messages through all four doors, what became of them, and an end to it all."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local import cloud
from local.demo import doors
from local.demo.cases import CASES, EXPECTED, SCHEDULED
from local.demo.doors import NotSeen
from local.demo.text_table import table
from local.errors import BadSetting
from local.operations import Operations
from local.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.demo.cases import Case
    from local.demo.doors import Received
    from local.settings import Settings

HEAD = ("door", "what was sent", "result", "what the simulator received")
WIDTHS = (8, 18, 22, 23)  # 80 columns with the rules between
NOTHING_SEEN = f"nothing seen in {doors.PATIENCE} s"
SHOWN = 3  # lines of one case at most
SOON = timedelta(seconds=2)


def run(settings: Settings) -> int:
    """Run the demo in a local cloud of its own; the exit code is 0 only if all that should arrive arrived."""
    if settings.sms_endpoint:
        raise BadSetting("the demo shows what its own simulator receives: leave SMS_ENDPOINT empty")
    if settings.registry:
        raise BadSetting("the demo sends by the simulator's own signatures and templates: leave REGISTRY empty")
    [schedule_input] = SCHEDULED.bodies
    parameters = {**settings.parameters, "ScheduleInput": schedule_input}
    settings = replace(settings.within("demo"), parameters=parameters, limits=True)
    operations = Operations(cloud.up(settings))
    print(f"While it runs, what arrives is shown on {settings.inbox_url}")
    try:
        results = list(_send_all(operations))
        return _report(results, doors.received(operations))
    finally:
        cloud.down(settings)


def _send_all(operations: Operations) -> Iterator[str]:
    """Give the result of each case, in their order."""
    operations.schedule_at(datetime.now(UTC) + SOON)
    through = {"request": doors.post, "queue": doors.enqueue, "schedule": doors.await_schedule, "alert": doors.alarm}
    for case in CASES:
        try:
            with step(f"{case.door} door: {case.what}"):
                result = through[case.door](operations, case)
        except NotSeen as error:
            print(error)
            result = NOTHING_SEEN
        yield result


def _report(results: Sequence[str], received: Sequence[Received]) -> int:
    rows = [
        (case.door, _sent(case), result, _arrived(case, received)) for case, result in zip(CASES, results, strict=True)
    ]
    arrived = sorted(message.phone_number for message in received)
    print(f"\n{table(HEAD, rows, WIDTHS)}\n\n{_count(arrived)} of {len(EXPECTED)} messages arrived")
    if unexpected := [doors.masked(number) for number in arrived if number not in EXPECTED]:
        print(f"and some that nobody should have got: {', '.join(unexpected)}")
    return 0 if arrived == EXPECTED and NOTHING_SEEN not in results else 1


def _count(arrived: Sequence[str]) -> int:
    return (Counter(arrived) & Counter(EXPECTED)).total()


def _sent(case: Case) -> str:
    if len(case.messages) > 1:
        return case.what
    fields = [f"{name} {doors.masked(_plain(value))}" for name, value in case.messages[0].items()]
    return "\n".join([case.what, *fields])


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _arrived(case: Case, received: Sequence[Received]) -> str:
    lines = [
        f"{doors.masked(each.phone_number)} {each.content}" for each in received if each.phone_number in case.reaches
    ]
    if len(lines) > SHOWN:
        lines = [lines[0], f"… and {len(lines) - 2} more, the last:", lines[-1]]
    return "\n".join(lines) or ("nothing!" if case.reaches else "nothing, as it should be")
