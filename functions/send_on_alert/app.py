"""Alert door: tells contacts what fires and what has recovered, of what a topic and EventBridge bring.

Each minute a schedule has it tell of what was gathered, is to be repeated, or could not be told before.

An event becomes alerts (sources), an alert its episode (intake, episodes). A route's part in it (planning) is told by a
group: its messages are frozen (freezing, messages), written down (writing, marking) and handed over (deliveries).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aliyun_sms.aws.clients import LONGEST_CALL
from aliyun_sms.message.incoming import Origin, Unreadable, read_incoming
from aliyun_sms.observability import publishes_metrics
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_alerts_table, build_dead_letters, build_sender, now
from aliyun_sms.threads import in_threads, threads
from deliveries import Deliveries
from desk import Desk
from freezing import Freezing
from messages import Limits
from routing.in_force import RoutesInForce
from sources import sns
from sources.eventbridge import from_rule
from times import in_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from alert import Alert
    from aliyun_sms.errors import Fault

SECONDS_TO_FINISH = LONGEST_CALL + 3  # kept back from what is told for a dead letter and the last write

settings = read_settings()
table = build_alerts_table(settings)
routes = RoutesInForce(table, now)
desk = Desk(
    table,
    routes,
    Deliveries(
        build_sender(settings),
        build_dead_letters(settings),
        now,
        threads,
        stop_holds=settings.stop_covers_alerts,
    ),
    Freezing(Limits(settings.alert_daily_limit, settings.alert_hourly_limit), settings.advice_language, now),
    clock=now,
    each=in_threads,
)


class NoAlertError(Exception):
    """Raised so that what cannot be read goes to the on-failure destination, where an alarm is."""


@publishes_metrics
def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Take in the alerts of an event, or with {"tick": …} look at what is due.

    {"ask": …} is what a person asks, {"to": …} what a schedule sends to people by name.
    Raises where an alert could not be written down, or there is nobody to tell: then Lambda tries the event again, and
    hands it to the on-failure destination in the end. What is written down is told, now or in one of the next minutes.
    """
    deadline = now().timestamp() + context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_FINISH
    if isinstance(event, dict) and "tick" in event:
        desk.tick(deadline)
        return {}
    if isinstance(event, dict) and "ask" in event:
        return answer(event)
    if isinstance(event, dict) and "to" in event:
        return remind(event, context.aws_request_id, deadline)
    alerts = read(event)
    desk.take([*alerts, *over_with(event, alerts)], deadline)
    return {"alerts": len(alerts)}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """What a person asks by the command; nothing is sent or kept."""
    import asks  # noqa: PLC0415 - no alert waits for it

    return asks.answer(question, asks.Door(routes.read_now, read, faults_of, settings.reach.refusal, now))


def faults_of(document: dict[str, Any]) -> Sequence[Fault]:
    """What is wrong with a message that this door would send."""
    found = read_incoming(document, Origin("alert", "alert", "asked"), settings.defaults, settings.reach)
    return found.invalid.faults if isinstance(found, Unreadable) else ()


def remind(event: dict[str, Any], request_id: str, deadline: float) -> dict[str, Any]:
    """What a schedule sends to people by name."""
    from reminders import Reminders  # noqa: PLC0415 - no alert waits for it

    reminders = Reminders(table, routes.document, build_sender(settings), build_dead_letters(settings), now)
    return reminders.send(event, request_id, deadline)


def read(event: object) -> list[Alert]:
    """The alerts of an event; raises NoAlertError where it is none of those that this door takes."""
    return [in_time(alert, now()) for alert in _read(event)]


def over_with(event: Any, alerts: Sequence[Alert]) -> list[Alert]:
    """What is over with the alerts of an event, beside those that are."""
    ended = [alert for record in event.get("Records", ()) for alert in sns.over_with(record["Sns"])]
    known = {alert.identity for alert in alerts}
    return [in_time(alert, now()) for alert in ended if alert.identity not in known]


def _read(event: object) -> list[Alert]:
    if isinstance(event, dict) and "detail-type" in event:
        return from_rule(event)
    if isinstance(event, dict) and "Records" in event:
        return [alert for record in event["Records"] for alert in sns.from_topic(record["Sns"])]
    raise NoAlertError("neither of a topic nor of EventBridge")
