"""What ends a verb, said in one line, and the exit codes of all of them."""

from __future__ import annotations

DONE = 0
FAILED = 1  # the line on stderr says what to do
MISUSED = 2  # nothing was done: the command line is at fault
REFUSED = 3  # the message was certainly not sent
UNKNOWN = 4  # nobody knows yet whether it was sent
INTERRUPTED = 130  # Ctrl-C


class Told(Exception):
    """Ends a verb with a line to the person at the terminal."""

    def __init__(self, line: str, code: int = FAILED) -> None:
        super().__init__(line)
        self.line = line
        self.code = code
