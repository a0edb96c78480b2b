"""`sms doctor`: whether the stack is in order, line by line."""

from cli.checks.account import account
from cli.checks.alarms import reach, standing
from cli.checks.finding import Check, Finding, carry_out
from cli.checks.guards import daily_limit, stop
from cli.checks.stack import clock, concurrency, deployment
from cli.checks.way import alerts, dead_letters, queue, schedules
from cli.errors import DONE, FAILED, UNKNOWN
from cli.options import USUAL, Options
from cli.place import find
from cli.screen import note, show_finding, show_json

CHECKS: tuple[Check, ...] = (
    ("deployment", deployment),
    ("clock", clock),
    ("access key", account),
    ("stop", stop),
    ("daily limit", daily_limit),
    ("queue", queue),
    ("dead letters", dead_letters),
    ("alerts", alerts),
    ("schedule", schedules),
    ("concurrency", concurrency),
    ("alarms", standing),
    ("alarm topic", reach),
)


def doctor(*, options: Options = USUAL) -> int:
    """Check the stack and its account at the provider, line by line: ok, what to do, or why it was not checked.

    Nothing is sent, and nothing is changed. It ends with 1 where there is something to do, with 4 where something could
    not be checked.

    Examples: `sms doctor`, `sms doctor --stack staging --json`
    """
    place = find(options)
    note(place.name)
    place.output("QueueUrl")  # where there is no such stack, that is all there is to say
    findings: list[Finding] = []
    for check in CHECKS:
        for finding in carry_out(check, place):
            findings.append(finding)
            if not options.as_json:
                show_finding(finding.state, finding.about, finding.says)
    if options.as_json:
        show_json([finding._asdict() for finding in findings])
    states = {finding.state for finding in findings}
    return FAILED if "fault" in states else UNKNOWN if "not checked" in states else DONE
