"""The command line: its verbs, and how each of them ends."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from cyclopts import App, CycloptsError

from cli import faults, screen
from cli.errors import DONE, FAILED, INTERRUPTED, MISUSED, Told
from cli.program import program
from cli.verbs.alerts import alerts
from cli.verbs.doctor import doctor
from cli.verbs.inbox import inbox
from cli.verbs.letters import letters
from cli.verbs.lookup import lookup
from cli.verbs.outputs import outputs
from cli.verbs.policy import policy
from cli.verbs.redrive import redrive
from cli.verbs.schedule import schedule
from cli.verbs.secret import secret
from cli.verbs.send import send
from cli.verbs.start import start
from cli.verbs.status import status
from cli.verbs.stop import stop
from cli.verbs.uninstall import uninstall
from cli.verbs.usage import usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

VERBS: dict[str, Any] = {
    "outputs": outputs,
    "send": send,
    "status": status,
    "lookup": lookup,
    "inbox": inbox,
    "letters": letters,
    "redrive": redrive,
    "usage": usage,
    "stop": stop,
    "start": start,
    "doctor": doctor,
    "secret": secret,
    "alerts": alerts,
    "schedule": schedule,
    "policy": policy,
    "uninstall": uninstall,
}
PIPE_CLOSED = 141  # what a shell gives for a program whose reader went away

app = App(
    name="sms",
    help="Sends through a deployed stack, and looks after it: on AWS, or on the local cloud where one is running.",
    help_epilogue="Exit codes: 0 done, 1 failed, 2 wrong command line, 3 refused, 4 unknown, 130 interrupted. "
    "docs/cli.md has examples, docs/operations.md the IAM statement that each verb needs.",
    version="0.1.0",
    print_error=False,
    exit_on_error=False,
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)
app.register_install_completion_command()
for name, verb in VERBS.items():
    app.command(verb, name=name)


def main() -> None:
    """What `sms` runs."""
    screen.speak_anywhere()
    signal.signal(signal.SIGTERM, _end)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line and give its exit code. Nothing is raised: a person gets one line."""
    try:
        return int(app(list(arguments)) or DONE)
    except CycloptsError as error:
        screen.complain(f"{' '.join(str(error).split())} `{program()} --help` shows what there is.")
        return MISUSED
    except Told as told:
        screen.complain(told.line)
        return told.code
    except KeyboardInterrupt:
        screen.complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at its end
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - a traceback helps nobody here, and may quote a message
        screen.complain(faults.told(error))
        return FAILED


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
