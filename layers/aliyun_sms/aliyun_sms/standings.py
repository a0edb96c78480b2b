"""Keys that stand already: their results, and what a function left unfinished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import observability
from .ledger import Claim, Standing
from .result import Result, of_row, restored
from .table import Conflict, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .ledger import Ledger
    from .rows import MessageRow
    from .submission import Submitter


class Standings:
    """The results of messages whose keys were claimed before. Raises nothing: others may have been claimed beside."""

    def __init__(self, submitter: Submitter, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._submitter = submitter
        self._ledger = ledger
        self._clock = clock

    def results(self, standing: Sequence[Standing]) -> dict[str, Result]:
        """Each by its message's id, as a duplicate."""
        results: dict[str, Result] = {}
        lapsed: dict[str, list[MessageRow]] = {}
        for each in standing:
            row, result = each.message, self._stood(each)
            if (row.status, result.status) == ("sending", "unknown"):
                lapsed.setdefault(row.submission or "", []).append(row)
            results[row.message_id] = result
        for out_id, rows in lapsed.items():
            results |= self._interrupted(out_id, rows)
        return results

    def _stood(self, standing: Standing) -> Result:
        if standing.same:
            return standing.result(self._now())
        result = self._submitter.result("client:key-conflict", "the key was used for another message")
        return replace(result, message_id=standing.message.message_id)

    def _interrupted(self, out_id: str, rows: Sequence[MessageRow]) -> dict[str, Result]:
        """What the lease ran out on is written down as unknown, so that whoever had it cannot release the key any more.

        Until that is written it is still being sent: a door may let go of what is unknown, and of nothing else.
        Under a void submission nothing was sent: settling puts the messages back.
        """
        try:
            results = self._written_down(out_id, rows)
        except Exception as error:  # noqa: BLE001 - an odd row must not keep what was claimed beside it from being sent
            if not isinstance(error, Conflict | TableUnavailable):
                observability.defect(error)
            results = [restored(None, row.message_id, "sending", row.reference) for row in rows]
        return {result.message_id: replace(result, duplicate=True) for result in results}

    def _written_down(self, out_id: str, rows: Sequence[MessageRow]) -> list[Result]:
        submission = self._ledger.submission(out_id)
        void = submission is not None and submission.void
        result = self._submitter.not_carried_out() if void else self._submitter.interrupted()
        numbers = submission.numbers() if submission else {}
        results = [of_row(result, row, numbers) for row in rows]
        if submission is None:
            return results
        if void:  # from now on nobody can complete it
            submission = self._ledger.write(submission)
        self._ledger.record(Claim(tuple(rows), submission), results, self._now(), in_part=True)
        return results

    def _now(self) -> int:
        return int(self._clock().timestamp())
