"""Sends with the client alone: nothing is remembered, counted or stopped, so what is sent again arrives twice."""

from typing import Any

from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_client, build_credentials

settings = read_settings()
client = build_client(settings, build_credentials(settings))


def lambda_handler(event: dict[str, str], context: Any) -> dict[str, str | None]:
    """Send a code. Where NotSent is raised nothing was sent; where OutcomeUnknown is, nobody knows."""
    seconds = context.get_remaining_time_in_millis() / 1000 - 1
    numbers, values = [event["phone_number"]], {"code": event["code"]}
    answer = client.send_sms(numbers, "阿里云短信测试", "SMS_154950909", values, seconds_left=seconds)
    return {"code": answer.code, "biz_id": answer.biz_id}  # only OK says that it was taken
