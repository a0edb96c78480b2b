"""Messages whose keys were claimed before: their results, and what a killed function left unfinished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aliyun_sms import observability
from aliyun_sms.ledger.claim import Claim, of_row
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.result import Result, Results, restored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.claim import Duplicate
    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.message_row import MessageRow


class Duplicates:
    """The results of duplicates. Raises nothing: others may have been claimed beside them."""

    def __init__(self, ledger: Ledger, results: Results, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._results = results
        self._clock = clock

    def results(self, duplicates: Sequence[Duplicate]) -> dict[str, Result]:
        """The result of each by its message's id."""
        now = self._now()
        results: dict[str, Result] = {}
        lapsed: dict[str, list[MessageRow]] = {}
        for duplicate in duplicates:
            row = duplicate.message
            results[row.message_id] = self._result(duplicate, now)
            if duplicate.same_payload and row.is_lapsed(now):
                lapsed.setdefault(row.submission or "", []).append(row)
        for out_id, rows in lapsed.items():
            results |= self._lapsed(out_id, rows)
        return results

    def _result(self, duplicate: Duplicate, now: int) -> Result:
        if duplicate.same_payload:
            return duplicate.result(now)
        result = self._results.of_code("client:key-conflict", "the key was used for another message")
        return replace(result, message_id=duplicate.message.message_id)

    def _lapsed(self, out_id: str, rows: Sequence[MessageRow]) -> dict[str, Result]:
        """Write lapsed messages down, so that a late function cannot release their keys.

        Until that is written they count as still being sent: no door lets go of those.
        """
        try:
            results = self._written(out_id, rows)
        except Exception as error:  # noqa: BLE001 - an odd row must not keep what was claimed beside it from being sent
            if not isinstance(error, Conflict | TableUnavailable):
                observability.defect(error)
            results = [restored(None, row.message_id, "sending", row.reference) for row in rows]
        return {result.message_id: replace(result, duplicate=True) for result in results}

    def _written(self, out_id: str, rows: Sequence[MessageRow]) -> list[Result]:
        submission = self._ledger.submission(out_id)
        result = self._results.lapsed(void=submission is not None and submission.void)
        if submission is None:
            return [of_row(result, row, {}) for row in rows]
        return self._ledger.write_lapsed(Claim(tuple(rows), submission), result, self._now())

    def _now(self) -> int:
        return int(self._clock().timestamp())
