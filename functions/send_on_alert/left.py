"""What could not be done now and is left to the next minute: logged, and counted for an alarm."""

from __future__ import annotations

from aliyun_sms.errors import SmsError
from aliyun_sms.observability import counts, defect, logger


def leave(error: Exception) -> None:
    """To be called where something failed that the next tick does again; what nobody has thought of is a defect."""
    counts["alerts-left"] += 1
    if isinstance(error, SmsError):
        logger.warning("left to the next minute", extra={"error": type(error).__name__})
    else:
        defect(error, "an alert could not be told")


def leave_messages(number: int) -> None:
    """So many could not be handed over, or their outcome is still open."""
    if number:
        counts["alerts-left"] += number
        logger.warning("messages wait for the next minute", extra={"messages": number})
